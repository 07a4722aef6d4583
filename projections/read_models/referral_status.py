"""Tell where a referral stands and which steps led there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

REFERRALS: Final = Table(
    "referral_status",
    key="referral",
    copied={
        "issued_position": "/issued/position",
        "requisition": "/requisition",
        "patient": "/patient",
        "legal_entity": "/legal_entity",
        "redeemed_by": "/redeemed_by",
        "status": "/status",
    },
)
MODEL: Final = Model("referral_status", version=2, tables=(REFERRALS,))


def referral(snapshot: Snapshot, referral_id: UUID) -> str | None:
    """Return the document of a referral; None where there is none at this position."""
    return snapshot.text("SELECT document FROM referral_status WHERE referral = %s", (referral_id,))


def referrals(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List referrals in the order of their issue; new ones come on later pages."""
    return page(snapshot, "referral_status", "issued_position", wanted, after=after, limit=limit)
