"""Tell whom patients let see or write what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

APPROVALS: Final = Table(
    "approvals",
    key="approval",
    copied={
        "requested_position": "/requested/position",
        "patient": "/patient",
        "legal_entity": "/legal_entity",
        "status": "/status",
    },
)
MODEL: Final = Model("approvals", version=1, tables=(APPROVALS,))


def approval(snapshot: Snapshot, approval_id: UUID) -> str | None:
    """Return the document of an approval; None where there is none at this position."""
    return snapshot.text("SELECT document FROM approvals WHERE approval = %s", (approval_id,))


def approvals(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List approvals in the order in which they were asked for; new ones come on later pages."""
    return page(snapshot, "approvals", "requested_position", wanted, after=after, limit=limit)
