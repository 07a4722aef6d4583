"""Index live approvals by patient, and when each lapses or expires.

Whom an approval lets see what lies only under the patient's key; the law reads the few live ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.approval import (
    ApprovalCancelled,
    ApprovalConfirmed,
    ApprovalExpired,
    ApprovalRequested,
)
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

LIVE_APPROVALS: Final = Index("live_approvals", ("approval", "patient"), grows_only=False)
EXPIRY: Final = "approval.expire"


def _requested(fact: ApprovalRequested, _: int) -> Iterator[Change]:
    yield Put(LIVE_APPROVALS, (fact.approval, fact.patient))
    yield Put(DEADLINES, (EXPIRY, fact.approval, fact.lapses_at))


def _confirmed(fact: ApprovalConfirmed, _: int) -> Iterator[Change]:
    yield Put(DEADLINES, (EXPIRY, fact.approval, fact.expires_at))


def _ended(fact: ApprovalCancelled | ApprovalExpired, _: int) -> Iterator[Change]:
    yield Drop(LIVE_APPROVALS, (fact.approval,))
    yield Drop(DEADLINES, (EXPIRY, fact.approval))


INDEXES: Final = (LIVE_APPROVALS,)
CHANGES: Final[ChangesByFact] = {
    ApprovalRequested: _requested,
    ApprovalConfirmed: _confirmed,
    ApprovalCancelled: _ended,
    ApprovalExpired: _ended,
}
