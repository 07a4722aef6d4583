"""Map commands about care plans to their laws."""

from __future__ import annotations

from typing import Any, Final

from ehealth_ledger.aggregates import care_plan
from ehealth_ledger.aggregates.directory import systems_of
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.care_plan import (
    AddActivity,
    CancelActivity,
    CancelCarePlan,
    CompleteActivity,
    CompleteCarePlan,
    CreateCarePlan,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import service_stream


def _streams_of_creation(command: CreateCarePlan) -> Ids:
    asked = command.resource
    yield asked.subject.reference
    if asked.encounter is not None:
        yield asked.encounter.reference


def _approvals(command: Any, wanted: Wanted) -> None:
    wanted.approvals.add(command.resource.patient)


def _approvals_and_plans(command: AddActivity, wanted: Wanted) -> None:
    wanted.approvals.add(command.resource.patient)
    wanted.care_plans.add(command.resource.patient)


def _found_approvals(command: Any, lookups: Lookups) -> Ids:
    return lookups.approvals.live_of(command.resource.patient)


def _found_approvals_and_plans(command: AddActivity, lookups: Lookups) -> Ids:
    patient = command.resource.patient
    return (*lookups.approvals.live_of(patient), *lookups.care_plans.open_of(patient))


def _plan(command: Any) -> Ids:
    return (command.resource.care_plan,)


def _streams_of_activity(command: AddActivity) -> Ids:
    asked = command.resource
    yield asked.care_plan
    yield asked.patient
    if asked.detail.medication is not None:
        yield asked.detail.medication
    for coding in asked.detail.code.coding:
        yield service_stream(coding.system, coding.code)


LAWS: Final[LawTable] = {
    CreateCarePlan: Law(
        care_plan.create,
        streams=_streams_of_creation,
        brings=lambda c: (c.resource.id,),
        directories=lambda c: systems_of(c.resource),
    ),
    AddActivity: Law(
        care_plan.add_activity,
        streams=_streams_of_activity,
        brings=lambda c: (c.resource.id,),
        lookups=_approvals_and_plans,
        found=_found_approvals_and_plans,
    ),
    CompleteActivity: Law(
        care_plan.complete_activity, streams=_plan, lookups=_approvals, found=_found_approvals
    ),
    CancelActivity: Law(
        care_plan.cancel_activity, streams=_plan, lookups=_approvals, found=_found_approvals
    ),
    CompleteCarePlan: Law(
        care_plan.complete, streams=_plan, lookups=_approvals, found=_found_approvals
    ),
    CancelCarePlan: Law(
        care_plan.cancel, streams=_plan, lookups=_approvals, found=_found_approvals
    ),
}
