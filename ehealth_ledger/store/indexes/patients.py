"""Index who is registered, by keyed blind indexes: no name, number or birth date stands there.

A month of capitation asks how old somebody is on its first day, and no more: what is kept for it is
the first of the month from which an age counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.confidant import (
    ConfidantDeactivated,
    ConfidantExpired,
    ConfidantFact,
    ConfidantRegistered,
)
from ehealth_ledger.events.patient import (
    IdentityFact,
    PatientDeactivated,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientUnmerged,
    PatientUpdated,
)
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put
from ehealth_ledger.values.time import ages_from

PATIENTS: Final = Index("patients", ("patient", "tax_index", "name_index"), grows_only=False)
"""A dead patient's and a merged record's row stays: nobody registers them again."""

PATIENT_PHONES: Final = Index("patient_phones", ("patient", "phone_index"), grows_only=False)
PATIENT_AGES: Final = Index(
    "patient_ages", ("patient", "position", "ages_from"), key_columns=2, grows_only=False
)
"""One row for each time a birth date was said; all of a patient's leave when he is erased."""

CONFIDANT_EXPIRE: Final = "confidant.expire"  # kind of deadline; its id is the patient's


def _described(fact: IdentityFact, position: int) -> Iterator[Change]:
    yield Put(PATIENT_AGES, (fact.patient, position, ages_from(fact.birth_date)))
    yield Put(PATIENTS, (fact.patient, fact.tax_index, fact.name_index))
    if fact.phone_index is None:
        yield Drop(PATIENT_PHONES, (fact.patient,))
    else:
        yield Put(PATIENT_PHONES, (fact.patient, fact.phone_index))


def _silenced(fact: PatientDeceased | PatientMerged, _: int) -> Iterator[Change]:
    yield Drop(PATIENT_PHONES, (fact.patient,))


def _deactivated(fact: PatientDeactivated, _: int) -> Iterator[Change]:
    yield Drop(PATIENTS, (fact.patient,))
    yield Drop(PATIENT_PHONES, (fact.patient,))


def _unmerged(fact: PatientUnmerged, _: int) -> Iterator[Change]:
    if fact.phone_index is not None:
        yield Put(PATIENT_PHONES, (fact.patient, fact.phone_index))


def _confidant(fact: ConfidantFact, _: int) -> Iterator[Change]:
    if fact.next_expiry is None:
        yield Drop(DEADLINES, (CONFIDANT_EXPIRE, fact.patient))
    else:
        yield Put(DEADLINES, (CONFIDANT_EXPIRE, fact.patient, fact.next_expiry))


INDEXES: Final = (PATIENTS, PATIENT_PHONES, PATIENT_AGES)
CHANGES: Final[ChangesByFact] = {
    PatientRegistered: _described,
    PatientUpdated: _described,
    PatientDeceased: _silenced,
    PatientMerged: _silenced,
    PatientUnmerged: _unmerged,
    PatientDeactivated: _deactivated,
    ConfidantRegistered: _confidant,
    ConfidantDeactivated: _confidant,
    ConfidantExpired: _confidant,
}
