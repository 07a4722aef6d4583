"""Make care plans (план лікування), plan activities in them, complete and cancel both."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.care_plan import ActivityDetail, CarePlan
from ehealth_ledger.values.identifiers import ActivityId, CarePlanId, PatientId

Explanation = Annotated[str, Field(min_length=1, max_length=1000)]


class CreateCarePlan(StaffCommand):
    """Ask to begin a care plan."""

    NAME: ClassVar[str] = "care_plan.create"
    VERSION: ClassVar[int] = 1

    command: Literal["care_plan.create"]
    version: Literal[1]
    resource: CarePlan


class NamedPlan(Element):
    """Name a care plan and its patient."""

    care_plan: CarePlanId
    patient: PatientId


class NewActivity(NamedPlan):
    """Plan one activity; `detail` is FHIR R4 CarePlan.activity.detail."""

    id: ActivityId
    detail: ActivityDetail


class AddActivity(StaffCommand):
    """Ask to add an activity to a care plan; the first one makes the plan active."""

    NAME: ClassVar[str] = "care_plan.add_activity"
    VERSION: ClassVar[int] = 1

    command: Literal["care_plan.add_activity"]
    version: Literal[1]
    resource: NewActivity


class CompleteCarePlan(StaffCommand):
    """Ask to complete a care plan whose activities are all settled (rule 65)."""

    NAME: ClassVar[str] = "care_plan.complete"
    VERSION: ClassVar[int] = 1

    command: Literal["care_plan.complete"]
    version: Literal[1]
    resource: NamedPlan


class PlanCancellation(NamedPlan):
    """Cancel a care plan and say why."""

    reason: Explanation


class CancelCarePlan(StaffCommand):
    """Ask to cancel a care plan without live activities."""

    NAME: ClassVar[str] = "care_plan.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["care_plan.cancel"]
    version: Literal[1]
    resource: PlanCancellation


class NamedActivity(NamedPlan):
    """Name an activity of a care plan."""

    activity: ActivityId


class CompleteActivity(StaffCommand):
    """Ask to complete an activity of which something was carried out."""

    NAME: ClassVar[str] = "care_plan.complete_activity"
    VERSION: ClassVar[int] = 1

    command: Literal["care_plan.complete_activity"]
    version: Literal[1]
    resource: NamedActivity


class ActivityCancellation(NamedActivity):
    """Cancel an activity and say why."""

    reason: Explanation


class CancelActivity(StaffCommand):
    """Ask to cancel an activity that is not settled yet."""

    NAME: ClassVar[str] = "care_plan.cancel_activity"
    VERSION: ClassVar[int] = 1

    command: Literal["care_plan.cancel_activity"]
    version: Literal[1]
    resource: ActivityCancellation


COMMANDS: Final = (
    CreateCarePlan,
    AddActivity,
    CompleteActivity,
    CancelActivity,
    CompleteCarePlan,
    CancelCarePlan,
)
