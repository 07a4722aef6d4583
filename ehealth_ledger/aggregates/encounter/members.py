"""Check what a package holds beside its encounter.

Rules 31 and 33 to 37: whose it is, in which codes, who says so, when it was, what it rests on.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.employee import Status as Employment
from ehealth_ledger.commands.encounter import Child, RecordEncounter
from ehealth_ledger.commands.fhir.condition import ICD_10_AM, ICPC_2, Condition
from ehealth_ledger.commands.fhir.immunization import Immunization
from ehealth_ledger.commands.fhir.member import ClinicalReference
from ehealth_ledger.values.parameters.encounter import (
    ENCOUNTER_MEMBER_DAYS_MAX,
    ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND,
    ENCOUNTER_SPECIALITIES_BY_CODE,
)
from ehealth_ledger.values.time import kyiv_day

CODE_SYSTEMS: Final = {  # rule 31
    "PHC": frozenset({ICPC_2, ICD_10_AM}),
    "AMB": frozenset({ICD_10_AM}),
    "INPATIENT": frozenset({ICD_10_AM}),
}


def check_members(case: Case[RecordEncounter], actor: Employee) -> None:
    """Check each member of the package by itself."""
    package: dict[UUID, str] = {
        member.id: member.resource_type for member in case.command.body.resources
    }
    days_max = case.number(ENCOUNTER_MEMBER_DAYS_MAX)
    for at, member in case.command.body.children:
        path = f"$.resources[{at}]"
        _check_context(case, member, path)
        if isinstance(member, Condition):
            _check_condition_codes(case, member, f"{path}.code.coding")
        with case.part():
            _check_source(case, actor, member, path)
        of_kind = case.number_by_name(ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND, member.resource_type)
        earliest = case.today - timedelta(days=days_max if of_kind is None else of_kind)
        _check_moments(case, member, path, earliest)
        for place, evidence in member.references():
            with case.part():
                _check_evidence(case, package, evidence, f"{path}.{place}")


def _check_context(case: Case[RecordEncounter], member: Child, path: str) -> None:
    """Hold a member to this patient and this encounter (rule 35)."""
    encounter = case.command.body.encounter
    case.require(
        member.about == encounter.subject.reference,
        "encounter.subject_mismatch",
        f"{path}.{member.SUBJECT_AT}.reference",
        expected="the encounter's patient",
    )
    case.require(
        member.within == encounter.id,
        "encounter.context_mismatch",
        f"{path}.{member.ENCOUNTER_AT}",
        expected="the package's encounter",
    )


def _check_condition_codes(case: Case[RecordEncounter], condition: Condition, path: str) -> None:
    """Code a condition in the systems of the encounter's class, once in each (rule 31)."""
    of_class = case.command.body.encounter.class_.code
    allowed = CODE_SYSTEMS[of_class]
    systems = Counter(coding.system for coding in condition.code.coding)
    for system, count in systems.items():
        case.require(
            system in allowed,
            "encounter.code_system_not_allowed",
            path,
            expected=", ".join(sorted(allowed)),
            system=system,
            encounter_class=of_class,
        )
        case.require(
            count == 1,
            "encounter.code_system_repeated",
            path,
            expected="one code of a system",
            system=system,
        )


def _check_source(case: Case[RecordEncounter], actor: Employee, member: Child, path: str) -> None:
    """Ask who saw it, or else where it is known from (rule 34)."""
    asserter, origin = member.asserted_by, member.origin
    if member.ORIGIN_ALLOWED:
        primary = member.primary_source if isinstance(member, Immunization) else origin is None
        case.require(
            not primary or asserter is not None,
            "encounter.asserter_required",
            f"{path}.{member.ASSERTER_AT}",
            expected="the employee who saw it, or a report origin",
        )
        case.require(
            primary or origin is not None,
            "encounter.report_origin_required",
            f"{path}.reportOrigin",
            expected="where it is known from",
        )
        case.require(
            asserter is None or origin is None,
            "encounter.two_sources",
            f"{path}.{member.ASSERTER_AT}",
            expected="an asserter or a report origin, not both",
        )
    if asserter is None:
        return
    found = case.get(
        Employee,
        asserter,
        code="encounter.asserter_unknown",
        path=f"{path}.{member.ASSERTER_AT}",
    )
    case.require(
        found.legal_entity == actor.legal_entity,
        "encounter.asserter_of_other_entity",
        f"{path}.{member.ASSERTER_AT}",
        expected="an employee of the acting institution",
    )
    case.require(
        found.status is Employment.APPROVED,
        "encounter.asserter_dismissed",
        f"{path}.{member.ASSERTER_AT}",
        expected="an employment that goes on",
    )
    if isinstance(member, Condition):
        _check_speciality(case, found, member, path)


def _check_speciality(
    case: Case[RecordEncounter], asserter: Employee, condition: Condition, path: str
) -> None:
    """Keep a code that is reserved for specialities to them (rule 33)."""
    day = kyiv_day(case.command.body.encounter.period.start)
    reserved = case.parameter(ENCOUNTER_SPECIALITIES_BY_CODE, day)
    if not isinstance(reserved, dict) or not reserved:
        return
    for at, coding in enumerate(condition.code.coding):
        if coding.system != ICD_10_AM:
            continue
        allowed = {
            speciality
            for prefix in reserved
            if coding.code.startswith(prefix)
            for speciality in case.texts_by_name(ENCOUNTER_SPECIALITIES_BY_CODE, prefix, day)
        }
        case.require(
            not allowed or bool(allowed & set(asserter.specialities)),
            "encounter.speciality_not_allowed",
            f"{path}.code.coding[{at}].code",
            expected=", ".join(sorted(allowed)),
        )


def _check_moments(case: Case[RecordEncounter], member: Child, path: str, earliest: date) -> None:
    """Nothing lies in the future, nor longer ago than such findings may (rule 36)."""
    for place, moment in member.moments():
        case.require(
            moment <= case.now,
            "encounter.moment_in_future",
            f"{path}.{place}",
            expected="a moment not later than now",
        )
        case.require(
            kyiv_day(moment) >= earliest,
            "encounter.moment_too_old",
            f"{path}.{place}",
            expected=f"{earliest} or later",
        )


def _check_evidence(
    case: Case[RecordEncounter],
    package: dict[UUID, str],
    evidence: ClinicalReference,
    path: str,
) -> None:
    """Rest on what is in the package or on record, this patient's, and right (rule 37)."""
    inside = package.get(evidence.target)
    if inside is not None:
        case.require(
            inside == evidence.kind,
            "encounter.evidence_unknown",
            path,
            expected=f"a {evidence.kind}",
            found=inside,
        )
        return
    found = case.lookups.resources.find(evidence.target)
    if not case.require(
        found is not None and found.kind == evidence.kind,
        "encounter.evidence_unknown",
        path,
        expected=f"a {evidence.kind} of the package or on record",
    ):
        return
    if found is None:
        return
    case.require(
        found.patient == case.command.body.encounter.subject.reference,
        "encounter.evidence_of_other_patient",
        path,
        expected="evidence about the same patient",
    )
    case.require(
        not found.in_error,
        "encounter.evidence_in_error",
        path,
        expected="evidence that is not entered in error",
    )
