"""Know a patient: who it is, whether the registration holds, who confirms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import C_co, Case
from ehealth_ledger.aggregates.erased import ERASED, Erased
from ehealth_ledger.events.confidant import (
    ConfidantDeactivated,
    ConfidantExpired,
    ConfidantRegistered,
)
from ehealth_ledger.events.erasure import ErasureOrdered, PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import (
    PatientAbsorbed,
    PatientDeactivated,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientReleased,
    PatientUnmerged,
    PatientUpdated,
    PrepersonRegistered,
)
from ehealth_ledger.values.identifiers import ConfidantId, PartyId, PatientId
from ehealth_ledger.values.patient import AuthenticationMethod

AnyPatientFact = (
    PatientRegistered
    | PatientUpdated
    | PrepersonRegistered
    | PatientDeceased
    | PatientDeactivated
    | PatientMerged
    | PatientUnmerged
    | PatientAbsorbed
    | PatientReleased
    | ConfidantRegistered
    | ConfidantDeactivated
    | ConfidantExpired
    | ErasureOrdered
    | PatientErased
)


@dataclass(frozen=True, slots=True)
class Confidant:
    """Hold one relationship that has not ended; days are included."""

    id: ConfidantId
    person: PatientId
    first_day: date
    last_day: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the confidant confirms on a civil day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class OrderedErasure:
    """Hold the order that a second person may countersign: whose, where, and what was signed."""

    party: PartyId
    act_position: int
    content_digest: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Hold what the laws need to know of a patient; no name and no number is among it.

    `identified` is False for a preperson, of whom not even the birth date need be known. `active`
    is False once the patient died, the registration was ended, or the record was merged.
    """

    id: PatientId
    birth_date: date | None
    active: bool = True
    deceased: bool = False
    deactivated: bool = False
    merged_into: PatientId | None = None
    absorbed: tuple[PatientId, ...] = ()
    identified: bool = True
    authentication: AuthenticationMethod | None = None
    tax_index: str | None = None
    phone_index: str | None = None
    confidants: tuple[Confidant, ...] = ()
    erasure: OrderedErasure | None = None
    died_on: date | None = None

    @property
    def standing(self) -> str:
        """Say where the registration stands, in one word."""
        if self.merged_into is not None:
            return "merged"
        if self.deactivated:
            return "deactivated"
        return "deceased" if self.deceased else "active"


def evolve(state: Patient | Erased | None, fact: AnyPatientFact) -> Patient | Erased | None:
    """Take in what happened to a patient; never refuses a fact."""
    if isinstance(fact, PatientErased) or isinstance(state, Erased):
        return ERASED
    if isinstance(fact, PrepersonRegistered):
        return Patient(fact.patient, fact.birth_date, identified=False)
    if isinstance(fact, PatientRegistered):
        return _described(Patient(fact.patient, fact.birth_date), fact)
    return None if state is None else _evolved(state, fact)


def _evolved(
    state: Patient,
    fact: (
        PatientUpdated
        | PatientDeceased
        | PatientDeactivated
        | PatientMerged
        | PatientUnmerged
        | PatientAbsorbed
        | PatientReleased
        | ConfidantRegistered
        | ConfidantDeactivated
        | ConfidantExpired
        | ErasureOrdered
    ),
) -> Patient:
    match fact:
        case PatientUpdated():
            return _described(state, fact)
        case PatientDeceased():
            died_on = fact.died_on
            return replace(state, active=False, deceased=True, phone_index=None, died_on=died_on)
        case PatientDeactivated():
            return replace(state, active=False, deactivated=True, phone_index=None)
        case PatientMerged():
            return replace(state, active=False, merged_into=fact.master)
        case PatientUnmerged():
            return replace(state, active=not state.deceased, merged_into=None)
        case PatientAbsorbed():
            return replace(state, absorbed=(*state.absorbed, fact.merged))
        case PatientReleased():
            kept = tuple(each for each in state.absorbed if each != fact.merged)
            return replace(state, absorbed=kept)
        case ConfidantRegistered():
            begun = Confidant(fact.confidant, fact.person, fact.first_day, fact.last_day)
            return replace(state, confidants=(*state.confidants, begun))
        case ConfidantDeactivated() | ConfidantExpired():
            left = tuple(each for each in state.confidants if each.id != fact.confidant)
            return replace(state, confidants=left)
        case ErasureOrdered():
            ordered = OrderedErasure(fact.party, fact.act_position, fact.content_digest)
            return replace(state, erasure=ordered)
        case _:
            assert_never(fact)


def _described(state: Patient, fact: PatientRegistered | PatientUpdated) -> Patient:
    return replace(
        state,
        birth_date=fact.birth_date,
        authentication=fact.authentication,
        tax_index=fact.tax_index,
        phone_index=fact.phone_index,
    )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = dict.fromkeys(
    (
        PatientRegistered,
        PatientUpdated,
        PrepersonRegistered,
        PatientDeceased,
        PatientDeactivated,
        PatientMerged,
        PatientUnmerged,
        PatientAbsorbed,
        PatientReleased,
        ConfidantRegistered,
        ConfidantDeactivated,
        ConfidantExpired,
        ErasureOrdered,
        PatientErased,
    ),
    evolve,
)


def confirms(case: Case[C_co], confidant: Confidant) -> bool:
    """Tell whether a confidant confirms today: the relationship holds and the person lives (10).

    The confidant's own record may have been joined to another one since.
    """
    person = case.find(Patient, confidant.person)
    return (
        confidant.holds_on(case.today)
        and person is not None
        and not person.deceased
        and not person.deactivated
    )


def known_patient(case: Case[C_co], wanted: PatientId, path: str) -> Patient:
    """Return a patient whatever became of the registration, or refuse."""
    return case.get(Patient, wanted, code="patient.unknown", path=path)


def active_patient(case: Case[C_co], wanted: PatientId, path: str) -> Patient:
    """Return a patient about whom something new may be written (rule 23), or refuse."""
    patient = known_patient(case, wanted, path)
    case.require(
        patient.active,
        "patient.not_active",
        path,
        expected="a patient who lives and whose own record holds",
        standing=patient.standing,
        **({"master": patient.merged_into} if patient.merged_into else {}),
    )
    return patient


def patient_at_counter(case: Case[C_co], wanted: PatientId, path: str) -> Patient:
    """Return a patient to whom a medicine may be handed, or refuse (rule 23).

    What was prescribed before the record was joined to another one is handed out still.
    """
    patient = known_patient(case, wanted, path)
    case.require(
        not patient.deceased and not patient.deactivated,
        "patient.not_active",
        path,
        expected="a patient who lives and whose registration holds",
        standing=patient.standing,
    )
    return patient
