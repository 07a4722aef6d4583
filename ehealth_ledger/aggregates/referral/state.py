"""Hold where a referral stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralIssued,
    ReferralRecalled,
    ReferralRedeemed,
    ReferralReleased,
)
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CarePlanId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    PatientId,
    ReferralId,
)

AnyReferralFact = (
    ReferralIssued
    | ReferralRedeemed
    | ReferralReleased
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


@dataclass(frozen=True, slots=True)
class Planned:
    """Name the activity of a care plan that a request carries out."""

    care_plan: CarePlanId
    activity: ActivityId


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


def evolve(state: Referral | None, fact: AnyReferralFact) -> Referral | None:
    """Take in what happened to a referral; never refuses a fact."""
    if isinstance(fact, ReferralIssued):
        return _issued(fact)
    if state is None:
        return None
    match fact:
        case ReferralRedeemed():
            return replace(state, redeemed_by=fact.legal_entity)
        case ReferralReleased():
            return replace(state, redeemed_by=None, releases=state.releases + 1)
        case ReferralCompleted():
            return replace(state, status=Status.COMPLETED, redeemed_by=fact.legal_entity)
        case ReferralRecalled() | ReferralExpired():
            return replace(state, status=Status.RECALLED)
        case ReferralCancelled():
            return replace(state, status=Status.ENTERED_IN_ERROR)
        case _:
            assert_never(fact)


def _issued(fact: ReferralIssued) -> Referral:
    planned = None
    if fact.care_plan is not None and fact.activity is not None:
        planned = Planned(fact.care_plan, fact.activity)
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
    )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ReferralIssued: evolve,
    ReferralRedeemed: evolve,
    ReferralReleased: evolve,
    ReferralCompleted: evolve,
    ReferralRecalled: evolve,
    ReferralCancelled: evolve,
    ReferralExpired: evolve,
}
