"""Tell where each prescription stands, which steps led there, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

PRESCRIPTIONS: Final = Table(
    "prescription_status",
    key="prescription",
    copied={
        "issued_position": "/issued_position",
        "number": "/number",
        "patient": "/patient",
        "legal_entity": "/legal_entity",
        "status": "/status",
    },
)
MODEL: Final = Model("prescription_status", version=1, tables=(PRESCRIPTIONS,))


def prescription(snapshot: Snapshot, prescription_id: UUID) -> str | None:
    """Return the document of a prescription; None where there is none at this position."""
    return snapshot.text(
        "SELECT document FROM prescription_status WHERE prescription = %s", (prescription_id,)
    )


def prescriptions(
    snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int
) -> Page:
    """List prescriptions in the order in which they were issued."""
    return page(
        snapshot, "prescription_status", "issued_position", wanted, after=after, limit=limit
    )
