"""Index who was erased; what stood about the patient in other tables goes with the same fact.

Rows of tables that only grow stay: they hold ids and nothing of the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ehealth_ledger.events.erasure import PatientErased
from ehealth_ledger.store.indexes import approvals, care_plans, prescriptions, referrals
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put
from ehealth_ledger.store.indexes.patients import (
    CONFIDANT_EXPIRE,
    PATIENT_AGES,
    PATIENT_PHONES,
    PATIENTS,
)

ERASURES: Final = Index("erasures", ("patient", "position"))

DEADLINES_OF_PATIENTS: Final = (
    CONFIDANT_EXPIRE,
    referrals.EXPIRY,
    prescriptions.EXPIRY,
    prescriptions.HOLD,
    approvals.EXPIRY,
)
"""Kinds of deadline whose thing is a patient's; declarations are terminated beforehand."""

OPEN_MATTERS: Final[Mapping[str, Index]] = MappingProxyType(
    {
        "treatment": prescriptions.TREATMENTS,
        "dispense": prescriptions.LIVE_DISPENSES,
        "approval": approvals.LIVE_APPROVALS,
        "care_plan": care_plans.OPEN_CARE_PLANS,
    }
)
"""The tables whose rows come and go, by the kind of matter; a row's key is the thing's id."""


def dropped(kind: str, thing: UUID) -> Drop:
    """Take away the row that one open matter has."""
    index = OPEN_MATTERS.get(kind)
    return Drop(DEADLINES, (kind, thing)) if index is None else Drop(index, (thing,))


def _erased(fact: PatientErased, position: int) -> Iterator[Change]:
    yield Put(ERASURES, (fact.patient, position))
    yield Drop(PATIENTS, (fact.patient,))
    yield Drop(PATIENT_PHONES, (fact.patient,))
    yield Drop(PATIENT_AGES, (fact.patient,))
    for each in fact.settled:
        yield dropped(each.kind, each.id)


INDEXES: Final = (ERASURES,)
CHANGES: Final[ChangesByFact] = {PatientErased: _erased}
