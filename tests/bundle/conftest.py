"""Give tests of bundles the ledger of the audit's tests, which nobody alters here."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import psycopg

from ehealth_ledger.bundle.layout import Selection
from ehealth_ledger.entrypoints.bundling import Written, export_bundle
from tests.audit.conftest import Audited, original

__all__ = ["export", "original", "policy_of", "statement_of"]


def policy_of(audited: Audited) -> str:
    return f"log {audited.keys[0]}\nquorum none\n"


def statement_of(audited: Audited) -> UUID:
    with psycopg.connect(audited.urls.ledger) as connection:
        row = connection.execute(
            "SELECT stream_id FROM ledger.records WHERE position = %s",
            (audited.place("statement"),),
        ).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def export(audited: Audited, selection: Selection, folder: Path) -> Written:
    text = policy_of(audited)
    return export_bundle(
        audited.urls,
        audited.master_key,
        selection,
        folder,
        policy=None,
        policy_text=text,
        progress=lambda *_: None,
    )
