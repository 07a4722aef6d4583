"""Judge plans: begun by their author, completed when all is settled, or given up (rule 65)."""

from __future__ import annotations

from ehealth_ledger.aggregates import encounter as encounters
from ehealth_ledger.aggregates.care_plan.shared import require_open, require_settled, writable
from ehealth_ledger.aggregates.care_plan.state import ActivityStatus, Status
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.commands.care_plan import CancelCarePlan, CompleteCarePlan, CreateCarePlan
from ehealth_ledger.events.care_plan import (
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanCreated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EncounterId
from ehealth_ledger.values.time import microseconds


def create(case: Case[CreateCarePlan]) -> list[Fact]:
    """Begin a plan of an active patient, which ends in the future; its author signs.

    Rules 23 and 38: its diagnosis is a code of its directory today.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require(
        asked.author.reference == actor.id,
        "care_plan.author_not_signer",
        "$.resource.author.reference",
        expected=f"PractitionerRole/{actor.id}",
    )
    patient = asked.subject.reference
    with case.part():
        active_patient(case, patient, "$.resource.subject.reference")
    case.require_new_id(asked.id, "$.resource.id")
    require_codes(case, asked, case.today, "$.resource")
    period = asked.period
    case.require(
        period.start < period.end and period.end > case.now,
        "care_plan.period_invalid",
        "$.resource.period",
        expected=f"an end after the start and after {case.now.isoformat()}",
    )
    if asked.encounter is not None:
        encounter = case.find(encounters.Encounter, asked.encounter.reference)
        case.require(
            encounter is not None and encounter.patient == patient,
            "care_plan.context_unknown",
            "$.resource.encounter.reference",
            expected="an encounter of this patient",
        )
    return [
        CarePlanCreated(
            care_plan=asked.id,
            patient=patient,
            author=actor.id,
            legal_entity=actor.legal_entity,
            diagnosis=asked.diagnosis,
            encounter=None if asked.encounter is None else EncounterId(asked.encounter.reference),
            starts_at=microseconds(period.start),
            ends_at=microseconds(period.end),
            resource_pointer="/resource",
        )
    ]


def complete(case: Case[CompleteCarePlan]) -> list[Fact]:
    """Complete a plan: something of it was carried out, and nothing is open (rule 65)."""
    actor, plan = writable(case, case.command.body.resource)
    case.require(
        plan.status is Status.ACTIVE,
        "care_plan.not_active",
        "$.resource.care_plan",
        status=plan.status.value,
        expected="a care plan in status active",
    )
    done = any(each.status is ActivityStatus.COMPLETED for each in plan.activities.values())
    case.require(
        done,
        "care_plan.nothing_completed",
        "$.resource.care_plan",
        expected="a care plan with a completed activity",
    )
    require_settled(case, plan)
    return [CarePlanCompleted(care_plan=plan.id, patient=plan.patient, employee=actor.id)]


def cancel(case: Case[CancelCarePlan]) -> list[Fact]:
    """Cancel a plan that is open and has no live activity."""
    actor, plan = writable(case, case.command.body.resource)
    require_open(case, plan)
    require_settled(case, plan)
    return [
        CarePlanCancelled(
            care_plan=plan.id,
            patient=plan.patient,
            employee=actor.id,
            reason_pointer="/resource/reason",
        )
    ]
