"""Check what reports, procedures, specimens and conclusions outside a package have in common.

Rules 36, 37, 40 and 41: when, on what it rests, who asked for it, and how it is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates import charge as charges
from ehealth_ledger.aggregates import referral as referrals
from ehealth_ledger.aggregates import unreferred
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.monitoring import Circumstances, watched
from ehealth_ledger.aggregates.service import ServiceInForce, in_force, require_requestable
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.fhir.digest import digest
from ehealth_ledger.commands.fhir.elements import (
    FhirElement,
    Period,
    ReferralReference,
    ServiceConcept,
)
from ehealth_ledger.commands.fhir.member import ClinicalReference
from ehealth_ledger.commands.fhir.paper_referral import PaperReferral
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    DiagnosticReportId,
    EmployeeId,
    LegalEntityId,
    PatientId,
    ProcedureId,
)

CANCELLATION_REASONS: Final = "eHealth/cancellation_reasons"


def require_performer(
    case: Case[StaffCommand], actor: Employee, performer: EmployeeId, path: str
) -> None:
    """Refuse an act that its performer did not sign (rule 2)."""
    case.require(
        performer == actor.id,
        "standalone.performer_not_signer",
        path,
        expected=f"PractitionerRole/{actor.id}",
    )


def require_moment(case: Case[StaffCommand], moment: datetime, days_max: int, path: str) -> None:
    """Refuse a moment that has not come, or that lies too far back (rule 36)."""
    case.require(
        moment <= case.now,
        "standalone.moment_in_future",
        path,
        expected=f"a moment not after {case.now.isoformat()}",
    )
    earliest = case.now - timedelta(days=days_max)
    case.require(
        moment >= earliest,
        "standalone.moment_too_old",
        path,
        expected=f"a moment not before {earliest.isoformat()}",
    )


def require_period(case: Case[StaffCommand], period: Period, days_max: int, path: str) -> None:
    """Refuse a period that runs backwards or lies out of reach (rule 36)."""
    case.require(
        period.start <= period.end,
        "standalone.period_reversed",
        path,
        expected="an end that is not before the start",
    )
    require_moment(case, period.start, days_max, f"{path}.start")
    require_moment(case, period.end, days_max, f"{path}.end")


def require_evidence(
    case: Case[StaffCommand],
    patient: PatientId,
    at: str,
    evidence: Iterable[tuple[str, ClinicalReference]],
) -> None:
    """Rest on what is on record, this patient's, and right (rule 37)."""
    for place, each in evidence:
        path = f"{at}.{place}"
        found = case.lookups.resources.find(each.target)
        if found is None or found.kind != each.kind:
            case.refuse("standalone.evidence_unknown", path, expected=f"a {each.kind} on record")
            continue
        case.require(
            found.patient == patient,
            "standalone.evidence_of_other_patient",
            path,
            expected="a resource about the same patient",
        )
        case.require(
            not found.in_error,
            "standalone.evidence_in_error",
            path,
            expected="a resource that is not entered in error",
        )


def require_service(
    case: Case[StaffCommand], code: ServiceConcept, category: str, day: date, path: str
) -> ServiceInForce | None:
    """Return the service given: active, one a referral may ask for, of this category (rule 40)."""
    found = in_force(case, code, day, f"{path}.code")
    if found is None:
        return None
    require_requestable(case, found, f"{path}.code")
    case.require(
        found.terms.category == category,
        "standalone.category_differs",
        f"{path}.category",
        expected=found.terms.category,
    )
    return found


def require_basis(
    case: Case[StaffCommand],
    based_on: Sequence[ReferralReference],
    paper: Sequence[PaperReferral],
    path: str,
) -> None:
    """Ask who asked for it: an electronic referral or one on paper, not both (rule 40)."""
    case.require(
        len(based_on) + len(paper) == 1,
        "standalone.basis_required",
        f"{path}.basedOn",
        expected="basedOn, or the extension eHealth/paper_referral",
    )
    for each in paper:
        case.require(
            each.day <= case.today,
            "standalone.paper_in_future",
            f"{path}.extension[0]",
            expected=f"{case.today} or earlier",
        )


@dataclass(frozen=True, slots=True)
class Given:
    """Say what was given, to whom, for which referral: one of a report and a procedure."""

    report: DiagnosticReportId | None = None
    procedure: ProcedureId | None = None
    _: KW_ONLY
    patient: PatientId
    service: ServiceInForce | None  # None only while violations are collected
    based_on: Sequence[ReferralReference]
    day: date
    path: str

    @property
    def act(self) -> UUID:
        """Return the id of what was given."""
        act = self.report or self.procedure
        if act is None:
            raise TypeError("a report or a procedure was given")
        return act


def complete_and_price(case: Case[StaffCommand], actor: Employee, given: Given) -> list[Fact]:
    """Complete the referral an act answers, and price the act (rules 40 and 49).

    What answers a referral on paper completes nothing, and earns where the payer says so.
    """
    acts = case.lookups.resources.acts_on(given.patient)
    known = Circumstances(patient=given.patient, acts=acts, performer=actor.id)
    if not given.based_on:
        return [] if given.service is None else watched(case, _unreferred(case), known)
    with case.part():
        referral, completed = referrals.fulfil(
            case,
            actor,
            given.based_on[0].reference,
            patient=given.patient,
            path=f"{given.path}.basedOn[0].reference",
            diagnostic_report=given.report,
            procedure=given.procedure,
        )
        if given.service is None:
            return []
        case.require(
            given.service.fulfils(referral.services),
            "standalone.other_service",
            f"{given.path}.code",
            expected=" | ".join(referral.services),
        )
        charge = charges.accrue(
            case, act=given.act, actor=actor, service=given.service.service.coded, day=given.day
        )
        return watched(case, [completed, charge], known)
    return []


def _unreferred(case: Case[StaffCommand]) -> list[Fact]:
    wish = case.command.body
    if not unreferred.is_recording(wish):
        return []
    return [charge for each in unreferred.acts(wish) for charge in unreferred.accrued(case, each)]


def require_own(case: Case[StaffCommand], actor: Employee, legal_entity: LegalEntityId) -> None:
    """Let only the institution that recorded something take it back (rule 41)."""
    case.require(
        legal_entity == actor.legal_entity,
        "standalone.of_other_entity",
        "$.legal_entity",
        expected="the institution that recorded it",
    )


def require_reason(case: Case[StaffCommand], reason: str) -> None:
    """Take the reason of a cancellation from its directory (rule 38)."""
    case.require_code(CANCELLATION_REASONS, reason, case.today, "$.cancellation.reason")


def require_same(case: Case[StaffCommand], stood: str, again: FhirElement, path: str) -> None:
    """Compare what is signed again with what was recorded, status aside (rule 41)."""
    case.require(
        digest(again) == stood,
        "standalone.content_differs",
        path,
        expected="the resource as it was recorded, but for its status",
    )
