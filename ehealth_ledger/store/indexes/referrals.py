"""Index redemptions, the wall behind "a referral is redeemed once", and when referrals expire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralExpired,
    ReferralFact,
    ReferralIssued,
    ReferralRecalled,
    ReferralRedeemed,
)
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

REDEMPTIONS: Final = Index("redemptions", ("referral", "position"))
EXPIRY: Final = "referral.expire"


def _issued(fact: ReferralIssued, _: int) -> Iterator[Change]:
    yield Put(DEADLINES, (EXPIRY, fact.referral, fact.expires_at))


def _redeemed(fact: ReferralRedeemed, position: int) -> Iterator[Change]:
    yield Put(REDEMPTIONS, (fact.referral, position))
    yield Drop(DEADLINES, (EXPIRY, fact.referral))


def _ended(fact: ReferralFact, _: int) -> Iterator[Change]:
    yield Drop(DEADLINES, (EXPIRY, fact.referral))


INDEXES: Final = (REDEMPTIONS,)
CHANGES: Final[ChangesByFact] = {
    ReferralIssued: _issued,
    ReferralRedeemed: _redeemed,
    ReferralRecalled: _ended,
    ReferralCancelled: _ended,
    ReferralExpired: _ended,
}
