"""Share what the judges of plans and of activities ask alike."""

from __future__ import annotations

from typing import Any

from ehealth_ledger.aggregates import approval as approvals
from ehealth_ledger.aggregates.care_plan.state import LIVE, OPEN, Activity, CarePlan
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.commands.care_plan import NamedActivity, NamedPlan
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.values.identifiers import ActivityId
from ehealth_ledger.values.time import from_microseconds


def writable(case: Case[Any], asked: NamedPlan) -> tuple[Employee, CarePlan]:
    """Return who acts and the plan that the patient lets him write (rule 65)."""
    actor = acting_employee(case)
    plan = case.get(
        CarePlan, asked.care_plan, code="care_plan.unknown", path="$.resource.care_plan"
    )
    if plan.patient != asked.patient:
        # Of another patient's approvals nothing is told.
        raise RuleBroken(
            "care_plan.of_other_patient",
            "$.resource.patient",
            expected="the patient of the care plan",
        )
    require_write_approval(case, actor, plan)
    return actor, plan


def require_write_approval(case: Case[Any], actor: Employee, plan: CarePlan) -> None:
    """Require that the patient lets this employee write this plan now (rule 65).

    The law has announced the patient's approvals.
    """
    case.require(
        approvals.write_approval(case, actor, plan.patient, "CarePlan", plan.id) is not None,
        "care_plan.no_write_approval",
        "$.employee",
        expected="an active approval of the patient to write this care plan",
    )


def require_open(case: Case[Any], plan: CarePlan) -> None:
    """Refuse a plan that has ended."""
    case.require(
        plan.status in OPEN,
        "care_plan.not_open",
        "$.resource.care_plan",
        status=plan.status.value,
        expected="a care plan in status new or active",
    )


def require_settled(case: Case[Any], plan: CarePlan) -> None:
    """Refuse to end a plan of which something is still to be done (rule 65)."""
    live = [str(each.id) for each in plan.activities.values() if each.status in LIVE]
    case.require(
        not live,
        "care_plan.activities_live",
        "$.resource.care_plan",
        live=", ".join(live),
        expected="a care plan whose activities are completed or cancelled",
    )


def require_live(case: Case[Any], activity: Activity, path: str) -> None:
    """Refuse an activity that is completed or cancelled."""
    case.require(
        activity.status in LIVE,
        "care_plan.activity_settled",
        path,
        status=activity.status.value,
        expected="an activity in status scheduled or in_progress",
    )


def named_activity(case: Case[Any], plan: CarePlan, asked: NamedActivity) -> Activity:
    """Return the activity an act names, of a plan that is open."""
    require_open(case, plan)
    return activity_of(plan, asked.activity, "$.resource.activity")


def activity_of(plan: CarePlan, wanted: ActivityId, path: str) -> Activity:
    """Return an activity of a plan, or refuse: nothing after it can be judged."""
    activity = plan.activities.get(wanted)
    if activity is None:
        raise RuleBroken(
            "care_plan.activity_unknown", path, expected="an activity of the care plan"
        )
    return activity


def between(starts_at: int, ends_at: int) -> str:
    """Say between which moments a period must lie."""
    first, last = from_microseconds(starts_at), from_microseconds(ends_at)
    return f"a period between {first.isoformat()} and {last.isoformat()}"
