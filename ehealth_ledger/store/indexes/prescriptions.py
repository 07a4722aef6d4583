"""Index prescriptions: their numbers, the treatments they cover, what is live of each.

No row names a patient or a medication: a treatment stands under its keyed blind index (rule 54).
`live_dispenses` is the wall behind "never more than was prescribed" (rule 60).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.dispense import (
    DispenseExpired,
    DispenseFact,
    DispenseProcessed,
    DispenseRejected,
    DispenseReserved,
)
from ehealth_ledger.events.prescription import (
    PrescriptionCompleted,
    PrescriptionExpired,
    PrescriptionIssued,
    PrescriptionRejected,
)
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

PRESCRIPTIONS: Final = Index("prescriptions", ("prescription", "number", "quantity"))
TREATMENTS: Final = Index(
    "treatments", ("prescription", "treatment", "started_on", "ended_on"), grows_only=False
)
LIVE_DISPENSES: Final = Index(
    "live_dispenses", ("dispense", "prescription", "quantity"), grows_only=False
)
EXPIRY: Final = "prescription.expire"  # kinds of deadline, named after what then is done
HOLD: Final = "dispense.expire"


def _issued(fact: PrescriptionIssued, _: int) -> Iterator[Change]:
    yield Put(PRESCRIPTIONS, (fact.prescription, fact.number, fact.quantity))
    yield Put(DEADLINES, (EXPIRY, fact.prescription, fact.expires_at))
    if fact.treatment is not None:
        days = (fact.started_on, fact.ended_on)
        yield Put(TREATMENTS, (fact.prescription, fact.treatment, *days))


def _ended(fact: PrescriptionRejected | PrescriptionExpired, _: int) -> Iterator[Change]:
    yield Drop(DEADLINES, (EXPIRY, fact.prescription))
    yield Drop(TREATMENTS, (fact.prescription,))


def _completed(fact: PrescriptionCompleted, _: int) -> Iterator[Change]:
    yield Drop(DEADLINES, (EXPIRY, fact.prescription))


def _expires_next(fact: DispenseFact) -> Change:
    if fact.next_expiry is None:
        return Drop(DEADLINES, (HOLD, fact.prescription))
    return Put(DEADLINES, (HOLD, fact.prescription, fact.next_expiry))


def _live(fact: DispenseReserved | DispenseProcessed, _: int) -> Iterator[Change]:
    yield Put(LIVE_DISPENSES, (fact.dispense, fact.prescription, fact.quantity))
    yield _expires_next(fact)


def _let_go(fact: DispenseRejected | DispenseExpired, _: int) -> Iterator[Change]:
    yield Drop(LIVE_DISPENSES, (fact.dispense,))
    yield _expires_next(fact)


INDEXES: Final = (PRESCRIPTIONS, TREATMENTS, LIVE_DISPENSES)
CHANGES: Final[ChangesByFact] = {
    PrescriptionIssued: _issued,
    PrescriptionRejected: _ended,
    PrescriptionExpired: _ended,
    PrescriptionCompleted: _completed,
    DispenseReserved: _live,
    DispenseProcessed: _live,
    DispenseRejected: _let_go,
    DispenseExpired: _let_go,
}
