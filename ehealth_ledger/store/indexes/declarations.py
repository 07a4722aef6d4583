"""Index declarations: who is declared with whom, who was at any past moment, what falls due."""

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
DECLARATIONS: Final = Index(
    "declarations", ("declaration", "position", "patient", "doctor", "division")
)
"""Every declaration by its first record, whatever became of it."""

COURSE: Final = Index("declaration_course", ("declaration", "step", "position"), key_columns=2)
"""From which record on a declaration holds, and by which one it ended."""

HOLDS, ENDED = "holds", "ended"
ACTIVE, PENDING = "active", "pending_verification"
ACTIVATE, CLOSE = "declaration.activate", "declaration.close"  # kinds of deadline

_DAY: Final = timedelta(days=1)


def _signed(fact: DeclarationSigned, position: int) -> Iterator[Change]:
    whose = (fact.patient, fact.doctor, fact.division)
    yield Put(DECLARATIONS, (fact.declaration, position, *whose))
    if fact.pending is None:
        yield from _holds(fact, position)
        return
    yield _row(fact, PENDING)
    if fact.activates_at is not None:
        yield Put(DEADLINES, (ACTIVATE, fact.declaration, fact.activates_at))


def _activated(fact: DeclarationApproved | DeclarationActivated, position: int) -> Iterator[Change]:
    yield Drop(DEADLINES, (ACTIVATE, fact.declaration))
    yield from _holds(fact, position)


def _ended(
    fact: DeclarationRejected | DeclarationTerminated | DeclarationClosed, position: int
) -> Iterator[Change]:
    yield Put(COURSE, (fact.declaration, ENDED, position))
    yield Drop(LIVE_DECLARATIONS, (fact.declaration,))
    yield Drop(DEADLINES, (ACTIVATE, fact.declaration))
    yield Drop(DEADLINES, (CLOSE, fact.declaration))


def _holds(fact: LiveFact, position: int) -> Iterator[Change]:
    yield Put(COURSE, (fact.declaration, HOLDS, position))
    yield _row(fact, ACTIVE)
    yield Put(DEADLINES, (CLOSE, fact.declaration, day_begins(fact.last_day + _DAY)))


def _row(fact: LiveFact, status: str) -> Change:
    ids = (fact.declaration, fact.patient, fact.doctor, fact.party, fact.legal_entity)
    return Put(LIVE_DECLARATIONS, (*ids, status))


INDEXES: Final = (LIVE_DECLARATIONS, DECLARATIONS, COURSE)
CHANGES: Final[ChangesByFact] = {
    DeclarationSigned: _signed,
    DeclarationApproved: _activated,
    DeclarationActivated: _activated,
    DeclarationRejected: _ended,
    DeclarationTerminated: _ended,
    DeclarationClosed: _ended,
}
