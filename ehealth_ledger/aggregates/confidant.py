"""Judge who confirms for a patient (rule 10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import Confidant, Patient, active_patient, known_patient
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.confidant import (
    DeactivateConfidant,
    ExpireConfidant,
    RegisterConfidant,
)
from ehealth_ledger.commands.fhir.related_person import RelatedPerson
from ehealth_ledger.events.confidant import (
    ConfidantDeactivated,
    ConfidantExpired,
    ConfidantRegistered,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import LegalEntityId, PatientId
from ehealth_ledger.values.parameters.patient import ADULT_AGE
from ehealth_ledger.values.time import age_on, day_begins

_DAY = timedelta(days=1)


def register(case: Case[RegisterConfidant]) -> list[Fact]:
    """Register a relationship, proven by a document (rule 10)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    child = active_patient(case, asked.patient.reference, "$.resource.patient.reference")
    case.require(
        child.identified,
        "patient.unidentified",
        "$.resource.patient.reference",
        expected="a patient who is identified",
    )
    return [registered(case, asked, child.id, child, actor.legal_entity, place="resource")]


def registered(
    case: Case[Any],
    asked: RelatedPerson,
    patient: PatientId,
    known: Patient | None,
    legal_entity: LegalEntityId,
    *,
    place: str,
) -> ConfidantRegistered:
    """Judge a relationship and return the fact; `known` is None while the patient is registered.

    The confidant is a registered, living, identified and grown-up person other than the patient.
    """
    case.require_new_id(asked.id, f"$.{place}.id")
    case.require(
        asked.patient.reference == patient,
        "confidant.of_other_patient",
        f"$.{place}.patient.reference",
        expected=patient,
    )
    path = f"$.{place}.extension[0].valueReference.reference"
    case.require(
        asked.person.reference != patient,
        "confidant.not_another_person",
        path,
        expected="somebody other than the patient",
    )
    with case.part():
        _require_grown_up(case, active_patient(case, asked.person.reference, path), path)
    ends = asked.period.end
    case.require(
        asked.period.start <= case.today and (ends is None or ends >= case.today),
        "confidant.period_not_current",
        f"$.{place}.period",
        expected="a period that today belongs to",
    )
    begun = Confidant(asked.id, asked.person.reference, asked.period.start, ends)
    before = () if known is None else known.confidants
    return ConfidantRegistered(
        patient=patient,
        confidant=asked.id,
        next_expiry=_next_expiry((*before, begun)),
        person=asked.person.reference,
        legal_entity=legal_entity,
        first_day=asked.period.start,
        last_day=ends,
        resource_pointer=f"/{place}",
    )


def _require_grown_up(case: Case[Any], person: Patient, path: str) -> None:
    adult = case.number(ADULT_AGE)
    case.require(
        person.identified
        and person.birth_date is not None
        and age_on(person.birth_date, case.today) >= adult,
        "confidant.not_grown_up",
        path,
        expected=f"an identified person of at least {adult} years",
    )


def deactivate(case: Case[DeactivateConfidant]) -> list[Fact]:
    """End a relationship before its last day."""
    acting_employee(case)
    asked = case.command.body.resource
    patient = active_patient(case, asked.patient, "$.resource.patient")
    left = tuple(each for each in patient.confidants if each.id != asked.confidant)
    case.require(
        len(left) < len(patient.confidants),
        "confidant.unknown",
        "$.resource.confidant",
        expected="a relationship of the patient that has not ended",
    )
    return [
        ConfidantDeactivated(
            patient=patient.id,
            confidant=asked.confidant,
            next_expiry=_next_expiry(left),
            reason_pointer="/resource/reason",
        )
    ]


def expire(case: Case[ExpireConfidant]) -> list[Fact]:
    """End the relationships whose last day is over, whatever became of the patient."""
    acting_system(case)
    asked = case.command.body.resource
    patient = known_patient(case, asked.patient, "$.resource.patient")
    over = [each for each in patient.confidants if _is_over(each, case)]
    case.require(
        bool(over),
        "confidant.not_due",
        "$.resource.patient",
        expected="a relationship whose last day is over",
    )
    next_expiry = _next_expiry(each for each in patient.confidants if each not in over)
    return [
        ConfidantExpired(patient=patient.id, confidant=each.id, next_expiry=next_expiry)
        for each in over
    ]


def _is_over(confidant: Confidant, case: Case[ExpireConfidant]) -> bool:
    return confidant.last_day is not None and confidant.last_day < case.today


def _next_expiry(confidants: Iterable[Confidant]) -> int | None:
    ends = [each.last_day for each in confidants if each.last_day is not None]
    return day_begins(min(ends) + _DAY) if ends else None
