"""Set accepted scenes of commands about care plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from ehealth_ledger.aggregates.care_plan import Activity, ActivityStatus, CarePlan, Status
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CarePlanId,
    EmployeeId,
    LegalEntityId,
    PatientId,
)
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.approval import APPROVAL, approval
from tests.laws.scenes.common import (
    ACTOR,
    CODE,
    ENTITY,
    ICD,
    NEW,
    PATIENT,
    SERVICE,
    SYSTEM,
    coded,
    moment,
    reference,
    scene,
)
from tests.laws.scenes.patient import person

CARE_PLAN, ACTIVITY, OTHER_PLAN = (
    an_id(name) for name in ("care plan", "activity", "another care plan")
)
DIAGNOSIS: Final = f"{ICD}|I10"


def activity(status: ActivityStatus = ActivityStatus.SCHEDULED, **other: Any) -> Activity:
    """Make an activity's state: three of the service, within thirty days."""
    fields: dict[str, Any] = {
        "id": ActivityId(ACTIVITY),
        "kind": "ServiceRequest",
        "codes": (SERVICE,),
        "quantity": 3,
        "starts_at": microseconds(NOW - timedelta(days=1)),
        "ends_at": microseconds(NOW + timedelta(days=30)),
        "status": status,
    }
    return Activity(**(fields | other))


def plan(status: Status = Status.ACTIVE, *activities: Activity, **other: Any) -> CarePlan:
    """Make a plan's state, for ninety days."""
    fields: dict[str, Any] = {
        "id": CarePlanId(CARE_PLAN),
        "patient": PatientId(PATIENT),
        "author": EmployeeId(ACTOR),
        "legal_entity": LegalEntityId(ENTITY),
        "diagnosis": DIAGNOSIS,
        "starts_at": microseconds(NOW - timedelta(days=1)),
        "ends_at": microseconds(NOW + timedelta(days=90)),
        "status": status,
        "activities": {each.id: each for each in activities},
    }
    return CarePlan(**(fields | other))


def create_care_plan() -> Scene:
    resource = {
        "resourceType": "CarePlan",
        "id": str(NEW),
        "extension": [
            {
                "url": "eHealth/extensions/care_plan_diagnosis",
                "valueCoding": {"system": ICD, "code": "I10"},
            }
        ],
        "status": "draft",
        "intent": "plan",
        "title": "Лікування гіпертонічної хвороби",
        "subject": reference("Patient", PATIENT),
        "period": {"start": moment(minutes=1), "end": moment(days=-90)},
        "author": reference("PractitionerRole", ACTOR),
    }
    states = {PATIENT: person()}
    return scene("DOCTOR", "care_plan.create", states=states, resource=resource)


def _approved(command: str, state: CarePlan, **more: Any) -> Scene:
    """Set a scene in which the patient lets the actor write the plan."""
    resource = {"care_plan": str(CARE_PLAN), "patient": str(PATIENT), **more}
    states = {CARE_PLAN: state, APPROVAL: approval(), PATIENT: person()}
    accepted = scene("DOCTOR", command, states=states, resource=resource)
    accepted.lookups.approvals.live[PatientId(PATIENT)] = (approval().id,)
    return accepted


def add_activity() -> Scene:
    detail = {
        "kind": "ServiceRequest",
        "code": coded(SYSTEM, CODE),
        "status": "scheduled",
        "scheduledPeriod": {"start": moment(minutes=1), "end": moment(days=-30)},
        "quantity": {"value": 3},
    }
    accepted = _approved("care_plan.add_activity", plan(Status.NEW), id=str(NEW), detail=detail)
    accepted.states[OTHER_PLAN] = plan(Status.ACTIVE, id=CarePlanId(OTHER_PLAN))
    accepted.lookups.care_plans.open[PatientId(PATIENT)] = (
        CarePlanId(CARE_PLAN),
        CarePlanId(OTHER_PLAN),
    )
    return accepted


def complete_activity() -> Scene:
    state = plan(Status.ACTIVE, activity(ActivityStatus.IN_PROGRESS))
    return _approved("care_plan.complete_activity", state, activity=str(ACTIVITY))


def cancel_activity() -> Scene:
    state = plan(Status.ACTIVE, activity())
    return _approved(
        "care_plan.cancel_activity", state, activity=str(ACTIVITY), reason="не потрібно"
    )


def complete_care_plan() -> Scene:
    done = activity(ActivityStatus.COMPLETED)
    given_up = activity(ActivityStatus.CANCELLED, id=ActivityId(an_id("given up")))
    return _approved("care_plan.complete", plan(Status.ACTIVE, done, given_up))


def cancel_care_plan() -> Scene:
    return _approved("care_plan.cancel", plan(Status.NEW), reason="помилка")


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "care_plan.create": create_care_plan,
    "care_plan.add_activity": add_activity,
    "care_plan.complete_activity": complete_activity,
    "care_plan.cancel_activity": cancel_activity,
    "care_plan.complete": complete_care_plan,
    "care_plan.cancel": cancel_care_plan,
}
