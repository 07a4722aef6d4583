"""Hold where a referral stands: one machine for the referral, one for its program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.planned import Planned, planned_by
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralIssued,
    ReferralProcessed,
    ReferralQualified,
    ReferralRecalled,
    ReferralRedeemed,
    ReferralReleased,
)
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EncounterId,
    LegalEntityId,
    MedicalProgramId,
    PatientId,
    ReferralId,
)

AnyReferralFact = (
    ReferralIssued
    | ReferralQualified
    | ReferralRedeemed
    | ReferralReleased
    | ReferralProcessed
    | ReferralCompleted
    | ReferralRecalled
    | ReferralCancelled
    | ReferralExpired
)


class Status(Enum):
    """Say where a referral stands; one that an institution has redeemed is still active."""

    ACTIVE = "active"
    COMPLETED = "completed"
    RECALLED = "recalled"  # by its author, or because its time passed
    ENTERED_IN_ERROR = "entered_in_error"


class ProgramStatus(Enum):
    """Say how far the program's part of a referral is."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Referral:
    """Hold the state of one referral; `expires_at` is microseconds UTC."""

    id: ReferralId
    patient: PatientId
    requester: EmployeeId
    category: str
    services: tuple[str, ...]
    expires_at: int
    status: Status
    encounter: EncounterId | None = None
    planned: Planned | None = None
    redeemed_by: LegalEntityId | None = None
    releases: int = 0
    reasons: tuple[str, ...] = ()
    program: MedicalProgramId | None = None
    program_status: ProgramStatus | None = None  # None without a program
    permitted: tuple[str, ...] = ()
    qualified: frozenset[LegalEntityId] = frozenset()  # who were last told VALID


def evolve(state: Referral | None, fact: AnyReferralFact) -> Referral | None:
    """Take in what happened to a referral; never refuses a fact."""
    if isinstance(fact, ReferralIssued):
        return _issued(fact)
    if state is None:
        return None
    match fact:
        case ReferralRedeemed():
            return replace(state, redeemed_by=fact.legal_entity)
        case ReferralQualified():
            others = state.qualified - {fact.legal_entity}
            told = {fact.legal_entity} if fact.answer == "VALID" else set()
            return replace(state, qualified=others | told)
        case ReferralReleased():
            return replace(
                _at(state, ProgramStatus.NEW), redeemed_by=None, releases=state.releases + 1
            )
        case ReferralProcessed():
            return _at(state, ProgramStatus.IN_PROGRESS)
        case ReferralCompleted():
            return replace(
                _at(state, ProgramStatus.COMPLETED),
                status=Status.COMPLETED,
                redeemed_by=fact.legal_entity,
            )
        case ReferralRecalled() | ReferralExpired():
            return replace(state, status=Status.RECALLED)
        case ReferralCancelled():
            return replace(state, status=Status.ENTERED_IN_ERROR)
        case _:
            assert_never(fact)


def _at(state: Referral, reached: ProgramStatus) -> Referral:
    """Move the program's machine, where there is one."""
    return state if state.program is None else replace(state, program_status=reached)


def _issued(fact: ReferralIssued) -> Referral:
    planned = planned_by(fact.care_plan, fact.activity)
    return Referral(
        fact.referral,
        fact.patient,
        fact.requester,
        fact.category,
        fact.services,
        fact.expires_at,
        Status.ACTIVE,
        fact.encounter,
        planned,
        reasons=fact.reasons,
        program=fact.program,
        permitted=fact.permitted,
        program_status=None if fact.program is None else ProgramStatus.NEW,
    )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ReferralIssued: evolve,
    ReferralQualified: evolve,
    ReferralRedeemed: evolve,
    ReferralReleased: evolve,
    ReferralProcessed: evolve,
    ReferralCompleted: evolve,
    ReferralRecalled: evolve,
    ReferralCancelled: evolve,
    ReferralExpired: evolve,
}
