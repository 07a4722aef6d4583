"""Tell what was recorded outside encounter packages, patient by patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

DIAGNOSTICS: Final = Table(
    "diagnostics",
    key="resource",
    copied={
        "first_position": "/first/position",
        "patient": "/patient",
        "kind": "/kind",
        "status": "/status",
        "referral": "/referral",
        "number": "/number",
    },
)
MODEL: Final = Model("diagnostics", version=1, tables=(DIAGNOSTICS,))


def resource(snapshot: Snapshot, resource_id: UUID) -> str | None:
    """Return the document of a resource; None where there is none at this position."""
    return snapshot.text("SELECT document FROM diagnostics WHERE resource = %s", (resource_id,))


def numbered(snapshot: Snapshot, number: str) -> str | None:
    """Return the document of the conclusion people name by a number."""
    return snapshot.text(
        "SELECT document FROM diagnostics WHERE number = %s ORDER BY first_position LIMIT 1",
        (number,),
    )


def resources(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List resources in the order in which they were recorded; new ones come on later pages."""
    return page(snapshot, DIAGNOSTICS.name, "first_position", wanted, after=after, limit=limit)
