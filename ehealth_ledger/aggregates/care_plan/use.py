"""Judge what requests take of an activity, and give back (rule 51)."""

from __future__ import annotations

from ehealth_ledger.aggregates.care_plan.shared import (
    activity_of,
    between,
    require_live,
    require_write_approval,
)
from ehealth_ledger.aggregates.care_plan.state import CarePlan, Status
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.fhir.care_plan import ActivityKind
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.care_plan import ActivityReleased, ActivityUsed
from ehealth_ledger.values.identifiers import ActivityId, CanonicalUUID, CarePlanId, PatientId


def use_activity(
    case: Case[StaffCommand],
    plan_id: CarePlanId,
    activity_id: ActivityId,
    quantity: int,
    *,
    request: CanonicalUUID,
    patient: PatientId,
    kind: ActivityKind,
    codes: tuple[str, ...],
    starts_at: int,
    ends_at: int,
    path: str,
    writer: Employee | None = None,
) -> ActivityUsed:
    """Take a quantity of an activity for a request (rule 51).

    The plan is the same patient's and active; the activity is live, of the same kind and code,
    enough of it is left, and the request's period (microseconds UTC) lies within the activity's.
    `writer` is whom the patient must let write the plan (rule 65). The plan's stream is one that
    the law named. A wrong activity ends this part of the law.
    """
    plan = case.get(CarePlan, plan_id, code="care_plan.unknown", path=f"{path}.reference")
    if plan.patient != patient:
        # Of another patient's plan and approvals nothing is told.
        raise RuleBroken(
            "care_plan.of_other_patient",
            f"{path}.reference",
            expected="a care plan of this patient",
        )
    if writer is not None:
        require_write_approval(case, writer, plan)
    case.require(
        plan.status is Status.ACTIVE,
        "care_plan.not_active",
        f"{path}.reference",
        status=plan.status.value,
        expected="a care plan in status active",
    )
    place = f"{path}.extension[0].valueId"
    activity = activity_of(plan, activity_id, place)
    require_live(case, activity, place)
    case.require(
        activity.kind == kind and not set(activity.codes).isdisjoint(codes),
        "care_plan.activity_other_service",
        place,
        kind=activity.kind,
        expected=" | ".join(activity.codes),
    )
    case.require(
        activity.remaining >= quantity,
        "care_plan.quantity_exhausted",
        place,
        remaining=activity.remaining,
        expected=f"a quantity of at most {activity.remaining}",
    )
    case.require(
        activity.starts_at <= starts_at and ends_at <= activity.ends_at,
        "care_plan.period_outside_activity",
        path,
        expected=between(activity.starts_at, activity.ends_at),
    )
    return ActivityUsed(
        care_plan=plan.id,
        patient=plan.patient,
        activity=activity.id,
        request=request,
        quantity=quantity,
    )


def release_activity(
    plan_id: CarePlanId,
    activity_id: ActivityId,
    quantity: int,
    *,
    request: CanonicalUUID,
    patient: PatientId,
) -> ActivityReleased:
    """Give back what a request took of an activity and did not use."""
    return ActivityReleased(
        care_plan=plan_id,
        patient=patient,
        activity=activity_id,
        request=request,
        quantity=quantity,
    )
