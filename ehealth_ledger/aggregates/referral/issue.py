"""Judge what is asked for: by whom, for whom, of what kind, until when (43 to 45, 48, 51)."""

from __future__ import annotations

from datetime import timedelta

from ehealth_ledger.aggregates import care_plan as care_plans
from ehealth_ledger.aggregates import encounter as encounters
from ehealth_ledger.aggregates import service as services
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.episode import Episode
from ehealth_ledger.aggregates.episode import Status as EpisodeStatus
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.referral.program import EXPECTED, objections
from ehealth_ledger.aggregates.referral.shared import service_codes
from ehealth_ledger.commands.fhir.service_request import (
    LABORATORY,
    WITHOUT_SERVICE_CATEGORY,
    PermittedReference,
    RequestedProgram,
    ServiceRequest,
)
from ehealth_ledger.commands.referral import IssueReferral
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import ReferralIssued
from ehealth_ledger.values.identifiers import EncounterId, PatientId
from ehealth_ledger.values.parameters.referral import (
    REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE,
    REFERRAL_DAYS_VALID_MAX,
)
from ehealth_ledger.values.requisition import requisition
from ehealth_ledger.values.time import kyiv_day, microseconds


def issue(case: Case[IssueReferral]) -> list[Fact]:
    """Issue a referral and number it.

    Rule 23: the patient lives, and the record is the patient's own.
    Rule 38: the reasons are codes of their directories on the day it is dated.
    Rule 43: the requester signs, and it is not dated ahead.
    Rule 44: the ledger gives the number, one for each encounter it comes from.
    Rule 45: the employee may ask for this category, and it is the service's.
    Rule 46: what it opens is the patient's own and still counts.
    Rule 48: the program takes the service, for this reason and at this age.
    Rule 51: what a care plan foresees is taken from its activity's quantity.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    if asked.requester.reference != actor.id:
        case.refuse(
            "referral.requester_not_signer",
            "$.resource.requester.reference",
            expected=f"PractitionerRole/{actor.id}",
        )
    if asked.authored_on > case.now:
        case.refuse(
            "referral.authored_in_future",
            "$.resource.authoredOn",
            expected=f"a moment not after {case.now.isoformat()}",
        )
    patient = asked.subject.reference
    with case.part():
        active_patient(case, patient, "$.resource.subject.reference")
    case.require_new_id(asked.id, "$.resource.id")
    require_codes(case, asked, kyiv_day(asked.authored_on), "$.resource")
    _require_category(case, actor, asked)
    _require_service(case, asked)
    _require_program(case, asked)
    _require_permitted(case, asked)
    period = asked.occurrence_period
    if period.end <= case.now:
        case.refuse(
            "referral.expired",
            "$.resource.occurrencePeriod.end",
            expected=f"a moment after {case.now.isoformat()}",
        )
    _require_context(case, asked)
    days_max = case.number(REFERRAL_DAYS_VALID_MAX)
    codes = service_codes(asked.code)
    facts: list[Fact] = []
    planned = asked.based_on[0] if asked.based_on else None
    if planned is not None:
        with case.part():
            facts.append(
                care_plans.use_activity(
                    case,
                    planned.reference,
                    planned.activity,
                    1,
                    request=asked.id,
                    patient=patient,
                    kind="ServiceRequest",
                    codes=codes,
                    starts_at=microseconds(period.start),
                    ends_at=microseconds(period.end),
                    path="$.resource.basedOn[0]",
                )
            )
    issued = ReferralIssued(
        referral=asked.id,
        patient=patient,
        requisition=requisition(
            case.command.body.ledger,
            patient,
            asked.id if asked.encounter is None else asked.encounter.reference,
        ),
        requester=actor.id,
        legal_entity=actor.legal_entity,
        category=asked.kind,
        services=codes,
        reasons=asked.reasons,
        program=asked.program,
        permitted=tuple(each.reference for _, each in asked.permitted),
        encounter=None if asked.encounter is None else EncounterId(asked.encounter.reference),
        care_plan=None if planned is None else planned.reference,
        activity=None if planned is None else planned.activity,
        expires_at=microseconds(min(period.end, case.now + timedelta(days=days_max))),
        resource_pointer="/resource",
    )
    return [issued, *facts]


def _require_category(case: Case[IssueReferral], actor: Employee, asked: ServiceRequest) -> None:
    """Let each type of employee ask for its own categories only (rule 45)."""
    allowed = case.texts_by_name(REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE, actor.type)
    case.require(
        asked.kind in allowed,
        "referral.category_not_allowed",
        "$.resource.category[0].coding[0].code",
        expected=" | ".join(allowed) or "nothing: this type of employee asks for no service",
    )


def _require_service(case: Case[IssueReferral], asked: ServiceRequest) -> None:
    """Ask for what may be asked for, under its own category (rules 40 and 45).

    A group of services has no category of its own, and what is asked for when a patient is admitted
    or handed over may be of any.
    """
    with case.part():
        found = services.in_force(case, asked.code, case.today, "$.resource.code")
        if found is None:
            return
        services.require_requestable(case, found, "$.resource.code")
        category = found.terms.category
        case.require(
            asked.kind in WITHOUT_SERVICE_CATEGORY or category in (None, asked.kind),
            "referral.service_of_other_category",
            "$.resource.category[0].coding[0].code",
            expected=category,
        )


def _require_program(case: Case[IssueReferral], asked: ServiceRequest) -> None:
    """Ask within a program for what it takes (rule 48)."""
    if asked.program is None:
        return
    for code in objections(
        case, asked.program, asked.subject.reference, service_codes(asked.code), asked.reasons
    ):
        at = next(n for n, each in enumerate(asked.extension) if isinstance(each, RequestedProgram))
        case.refuse(code, f"$.resource.extension[{at}].valueId", expected=EXPECTED[code])


def _require_permitted(case: Case[IssueReferral], asked: ServiceRequest) -> None:
    """Open active episodes and reports of the patient, and none to a laboratory (rule 46)."""
    if asked.permitted:
        case.require(
            asked.kind != LABORATORY,
            "referral.nothing_permitted_to_laboratory",
            f"$.resource.extension[{asked.permitted[0][0]}]",
            expected="no permitted resource in a referral for laboratory services",
        )
    for at, each in asked.permitted:
        case.require(
            _is_open(case, asked.subject.reference, each),
            "referral.permitted_unknown",
            f"$.resource.extension[{at}].valueReference.reference",
            expected="an active episode, or a report that counts, of this patient",
        )


def _is_open(case: Case[IssueReferral], patient: PatientId, wanted: PermittedReference) -> bool:
    if wanted.kind == "EpisodeOfCare":
        episode = case.find(Episode, wanted.target)
        return (
            episode is not None
            and episode.patient == patient
            and episode.status is EpisodeStatus.ACTIVE
        )
    report = case.lookups.resources.find(wanted.target)
    return (
        report is not None
        and report.kind == "DiagnosticReport"
        and report.patient == patient
        and not report.in_error
    )


def _require_context(case: Case[IssueReferral], asked: ServiceRequest) -> None:
    """Let a referral come from an encounter of its own patient (rule 44)."""
    if asked.encounter is None:
        return
    encounter = case.find(encounters.Encounter, asked.encounter.reference)
    case.require(
        encounter is not None
        and encounter.patient == asked.subject.reference
        and encounter.status is encounters.Status.FINISHED,
        "referral.context_unknown",
        "$.resource.encounter.reference",
        expected="an encounter of this patient that is not entered in error",
    )
