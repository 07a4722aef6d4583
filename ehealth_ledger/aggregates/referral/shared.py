"""Share what the judges of referrals ask alike."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.referral.state import Referral, Status
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.fhir.elements import CodeableConcept, ServiceConcept, coded
from ehealth_ledger.commands.referral import Named

REFERRAL: Final = "$.resource.referral"


def service_codes(service: CodeableConcept | ServiceConcept | None) -> tuple[str, ...]:
    """Write the codings of a service as `system|code`; none where none is named."""
    if service is None:
        return ()
    return tuple(coded(each) for each in service.coding)


def named(case: Case[StaffCommand], asked: Named) -> Referral:
    """Return the referral that an act names together with its patient."""
    referral = case.get(Referral, asked.referral, code="referral.unknown", path=REFERRAL)
    case.require(
        referral.patient == asked.patient,
        "referral.of_other_patient",
        "$.resource.patient",
        expected="the patient of the referral",
    )
    return referral


def require_active(case: Case[StaffCommand], referral: Referral, path: str) -> bool:
    """Refuse a referral that is settled."""
    return case.require(
        referral.status is Status.ACTIVE,
        "referral.not_active",
        path,
        status=referral.status.value,
        expected="a referral in status active",
    )


def require_unexpired(case: Case[StaffCommand], referral: Referral, path: str) -> bool:
    """Refuse a referral whose last moment has come."""
    return case.require(
        referral.expires_at > case.now_us,
        "referral.expired",
        path,
        expected="a referral that has not expired",
    )


def require_held(case: Case[StaffCommand], actor: Employee, referral: Referral) -> None:
    """Let only the institution that redeemed a referral act on it (rule 49)."""
    if case.require(
        referral.redeemed_by is not None,
        "referral.not_redeemed",
        REFERRAL,
        expected="a referral that this institution redeemed",
    ):
        case.require(
            referral.redeemed_by == actor.legal_entity,
            "referral.of_other_entity",
            REFERRAL,
            expected="a referral that this institution redeemed",
        )
