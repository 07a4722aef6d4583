"""Facts about care plans and their activities: one stream a plan, so that they agree at once."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CanonicalUUID,
    CarePlanId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    PatientId,
)

Count = Annotated[int, Field(ge=1)]


class CarePlanFact(Fact):
    """Share the stream and the key of every fact about a care plan."""

    care_plan: CarePlanId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the care plan."""
        return self.care_plan

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class CarePlanCreated(CarePlanFact):
    """A plan was begun because of a diagnosis (`system|code`); both moments microseconds UTC."""

    TOPIC: ClassVar[str] = "care_plan.created.v1"
    BEGINS: ClassVar[bool] = True

    author: EmployeeId
    legal_entity: LegalEntityId
    diagnosis: str
    encounter: EncounterId | None = None
    starts_at: Microseconds
    ends_at: Microseconds
    resource_pointer: Pointer


class ActivityAdded(CarePlanFact):
    """An activity was planned: so many services or units, between two moments."""

    TOPIC: ClassVar[str] = "care_plan.activity_added.v1"

    activity: ActivityId
    kind: str  # the FHIR type of the requests that carry it out
    codes: tuple[str, ...]  # `system|code`
    quantity: Count
    starts_at: Microseconds
    ends_at: Microseconds
    detail_pointer: Pointer


class ActivityUsed(CarePlanFact):
    """A request took a part of an activity's quantity."""

    TOPIC: ClassVar[str] = "care_plan.activity_used.v1"

    activity: ActivityId
    request: CanonicalUUID
    quantity: Count


class ActivityReleased(CarePlanFact):
    """A request that came to nothing gave its part of the quantity back."""

    TOPIC: ClassVar[str] = "care_plan.activity_released.v1"

    activity: ActivityId
    request: CanonicalUUID
    quantity: Count


class ActivityCompleted(CarePlanFact):
    """An activity was carried out."""

    TOPIC: ClassVar[str] = "care_plan.activity_completed.v1"

    activity: ActivityId
    employee: EmployeeId


class ActivityCancelled(CarePlanFact):
    """An activity was given up."""

    TOPIC: ClassVar[str] = "care_plan.activity_cancelled.v1"

    activity: ActivityId
    employee: EmployeeId
    reason_pointer: Pointer


class CarePlanTerminated(CarePlanFact):
    """Another plan for the same diagnosis took the place of this one."""

    TOPIC: ClassVar[str] = "care_plan.terminated.v1"

    replaced_by: CarePlanId


class CarePlanCompleted(CarePlanFact):
    """The plan was carried out."""

    TOPIC: ClassVar[str] = "care_plan.completed.v1"

    employee: EmployeeId


class CarePlanCancelled(CarePlanFact):
    """The plan was given up."""

    TOPIC: ClassVar[str] = "care_plan.cancelled.v1"

    employee: EmployeeId
    reason_pointer: Pointer


FACTS: Final = (
    CarePlanCreated,
    ActivityAdded,
    ActivityUsed,
    ActivityReleased,
    ActivityCompleted,
    ActivityCancelled,
    CarePlanTerminated,
    CarePlanCompleted,
    CarePlanCancelled,
)
