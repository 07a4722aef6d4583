"""Judge specimens: taken once, received once, then used until something makes them unusable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, Final, TypeVar, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.aggregates.standalone import (
    CANCELLATION_REASONS,
    require_moment,
    require_own,
)
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.specimen import (
    CancelSpecimen,
    InvalidateSpecimen,
    ProcessSpecimen,
    RegisterSpecimen,
    RejectSpecimen,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.specimen import (
    SpecimenCancelled,
    SpecimenInvalidated,
    SpecimenProcessed,
    SpecimenRegistered,
    SpecimenRejected,
)
from ehealth_ledger.values.identifiers import LegalEntityId, PatientId, SpecimenId
from ehealth_ledger.values.parameters.diagnostics import SPECIMEN_DAYS_MAX
from ehealth_ledger.values.time import kyiv_day

STATUS_REASONS: Final = "eHealth/specimen_status_reasons"

Verdict = TypeVar("Verdict", SpecimenInvalidated, SpecimenRejected)

AnySpecimenFact = (
    SpecimenRegistered
    | SpecimenProcessed
    | SpecimenInvalidated
    | SpecimenRejected
    | SpecimenCancelled
)


class Status(Enum):
    """Say where a specimen stands."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    UNSATISFACTORY = "unsatisfactory"
    ENTERED_IN_ERROR = "entered_in_error"


@dataclass(frozen=True, slots=True)
class Specimen:
    """Hold the state of one specimen; `day` is the civil day in Kyiv on which it was taken."""

    id: SpecimenId
    patient: PatientId
    legal_entity: LegalEntityId
    day: date
    status: Status = Status.AVAILABLE
    received: bool = False


def evolve(state: Specimen | None, fact: AnySpecimenFact) -> Specimen | None:
    """Take in what happened to a specimen; never refuses a fact."""
    if isinstance(fact, SpecimenRegistered):
        return Specimen(fact.specimen, fact.patient, fact.legal_entity, fact.day)
    if state is None:
        return None
    match fact:
        case SpecimenProcessed():
            return replace(state, received=True)
        case SpecimenInvalidated():
            return replace(state, status=Status.UNAVAILABLE)
        case SpecimenRejected():
            return replace(state, status=Status.UNSATISFACTORY)
        case SpecimenCancelled():
            return replace(state, status=Status.ENTERED_IN_ERROR)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    SpecimenRegistered: evolve,
    SpecimenProcessed: evolve,
    SpecimenInvalidated: evolve,
    SpecimenRejected: evolve,
    SpecimenCancelled: evolve,
}


def require_usable(
    case: Case[StaffCommand], wanted: SpecimenId, patient: PatientId, path: str
) -> Specimen:
    """Return a specimen of this patient that can be used (rule 37)."""
    specimen = case.get(Specimen, wanted, code="specimen.unknown", path=path)
    case.require(
        specimen.patient == patient,
        "specimen.of_other_patient",
        path,
        expected="a specimen of this patient",
    )
    case.require(
        specimen.status is Status.AVAILABLE,
        "specimen.not_available",
        path,
        status=specimen.status.value,
        expected="a specimen in status available",
    )
    return specimen


def register(case: Case[RegisterSpecimen]) -> list[Fact]:
    """Register a specimen: of a known patient, by the institution that took it, in known codes.

    Rules 36 to 38.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    patient = asked.subject.reference
    with case.part():
        active_patient(case, patient, "$.resource.subject.reference")
    case.require_new_id(asked.id, "$.resource.id")
    collected = asked.collection.collected_date_time
    path = "$.resource.collection"
    require_moment(case, collected, case.number(SPECIMEN_DAYS_MAX), f"{path}.collectedDateTime")
    collector = case.find(Employee, asked.collection.collector.reference)
    case.require(
        collector is not None and collector.legal_entity == actor.legal_entity,
        "specimen.collector_unknown",
        f"{path}.collector.reference",
        expected="an employee of the acting institution",
    )
    day = kyiv_day(collected)
    require_codes(case, asked, day, "$.resource")
    for at, parent in enumerate(asked.parent):
        with case.part():
            require_usable(case, parent.reference, patient, f"$.resource.parent[{at}].reference")
    for at, request in enumerate(asked.request):
        place = f"$.resource.request[{at}].reference"
        with case.part():
            referral = case.get(Referral, request.reference, code="referral.unknown", path=place)
            case.require(
                referral.patient == patient,
                "referral.of_other_patient",
                place,
                expected="a referral of this patient",
            )
    return [
        SpecimenRegistered(
            specimen=asked.id,
            patient=patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            type=coded(asked.type.coding[0]),
            day=day,
            parents=tuple(each.reference for each in asked.parent),
            referrals=tuple(each.reference for each in asked.request),
            resource_pointer="/resource",
        )
    ]


def process(case: Case[ProcessSpecimen]) -> list[Fact]:
    """Note that a laboratory received a specimen: once, and after it was taken."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    specimen = require_usable(case, asked.specimen, asked.patient, "$.resource.specimen")
    case.require(
        not specimen.received,
        "specimen.already_received",
        "$.resource.specimen",
        expected="a specimen that nobody has received",
    )
    require_moment(
        case, asked.received_at, case.number(SPECIMEN_DAYS_MAX), "$.resource.received_at"
    )
    case.require(
        kyiv_day(asked.received_at) >= specimen.day,
        "specimen.received_before_collected",
        "$.resource.received_at",
        expected=f"{specimen.day} or later",
    )
    return [
        SpecimenProcessed(
            specimen=specimen.id,
            patient=specimen.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            received_pointer="/resource/received_at",
        )
    ]


def invalidate(case: Case[InvalidateSpecimen]) -> list[Fact]:
    """Note that a specimen is used up, lost or spoilt."""
    return [_judged(case, SpecimenInvalidated)]


def reject(case: Case[RejectSpecimen]) -> list[Fact]:
    """Note that a specimen is unfit for examination."""
    return [_judged(case, SpecimenRejected)]


def _judged(
    case: Case[InvalidateSpecimen] | Case[RejectSpecimen], verdict: type[Verdict]
) -> Verdict:
    """Judge a usable specimen, for a reason of the directory (rule 38)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_code(STATUS_REASONS, asked.reason, case.today, "$.resource.reason")
    specimen = require_usable(case, asked.specimen, asked.patient, "$.resource.specimen")
    return verdict(
        specimen=specimen.id,
        patient=specimen.patient,
        employee=actor.id,
        legal_entity=actor.legal_entity,
        reason=asked.reason,
        verdict_pointer="/resource",
    )


def cancel(case: Case[CancelSpecimen]) -> list[Fact]:
    """Mark a specimen as entered in error; only the institution that took it may (rule 41)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    specimen = case.get(
        Specimen, asked.specimen, code="specimen.unknown", path="$.resource.specimen"
    )
    case.require(
        specimen.patient == asked.patient,
        "specimen.of_other_patient",
        "$.resource.patient",
        expected="the patient of the specimen",
    )
    require_own(case, actor, specimen.legal_entity)
    case.require(
        specimen.status is not Status.ENTERED_IN_ERROR,
        "standalone.already_in_error",
        "$.resource.specimen",
        expected="a specimen that still counts",
    )
    case.require_code(
        CANCELLATION_REASONS,
        asked.cancellation.reason,
        case.today,
        "$.resource.cancellation.reason",
    )
    return [
        SpecimenCancelled(
            specimen=specimen.id,
            patient=specimen.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=asked.cancellation.reason,
            cancellation_pointer="/resource/cancellation",
        )
    ]
