"""Index open care plans by patient.

Why a plan was made is not in it: a diagnosis lies only under the patient's key. The law reads the
few open plans of a patient and compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.care_plan import (
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanCreated,
    CarePlanTerminated,
)
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

OPEN_CARE_PLANS: Final = Index("open_care_plans", ("care_plan", "patient"), grows_only=False)


def _created(fact: CarePlanCreated, _: int) -> Iterator[Change]:
    yield Put(OPEN_CARE_PLANS, (fact.care_plan, fact.patient))


def _ended(
    fact: CarePlanCompleted | CarePlanCancelled | CarePlanTerminated, _: int
) -> Iterator[Change]:
    yield Drop(OPEN_CARE_PLANS, (fact.care_plan,))


INDEXES: Final = (OPEN_CARE_PLANS,)
CHANGES: Final[ChangesByFact] = {
    CarePlanCreated: _created,
    CarePlanCompleted: _ended,
    CarePlanCancelled: _ended,
    CarePlanTerminated: _ended,
}
