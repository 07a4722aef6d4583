"""Index redemptions: the wall behind "a referral is redeemed once"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.referral import ReferralRedeemed
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Index, Put

REDEMPTIONS: Final = Index("redemptions", ("referral", "position"))


def _redeemed(fact: ReferralRedeemed, position: int) -> Iterator[Change]:
    yield Put(REDEMPTIONS, (fact.referral, position))


INDEXES: Final = (REDEMPTIONS,)
CHANGES: Final[ChangesByFact] = {ReferralRedeemed: _redeemed}
