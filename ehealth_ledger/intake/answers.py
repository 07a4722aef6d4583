"""Say what a caller gets: an acceptance with its receipt, or a refusal."""

from __future__ import annotations

from typing import NamedTuple

from ehealth_ledger.chain.receipt import Receipt
from ehealth_ledger.errors import Refusal


class Accepted(NamedTuple):
    """Carry the receipt.

    `repeated` where the command stood in the ledger already, `erased` where its content is gone.
    """

    receipt: Receipt
    repeated: bool = False
    erased: bool = False


Answer = Accepted | Refusal
