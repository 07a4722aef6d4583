"""Index redemptions, the wall behind "one institution at a time", and when referrals expire.

A redemption's number is one more than the times its referral was given back, so a second one
without a release would need a number that is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralIssued,
    ReferralProcessed,
    ReferralRecalled,
    ReferralRedeemed,
    ReferralReleased,
)
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

REDEMPTIONS: Final = Index("redemptions", ("referral", "attempt", "position"), key_columns=2)
EXPIRY: Final = "referral.expire"


def _open(fact: ReferralIssued | ReferralReleased, _: int) -> Iterator[Change]:
    yield Put(DEADLINES, (EXPIRY, fact.referral, fact.expires_at))


def _redeemed(fact: ReferralRedeemed, position: int) -> Iterator[Change]:
    yield Put(REDEMPTIONS, (fact.referral, fact.attempt, position))


def _settled(
    fact: ReferralProcessed
    | ReferralCompleted
    | ReferralRecalled
    | ReferralCancelled
    | ReferralExpired,
    _: int,
) -> Iterator[Change]:
    yield Drop(DEADLINES, (EXPIRY, fact.referral))


INDEXES: Final = (REDEMPTIONS,)
CHANGES: Final[ChangesByFact] = {
    ReferralIssued: _open,
    ReferralRedeemed: _redeemed,
    ReferralReleased: _open,
    ReferralProcessed: _settled,
    ReferralCompleted: _settled,
    ReferralRecalled: _settled,
    ReferralCancelled: _settled,
    ReferralExpired: _settled,
}
