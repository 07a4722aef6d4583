"""Name a checkpoint that lies outside the database, which the log must agree with."""

from __future__ import annotations

from typing import Final, NamedTuple

from ehealth_ledger.chain.checkpoint import Checkpoint

ELSEWHERE: Final = "a checkpoint kept elsewhere"


class Kept(NamedTuple):
    """Hold a checkpoint of one of the ledger's logs, and what a finding is to call it."""

    checkpoint: Checkpoint
    whence: str = ELSEWHERE
