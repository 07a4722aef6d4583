"""Judge referrals: issued once, redeemed once, completed by the institution that redeemed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.system import acting_system, require_due
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.elements import CodeableConcept
from ehealth_ledger.commands.referral import (
    CancelReferral,
    ExpireReferral,
    IssueReferral,
    RecallReferral,
    RedeemReferral,
)
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralFact,
    ReferralIssued,
    ReferralRecalled,
    ReferralRedeemed,
)
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId, PatientId, ReferralId
from ehealth_ledger.values.time import microseconds

AnyReferralFact = (
    ReferralIssued
    | ReferralRedeemed
    | ReferralCompleted
    | ReferralRecalled
    | ReferralCancelled
    | ReferralExpired
)


class Status(Enum):
    """Say where a referral stands."""

    ACTIVE = "active"
    REDEEMED = "redeemed"
    COMPLETED = "completed"
    RECALLED = "recalled"
    ENTERED_IN_ERROR = "entered_in_error"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Referral:
    """Hold the state of one referral; `expires_at` is microseconds UTC."""

    id: ReferralId
    patient: PatientId
    requester: EmployeeId
    services: tuple[str, ...]
    expires_at: int
    status: Status
    redeemed_by: LegalEntityId | None = None


def evolve(state: Referral | None, fact: AnyReferralFact) -> Referral | None:
    """Take in what happened to a referral; never refuses a fact."""
    if isinstance(fact, ReferralIssued):
        return Referral(
            fact.referral,
            fact.patient,
            fact.requester,
            fact.services,
            fact.expires_at,
            Status.ACTIVE,
        )
    if state is None:
        return None
    match fact:
        case ReferralRedeemed():
            return replace(state, status=Status.REDEEMED, redeemed_by=fact.legal_entity)
        case ReferralCompleted():
            return replace(state, status=Status.COMPLETED)
        case ReferralRecalled():
            return replace(state, status=Status.RECALLED)
        case ReferralCancelled():
            return replace(state, status=Status.ENTERED_IN_ERROR)
        case ReferralExpired():
            return replace(state, status=Status.EXPIRED)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ReferralIssued: evolve,
    ReferralRedeemed: evolve,
    ReferralCompleted: evolve,
    ReferralRecalled: evolve,
    ReferralCancelled: evolve,
    ReferralExpired: evolve,
}


def service_codes(service: CodeableConcept) -> tuple[str, ...]:
    """Write the codings of a service as `system|code`."""
    return tuple(f"{coding.system}|{coding.code}" for coding in service.coding)


def issue(case: Case[IssueReferral]) -> list[Fact]:
    """Issue a referral: the requester signs, and it is not dated ahead (rule 43)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    if asked.requester.reference != actor.id:
        raise RuleBroken("referral.requester_not_signer", "$.resource.requester.reference")
    if asked.authored_on > case.now:
        raise RuleBroken("referral.authored_in_future", "$.resource.authoredOn")
    patient = asked.subject.reference
    case.get(Patient, patient, code="patient.unknown", path="$.resource.subject.reference")
    case.require_new_id(asked.id, "$.resource.id")
    if asked.occurrence_period.end <= case.now:
        raise RuleBroken("referral.expired", "$.resource.occurrencePeriod.end")
    return [
        ReferralIssued(
            referral=asked.id,
            patient=patient,
            requester=actor.id,
            legal_entity=actor.legal_entity,
            services=service_codes(asked.code),
            expires_at=microseconds(asked.occurrence_period.end),
            resource_pointer="/resource",
        )
    ]


def redeem(case: Case[RedeemReferral]) -> list[Fact]:
    """Redeem a referral for the signer's own institution: active, unexpired, unused (rule 47)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    if asked.performer != actor.id:
        raise RuleBroken("referral.performer_not_signer", "$.resource.performer")
    referral = case.get(
        Referral, asked.referral, code="referral.unknown", path="$.resource.referral"
    )
    if referral.patient != asked.patient:
        raise RuleBroken("referral.of_other_patient", "$.resource.patient")
    if referral.redeemed_by is not None:
        raise RuleBroken("referral.already_redeemed", "$.resource.referral")
    if referral.status is not Status.ACTIVE:
        raise RuleBroken("referral.not_active", "$.resource.referral", status=referral.status.value)
    if referral.expires_at <= case.now_us:
        raise RuleBroken("referral.expired", "$.resource.referral")
    return [
        ReferralRedeemed(
            referral=referral.id,
            patient=referral.patient,
            performer=actor.id,
            legal_entity=actor.legal_entity,
        )
    ]


def recall(case: Case[RecallReferral]) -> list[Fact]:
    """Recall a referral that is no longer needed (rule 50)."""
    referral = _withdrawable(case)
    return [
        ReferralRecalled(
            referral=referral.id, patient=referral.patient, reason_pointer="/resource/reason"
        )
    ]


def cancel(case: Case[CancelReferral]) -> list[Fact]:
    """Mark a referral as entered in error (rule 50)."""
    referral = _withdrawable(case)
    return [
        ReferralCancelled(
            referral=referral.id, patient=referral.patient, reason_pointer="/resource/reason"
        )
    ]


def expire(case: Case[ExpireReferral]) -> list[Fact]:
    """Expire a referral that nobody redeemed in its time, as the system does by itself."""
    acting_system(case)
    asked = case.command.body.resource
    referral = case.get(
        Referral, asked.referral, code="referral.unknown", path="$.resource.referral"
    )
    case.require(
        referral.patient == asked.patient, "referral.of_other_patient", "$.resource.patient"
    )
    case.require(
        referral.status is Status.ACTIVE,
        "referral.not_active",
        "$.resource.referral",
        status=referral.status.value,
    )
    require_due(case, referral.expires_at)
    return [
        ReferralExpired(
            referral=referral.id, patient=referral.patient, expired_at=referral.expires_at
        )
    ]


def _withdrawable(case: Case[RecallReferral] | Case[CancelReferral]) -> Referral:
    """Return a referral that its own author may still withdraw."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    referral = case.get(
        Referral, asked.referral, code="referral.unknown", path="$.resource.referral"
    )
    if referral.patient != asked.patient:
        raise RuleBroken("referral.of_other_patient", "$.resource.patient")
    if referral.requester != actor.id:
        raise RuleBroken("referral.not_author", "$.employee")
    if referral.status is not Status.ACTIVE:
        raise RuleBroken("referral.not_active", "$.resource.referral", status=referral.status.value)
    return referral


def complete(
    case: Case[RecordEncounter], actor: Employee, wanted: ReferralId
) -> tuple[Referral, ReferralFact]:
    """Close the referral an encounter is based on (rules 39 and 49)."""
    encounter = case.command.body.encounter
    path = "$.resources[0].basedOn[0].reference"
    referral = case.get(Referral, wanted, code="referral.unknown", path=path)
    if referral.patient != encounter.subject.reference:
        raise RuleBroken("referral.of_other_patient", path)
    if referral.status is Status.ACTIVE:
        raise RuleBroken("referral.not_redeemed", path)
    if referral.status is not Status.REDEEMED:
        raise RuleBroken("referral.not_active", path, status=referral.status.value)
    if referral.redeemed_by != actor.legal_entity:
        raise RuleBroken("referral.of_other_entity", path)
    if not set(service_codes(encounter.service_type)) & set(referral.services):
        raise RuleBroken("referral.other_service", "$.resources[0].serviceType")
    return referral, ReferralCompleted(
        referral=referral.id, patient=referral.patient, encounter=encounter.id
    )
