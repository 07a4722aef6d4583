"""Index live declarations: who is declared with whom, and what falls due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
    LiveFact,
)
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put
from ehealth_ledger.values.time import day_begins

LIVE_DECLARATIONS: Final = Index(
    "live_declarations",
    ("declaration", "patient", "doctor", "party", "legal_entity", "status"),
    grows_only=False,
)
ACTIVE, PENDING = "active", "pending_verification"
ACTIVATE, CLOSE = "declaration.activate", "declaration.close"  # kinds of deadline

_DAY: Final = timedelta(days=1)


def _signed(fact: DeclarationSigned, _: int) -> Iterator[Change]:
    if fact.pending is None:
        yield from _holds(fact)
        return
    yield _row(fact, PENDING)
    if fact.activates_at is not None:
        yield Put(DEADLINES, (ACTIVATE, fact.declaration, fact.activates_at))


def _activated(fact: DeclarationApproved | DeclarationActivated, _: int) -> Iterator[Change]:
    yield Drop(DEADLINES, (ACTIVATE, fact.declaration))
    yield from _holds(fact)


def _ended(
    fact: DeclarationRejected | DeclarationTerminated | DeclarationClosed, _: int
) -> Iterator[Change]:
    yield Drop(LIVE_DECLARATIONS, (fact.declaration,))
    yield Drop(DEADLINES, (ACTIVATE, fact.declaration))
    yield Drop(DEADLINES, (CLOSE, fact.declaration))


def _holds(fact: LiveFact) -> Iterator[Change]:
    yield _row(fact, ACTIVE)
    yield Put(DEADLINES, (CLOSE, fact.declaration, day_begins(fact.last_day + _DAY)))


def _row(fact: LiveFact, status: str) -> Change:
    ids = (fact.declaration, fact.patient, fact.doctor, fact.party, fact.legal_entity)
    return Put(LIVE_DECLARATIONS, (*ids, status))


INDEXES: Final = (LIVE_DECLARATIONS,)
CHANGES: Final[ChangesByFact] = {
    DeclarationSigned: _signed,
    DeclarationApproved: _activated,
    DeclarationActivated: _activated,
    DeclarationRejected: _ended,
    DeclarationTerminated: _ended,
    DeclarationClosed: _ended,
}
