"""Hold a care plan with its activities, and fold their facts into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, assert_never
from uuid import UUID

from ehealth_ledger.events.care_plan import (
    ActivityAdded,
    ActivityCancelled,
    ActivityCompleted,
    ActivityReleased,
    ActivityUsed,
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanCreated,
    CarePlanTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CarePlanId,
    EmployeeId,
    LegalEntityId,
    PatientId,
)

AnyCarePlanFact = (
    CarePlanCreated
    | ActivityAdded
    | ActivityUsed
    | ActivityReleased
    | ActivityCompleted
    | ActivityCancelled
    | CarePlanTerminated
    | CarePlanCompleted
    | CarePlanCancelled
)


class Status(Enum):
    """Say where a care plan stands."""

    NEW = "new"  # without an activity yet
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"  # another plan for the same diagnosis took its place


class ActivityStatus(Enum):
    """Say where an activity stands."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"  # some request was made of it
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN: Final = frozenset({Status.NEW, Status.ACTIVE})
LIVE: Final = frozenset({ActivityStatus.SCHEDULED, ActivityStatus.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Activity:
    """Hold one activity; `uses` says how much each request took; moments microseconds UTC."""

    id: ActivityId
    kind: str
    codes: tuple[str, ...]
    quantity: int
    starts_at: int
    ends_at: int
    status: ActivityStatus = ActivityStatus.SCHEDULED
    uses: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        """Count what is left for further requests."""
        return self.quantity - sum(self.uses.values())


@dataclass(frozen=True, slots=True)
class CarePlan:
    """Hold a plan with its activities; both moments microseconds UTC."""

    id: CarePlanId
    patient: PatientId
    author: EmployeeId
    legal_entity: LegalEntityId
    diagnosis: str
    starts_at: int
    ends_at: int
    status: Status = Status.NEW
    activities: Mapping[ActivityId, Activity] = field(default_factory=dict)


def evolve(state: CarePlan | None, fact: AnyCarePlanFact) -> CarePlan | None:
    """Take in what happened to a plan or an activity of it; never refuses a fact."""
    if isinstance(fact, CarePlanCreated):
        return CarePlan(
            fact.care_plan,
            fact.patient,
            fact.author,
            fact.legal_entity,
            fact.diagnosis,
            fact.starts_at,
            fact.ends_at,
        )
    if state is None:
        return None
    match fact:
        case CarePlanTerminated():
            return replace(state, status=Status.TERMINATED)
        case CarePlanCompleted():
            return replace(state, status=Status.COMPLETED)
        case CarePlanCancelled():
            return replace(state, status=Status.CANCELLED)
        case ActivityAdded():
            added = Activity(
                fact.activity,
                fact.kind,
                fact.codes,
                fact.quantity,
                fact.starts_at,
                fact.ends_at,
            )
            status = Status.ACTIVE if state.status is Status.NEW else state.status
            activities = {**state.activities, added.id: added}
            return replace(state, status=status, activities=activities)
        case ActivityUsed() | ActivityReleased() | ActivityCompleted() | ActivityCancelled():
            activity = state.activities.get(fact.activity)
            if activity is None:
                return state
            activities = {**state.activities, activity.id: _changed(activity, fact)}
            return replace(state, activities=activities)
        case _:
            assert_never(fact)


def _changed(
    activity: Activity,
    fact: ActivityUsed | ActivityReleased | ActivityCompleted | ActivityCancelled,
) -> Activity:
    match fact:
        case ActivityUsed():
            uses = {**activity.uses}
            uses[fact.request] = uses.get(fact.request, 0) + fact.quantity
            return replace(activity, status=ActivityStatus.IN_PROGRESS, uses=uses)
        case ActivityReleased():
            left = activity.uses.get(fact.request, 0) - fact.quantity
            uses = {**activity.uses, fact.request: left}
            return replace(activity, uses={each: n for each, n in uses.items() if n > 0})
        case ActivityCompleted():
            return replace(activity, status=ActivityStatus.COMPLETED)
        case ActivityCancelled():
            return replace(activity, status=ActivityStatus.CANCELLED)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    CarePlanCreated: evolve,
    ActivityAdded: evolve,
    ActivityUsed: evolve,
    ActivityReleased: evolve,
    ActivityCompleted: evolve,
    ActivityCancelled: evolve,
    CarePlanTerminated: evolve,
    CarePlanCompleted: evolve,
    CarePlanCancelled: evolve,
}
