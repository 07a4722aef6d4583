"""Tell what is planned for patients, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

CARE_PLANS: Final = Table(
    "care_plans",
    key="care_plan",
    copied={
        "created_position": "/created/position",
        "patient": "/patient",
        "legal_entity": "/legal_entity",
        "status": "/status",
    },
)
MODEL: Final = Model("care_plans", version=1, tables=(CARE_PLANS,))


def care_plan(snapshot: Snapshot, care_plan_id: UUID) -> str | None:
    """Return the document of a care plan; None where there is none at this position."""
    return snapshot.text("SELECT document FROM care_plans WHERE care_plan = %s", (care_plan_id,))


def care_plans(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List care plans in the order of their making; new ones come on later pages."""
    return page(snapshot, "care_plans", "created_position", wanted, after=after, limit=limit)
