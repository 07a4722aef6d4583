"""Judge diagnostic reports outside encounter packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates import charge as charges
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.specimen import require_usable
from ehealth_ledger.aggregates.standalone import (
    Given,
    complete_and_price,
    require_basis,
    require_moment,
    require_own,
    require_performer,
    require_period,
    require_reason,
    require_same,
    require_service,
)
from ehealth_ledger.commands.diagnostic_report import (
    CancelDiagnosticReport,
    RecordDiagnosticReport,
)
from ehealth_ledger.commands.fhir.digest import digest
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.service import DIAGNOSTIC_PROCEDURE, IMAGING, LABORATORY
from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
    ObservationOfReport,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    DiagnosticReportId,
    LegalEntityId,
    ObservationId,
    PatientId,
)
from ehealth_ledger.values.parameters.diagnostics import DIAGNOSTIC_REPORT_DAYS_MAX
from ehealth_ledger.values.time import kyiv_day

IN_ERROR: Final = "entered-in-error"
_AT: Final = "$.resources[0]"

AnyReportFact = DiagnosticReportRecorded | DiagnosticReportCancelled


@dataclass(frozen=True, slots=True)
class DiagnosticReport:
    """Hold the state of one report; digests are of what was signed, statuses aside."""

    id: DiagnosticReportId
    patient: PatientId
    legal_entity: LegalEntityId
    digest: str
    observations: tuple[tuple[ObservationId, str], ...]
    in_error: frozenset[UUID] = field(default_factory=frozenset)


def evolve(state: DiagnosticReport | None, fact: AnyReportFact) -> DiagnosticReport | None:
    """Take in what happened to a report; never refuses a fact."""
    if isinstance(fact, DiagnosticReportRecorded):
        return DiagnosticReport(
            fact.diagnostic_report,
            fact.patient,
            fact.legal_entity,
            fact.digest,
            tuple((each.observation, each.digest) for each in fact.observations),
        )
    if state is None:
        return None
    wrong: set[UUID] = {*fact.observations}
    if fact.status == "entered_in_error":
        wrong.add(state.id)
    return replace(state, in_error=state.in_error | wrong)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    DiagnosticReportRecorded: evolve,
    DiagnosticReportCancelled: evolve,
}


def record(case: Case[RecordDiagnosticReport]) -> list[Fact]:
    """Record a report with its observations; one based on a referral completes it and is priced.

    Rule 40: asked for electronically or on paper; the service is active, may be asked for, is of
    the report's category; a laboratory's report has observations, another one an interpreter and a
    conclusion.
    """
    actor = acting_employee(case)
    report = case.command.body.report
    patient = report.subject.reference
    require_performer(case, actor, report.performer[0].reference, f"{_AT}.performer[0].reference")
    with case.part():
        active_patient(case, patient, f"{_AT}.subject.reference")
    _require_ids(case)
    _require_moments(case)
    day = kyiv_day(report.started)
    for at, resource in enumerate(case.command.body.resources):
        require_codes(case, resource, day, f"$.resources[{at}]")
    _require_observations(case)
    _require_specimens(case)
    category = report.category[0].coding[0].code
    _require_findings(case, category)
    require_basis(case, report.based_on, report.extension, _AT)
    given = Given(
        report=report.id,
        patient=patient,
        service=require_service(case, report.code, category, day, _AT),
        based_on=report.based_on,
        day=day,
        path=_AT,
    )
    return [
        DiagnosticReportRecorded(
            diagnostic_report=report.id,
            patient=patient,
            performer=actor.id,
            legal_entity=actor.legal_entity,
            category=category,
            service=coded(report.code.coding[0]),
            day=day,
            referral=report.based_on[0].reference if report.based_on else None,
            specimens=tuple(each.reference for each in report.specimen),
            report_pointer="/resources/0",
            digest=digest(report),
            observations=tuple(
                ObservationOfReport(
                    observation=each.id, pointer=f"/resources/{at}", digest=digest(each)
                )
                for at, each in enumerate(case.command.body.observations, start=1)
            ),
        ),
        *complete_and_price(case, actor, given),
    ]


def _require_ids(case: Case[RecordDiagnosticReport]) -> None:
    """Every id is new to the report and to the ledger (rule 24)."""
    seen: set[UUID] = set()
    for at, each in enumerate(case.command.body.resources):
        path = f"$.resources[{at}].id"
        case.require(
            each.id not in seen,
            "diagnostic_report.id_repeated",
            path,
            expected="an id of its own",
        )
        seen.add(each.id)
        case.require_new_id(each.id, path)


def _require_moments(case: Case[RecordDiagnosticReport]) -> None:
    """Nothing lies ahead, nor further back than is recorded (rule 36)."""
    report = case.command.body.report
    days_max = case.number(DIAGNOSTIC_REPORT_DAYS_MAX)
    if report.effective_period is not None:
        require_period(case, report.effective_period, days_max, f"{_AT}.effectivePeriod")
    else:
        require_moment(case, report.started, days_max, f"{_AT}.effectiveDateTime")
    require_moment(case, report.issued, days_max, f"{_AT}.issued")
    for at, each in enumerate(case.command.body.observations, start=1):
        path = f"$.resources[{at}].effectiveDateTime"
        require_moment(case, each.effective_date_time, days_max, path)


def _require_observations(case: Case[RecordDiagnosticReport]) -> None:
    """Hold the observations to the report: its patient, and the results it names."""
    report, observations = case.command.body.report, case.command.body.observations
    for at, each in enumerate(observations, start=1):
        case.require(
            each.subject.reference == report.subject.reference,
            "diagnostic_report.subject_mismatch",
            f"$.resources[{at}].subject.reference",
            expected="the report's patient",
        )
    named = [each.reference for each in report.result]
    case.require(
        sorted(named) == sorted(each.id for each in observations),
        "diagnostic_report.results_differ",
        f"{_AT}.result",
        expected="each observation signed with the report, once",
    )


def _require_specimens(case: Case[RecordDiagnosticReport]) -> None:
    """Examine only specimens of this patient that can be used (rule 37)."""
    report = case.command.body.report
    used = [(f"{_AT}.specimen[{at}]", each) for at, each in enumerate(report.specimen)]
    used += [
        (f"$.resources[{at}].specimen", each.specimen)
        for at, each in enumerate(case.command.body.observations, start=1)
        if each.specimen is not None
    ]
    for path, specimen in used:
        with case.part():
            require_usable(case, specimen.reference, report.subject.reference, f"{path}.reference")


def _require_findings(case: Case[RecordDiagnosticReport], category: str) -> None:
    """Ask a laboratory for observations, others for an interpreter and a conclusion (rule 40)."""
    report = case.command.body.report
    if category == LABORATORY:
        case.require(
            bool(report.result),
            "diagnostic_report.observations_required",
            f"{_AT}.result",
            expected="at least one observation",
        )
    if category in {IMAGING, DIAGNOSTIC_PROCEDURE}:
        for given, name in (
            (bool(report.results_interpreter), "resultsInterpreter"),
            (report.conclusion is not None, "conclusion"),
        ):
            case.require(
                given,
                "diagnostic_report.interpretation_required",
                f"{_AT}.{name}",
                expected="an interpreter and a conclusion",
            )
    for each in report.results_interpreter:
        case.require(
            case.find(Employee, each.reference) is not None,
            "diagnostic_report.interpreter_unknown",
            f"{_AT}.resultsInterpreter[0].reference",
            expected="an employee on record",
        )


def cancel(case: Case[CancelDiagnosticReport]) -> list[Fact]:
    """Mark a report, or some of its observations, as entered in error (rule 41).

    The whole content is signed again, something is newly in error, and only the institution that
    recorded the report does it.
    """
    actor = acting_employee(case)
    asked = case.command.body
    report = case.get(
        DiagnosticReport,
        asked.report.id,
        code="diagnostic_report.unknown",
        path=f"{_AT}.id",
    )
    require_own(case, actor, report.legal_entity)
    require_reason(case, asked.cancellation.reason)
    stood = [report.digest, *(digest for _, digest in report.observations)]
    case.require(
        len(asked.resources) == len(stood),
        "standalone.content_differs",
        "$.resources",
        expected=f"the {len(stood)} resources that were recorded",
    )
    wrong: list[UUID] = []
    for at, (before, again) in enumerate(zip(stood, asked.resources, strict=False)):
        require_same(case, before, again, f"$.resources[{at}]")
        if again.status != IN_ERROR:
            continue
        case.require(
            again.id not in report.in_error,
            "standalone.already_in_error",
            f"$.resources[{at}].status",
            expected="a resource that still counts",
        )
        wrong.append(again.id)
    case.require(
        bool(wrong),
        "diagnostic_report.nothing_in_error",
        "$.resources",
        expected="at least one resource with status entered-in-error",
    )
    whole = report.id in wrong
    cancelled = DiagnosticReportCancelled(
        diagnostic_report=report.id,
        patient=report.patient,
        employee=actor.id,
        legal_entity=actor.legal_entity,
        status="entered_in_error" if whole else "final",
        observations=tuple(ObservationId(each) for each in wrong if each != report.id),
        reason=asked.cancellation.reason,
        cancellation_pointer="/cancellation",
    )
    return [cancelled, *charges.withdraw(case, report.id)] if whole else [cancelled]
