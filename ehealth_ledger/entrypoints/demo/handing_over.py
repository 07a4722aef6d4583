"""Hand the payer's auditor a statement with its proofs, and verify it from the folder alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from ehealth_ledger.bundle.finding import Report
from ehealth_ledger.bundle.layout import OfStatement
from ehealth_ledger.bundle.verify import Progress, verify
from ehealth_ledger.chain.policy import Policy, text_of_key
from ehealth_ledger.entrypoints.bundling import export_bundle
from ehealth_ledger.settings import Databases

BUNDLE: Final = "statement.bundle"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Hold where a bundle lies and what its check came to."""

    folder: Path
    report: Report


def hand_over(
    urls: Databases, master: bytes, key: str, statement: UUID, folder: Path, progress: Progress
) -> HandedOver:
    """Export the statement, then verify it believing the log's key and nothing else."""
    bundle = folder / BUNDLE
    shutil.rmtree(bundle, ignore_errors=True)
    export_bundle(
        *(urls, master, OfStatement(statement=statement), bundle),
        policy=None,
        policy_text=text_of_key(key),
        progress=lambda *_: None,
    )
    return HandedOver(bundle, verify(bundle, Policy.of_key(key), progress=progress))
