"""Tell where a referral stands and which steps led there."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table

REFERRALS: Final = Table("referral_status", key="referral", copied={})
MODEL: Final = Model("referral_status", version=1, tables=(REFERRALS,))


def referral(snapshot: Snapshot, referral_id: UUID) -> str | None:
    """Return the document of a referral; None where there is none at this position."""
    return snapshot.text("SELECT document FROM referral_status WHERE referral = %s", (referral_id,))
