"""Judge activities: planned within the plan's time, completed, or given up (rule 65)."""

from __future__ import annotations

from ehealth_ledger.aggregates.care_plan.shared import (
    between,
    named_activity,
    require_live,
    require_open,
    writable,
)
from ehealth_ledger.aggregates.care_plan.state import ActivityStatus, CarePlan, Status
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.medication import generic_in_force
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.service import code_in_force
from ehealth_ledger.commands.care_plan import AddActivity, CancelActivity, CompleteActivity
from ehealth_ledger.commands.fhir.care_plan import INNM_DOSAGES, ActivityDetail
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.events.care_plan import (
    ActivityAdded,
    ActivityCancelled,
    ActivityCompleted,
    CarePlanTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.time import microseconds


def add_activity(case: Case[AddActivity]) -> list[Fact]:
    """Plan an activity within the plan's time, for a patient who is active still (rule 23).

    The first one makes the plan active, which ends every other active plan of the patient for the
    same diagnosis.
    """
    _, plan = writable(case, case.command.body.resource)
    asked = case.command.body.resource
    with case.part():
        active_patient(case, plan.patient, "$.resource.patient")
    require_open(case, plan)
    case.require_new_id(asked.id, "$.resource.id")
    period = asked.detail.scheduled_period
    starts_at, ends_at = microseconds(period.start), microseconds(period.end)
    case.require(
        plan.starts_at <= starts_at < ends_at <= plan.ends_at,
        "care_plan.activity_outside_plan",
        "$.resource.detail.scheduledPeriod",
        expected=between(plan.starts_at, plan.ends_at),
    )
    with case.part():
        _require_planned(case, asked.detail)
    added = ActivityAdded(
        care_plan=plan.id,
        patient=plan.patient,
        activity=asked.id,
        kind=asked.detail.kind,
        codes=tuple(coded(each) for each in asked.detail.code.coding),
        quantity=asked.detail.quantity.value,
        starts_at=starts_at,
        ends_at=ends_at,
        detail_pointer="/resource/detail",
    )
    return [added, *(_replaced(case, plan) if plan.status is Status.NEW else [])]


def complete_activity(case: Case[CompleteActivity]) -> list[Fact]:
    """Complete an activity of which something was asked for already."""
    asked = case.command.body.resource
    actor, plan = writable(case, asked)
    activity = named_activity(case, plan, asked)
    case.require(
        activity.status is ActivityStatus.IN_PROGRESS,
        "care_plan.activity_not_in_progress",
        "$.resource.activity",
        status=activity.status.value,
        expected="an activity in status in_progress",
    )
    return [
        ActivityCompleted(
            care_plan=plan.id, patient=plan.patient, activity=activity.id, employee=actor.id
        )
    ]


def cancel_activity(case: Case[CancelActivity]) -> list[Fact]:
    """Cancel an activity that is not settled yet."""
    asked = case.command.body.resource
    actor, plan = writable(case, asked)
    activity = named_activity(case, plan, asked)
    require_live(case, activity, "$.resource.activity")
    return [
        ActivityCancelled(
            care_plan=plan.id,
            patient=plan.patient,
            activity=activity.id,
            employee=actor.id,
            reason_pointer="/resource/reason",
        )
    ]


def _require_planned(case: Case[AddActivity], detail: ActivityDetail) -> None:
    """Plan a service of the catalogue, or an INNM dosage by its id (rule 38)."""
    path = "$.resource.detail.code.coding"
    if detail.kind == "ServiceRequest":
        for at, coding in enumerate(detail.code.coding):
            code_in_force(case, coding.system, coding.code, case.today, f"{path}[{at}].code")
        return
    if detail.medication is None or len(detail.code.coding) > 1:
        case.refuse(
            "care_plan.medication_not_named",
            path,
            expected=f"one code of {INNM_DOSAGES}: the id of an INNM dosage",
        )
        return
    generic_in_force(case, detail.medication, path=f"{path}[0].code")


def _replaced(case: Case[AddActivity], plan: CarePlan) -> list[Fact]:
    """End the patient's other active plans for the diagnosis of a plan that becomes active."""
    others = (case.find(CarePlan, each) for each in case.lookups.care_plans.open_of(plan.patient))
    return [
        CarePlanTerminated(care_plan=other.id, patient=other.patient, replaced_by=plan.id)
        for other in others
        if other is not None
        and other.id != plan.id
        and other.status is Status.ACTIVE
        and other.diagnosis == plan.diagnosis
    ]
