"""Check what an encounter says of itself: class and type, reasons, services, hospital, diagnoses.

Rules 27 to 32, and of rule 39 the referral on paper.
"""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.encounter import Encounter
from ehealth_ledger.values.parameters.encounter import (
    ENCOUNTER_CLASSES_BY_EMPLOYEE_TYPE,
    ENCOUNTER_DIAGNOSIS_RANK_MAX,
    ENCOUNTER_DIVISION_CLASSES,
    ENCOUNTER_TYPES_BY_CLASS,
)
from ehealth_ledger.values.time import kyiv_day

DISCHARGE: Final = "discharge"  # of eHealth/encounter_types

_AT: Final = "$.resources[0]"


def check_contents(case: Case[RecordEncounter], actor: Employee) -> None:
    """Check the encounter resource by itself."""
    encounter = case.command.body.encounter
    _check_class(case, actor, encounter)
    if encounter.class_.code == "PHC":
        _check_primary_care(case, encounter)
    else:
        _check_specialised_care(case, encounter)
    _check_hospital(case, encounter)
    with case.part():
        _check_division(case, actor, encounter)
    _check_paper(case, encounter)


def check_diagnoses(case: Case[RecordEncounter]) -> str:
    """Return the pointer of the one primary diagnosis; ranks begin with 1 (rule 29)."""
    wish = case.command.body
    pointers = {condition.id: pointer for pointer, condition in wish.conditions.items()}
    rank_max = case.number(ENCOUNTER_DIAGNOSIS_RANK_MAX)
    for at, diagnosis in enumerate(wish.encounter.diagnosis):
        path = f"{_AT}.diagnosis[{at}]"
        case.require(
            diagnosis.condition.reference in pointers,
            "encounter.diagnosis_unresolved",
            f"{path}.condition.reference",
            expected="a condition of this package",
        )
        case.require(
            diagnosis.rank is None or 1 <= diagnosis.rank <= rank_max,
            "encounter.diagnosis_rank",
            f"{path}.rank",
            expected=f"1 to {rank_max}",
        )
    primary = wish.encounter.primary_diagnoses
    if case.require(
        len(primary) == 1,
        "encounter.primary_diagnosis_count",
        f"{_AT}.diagnosis",
        expected="one primary diagnosis",
        found=len(primary),
    ):
        return pointers.get(primary[0].condition.reference, "")
    return ""


def _check_class(case: Case[RecordEncounter], actor: Employee, encounter: Encounter) -> None:
    """Ask the performer's type for the class, and the class for the type (rule 27)."""
    day = kyiv_day(encounter.period.start)
    of_class = encounter.class_.code
    classes = case.texts_by_name(ENCOUNTER_CLASSES_BY_EMPLOYEE_TYPE, actor.type, day)
    case.require(
        of_class in classes,
        "encounter.class_not_allowed",
        f"{_AT}.class.code",
        expected=", ".join(classes),
        type=actor.type,
    )
    types = case.texts_by_name(ENCOUNTER_TYPES_BY_CLASS, of_class, day)
    given = encounter.type[0].coding[0].code
    case.require(
        given in types,
        "encounter.type_not_allowed",
        f"{_AT}.type[0].coding[0].code",
        expected=", ".join(types),
        encounter_class=of_class,
    )


def _check_primary_care(case: Case[RecordEncounter], encounter: Encounter) -> None:
    """Primary care says why and what in ICPC-2, and names no service (rule 30)."""
    case.require(
        bool(encounter.reason_code),
        "encounter.reasons_required",
        f"{_AT}.reasonCode",
        expected="at least one reason in ICPC-2",
    )
    case.require(
        bool(encounter.actions),
        "encounter.actions_required",
        f"{_AT}.extension",
        expected="at least one action in ICPC-2",
    )
    case.require(
        encounter.service_type is None,
        "encounter.service_not_allowed",
        f"{_AT}.serviceType",
        expected="no service in class PHC",
    )


def _check_specialised_care(case: Case[RecordEncounter], encounter: Encounter) -> None:
    """Other care names the service given, and no action of primary care (rule 30)."""
    case.require(
        encounter.service_type is not None,
        "encounter.service_required",
        f"{_AT}.serviceType",
        expected="the service that was given",
    )
    case.require(
        not encounter.actions,
        "encounter.actions_not_allowed",
        f"{_AT}.extension",
        expected="actions in class PHC only",
    )


def _check_hospital(case: Case[RecordEncounter], encounter: Encounter) -> None:
    """Only a hospital hospitalises, it says how urgent it was and how it ended (rule 32)."""
    stay = encounter.hospitalization
    if encounter.class_.code != "INPATIENT":
        case.require(
            stay is None,
            "encounter.hospitalization_not_inpatient",
            f"{_AT}.hospitalization",
            expected="a hospitalization in class INPATIENT only",
        )
        return
    case.require(
        encounter.priority is not None,
        "encounter.priority_required",
        f"{_AT}.priority",
        expected="how urgent it was",
    )
    if encounter.type[0].coding[0].code != DISCHARGE:
        return
    told = {
        "admitSource": stay is not None and stay.admit_source is not None,
        "dischargeDisposition": stay is not None and stay.discharge_disposition is not None,
        "extension": stay is not None and bool(stay.extension),
    }
    for name, given in told.items():
        case.require(
            given,
            "encounter.discharge_incomplete",
            f"{_AT}.hospitalization.{name}",
            expected="where from, where to, and the department of discharge",
        )


def _check_division(case: Case[RecordEncounter], actor: Employee, encounter: Encounter) -> None:
    """Place the encounter in an active division of the institution (rule 28).

    One that took place elsewhere names none, in the classes where that can be.
    """
    classes = case.texts(ENCOUNTER_DIVISION_CLASSES, kyiv_day(encounter.period.start))
    case.require(
        bool(encounter.location) or encounter.class_.code not in classes,
        "encounter.division_required",
        f"{_AT}.location",
        expected="the division where the encounter took place",
    )
    for place in encounter.location:
        path = f"{_AT}.location[0].location.reference"
        wanted = place.location.reference
        division = case.get(Division, wanted, code="encounter.division_unknown", path=path)
        case.require(
            division.legal_entity == actor.legal_entity,
            "encounter.division_of_other_entity",
            path,
            expected="a division of the acting institution",
        )
        case.require(
            division.active,
            "encounter.division_not_active",
            path,
            expected="an active division",
        )


def _check_paper(case: Case[RecordEncounter], encounter: Encounter) -> None:
    """Allow one referral, electronic or on paper, dated no later than the encounter (rule 39)."""
    papers = encounter.paper_referrals
    if not papers:
        return
    case.require(
        len(papers) == 1 and not encounter.based_on,
        "encounter.two_referrals",
        f"{_AT}.basedOn",
        expected="one referral, electronic or on paper",
    )
    case.require(
        papers[0].day <= kyiv_day(encounter.period.start),
        "encounter.paper_referral_later",
        f"{_AT}.extension",
        expected="a referral dated no later than the encounter",
    )
