"""Profile of CarePlan: what is planned for a patient because of one diagnosis (план лікування)."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CarePlanReference,
    CodeableConcept,
    Coding,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    PatientReference,
    Period,
    Text,
    coded,
)
from ehealth_ledger.values.identifiers import ActivityId, CarePlanId, MedicationId

ACTIVITY_QUANTITY_MAX: Final = 100_000
_ID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

INNM_DOSAGES: Final = "eHealth/innm_dosages"
"""Name the system whose codes are the ids of the ledger's own INNM dosages."""

ActivityKind = Literal["ServiceRequest", "MedicationRequest"]
"""Say by what an activity is carried out."""


class PlannedActivityId(FhirElement):
    """Name the activity of a care plan; FHIR R4 activities have no id to refer to."""

    url: Literal["eHealth/extensions/care_plan_activity"]
    value_id: ActivityId


class PlannedActivity(CarePlanReference):
    """Refer to one activity of a care plan: what a request is based on."""

    extension: Annotated[tuple[PlannedActivityId, ...], Field(min_length=1, max_length=1)]

    @property
    def activity(self) -> ActivityId:
        """Return the activity's id."""
        return self.extension[0].value_id


class Diagnosis(FhirElement):
    """Say why the plan is made; FHIR R4 `addresses` refers to a condition and has no code."""

    url: Literal["eHealth/extensions/care_plan_diagnosis"]
    value_coding: Coding


class CarePlan(FhirElement):
    """Begin a plan, without activities yet (FHIR R4 CarePlan)."""

    resource_type: Literal["CarePlan"]
    id: CarePlanId
    extension: Annotated[tuple[Diagnosis, ...], Field(min_length=1, max_length=1)]
    status: Literal["draft"]
    intent: Literal["plan"]
    category: Annotated[tuple[CodeableConcept, ...], Field(max_length=1)] = ()
    title: Text
    description: Text | None = None
    subject: PatientReference
    encounter: EncounterReference | None = None
    period: Period
    author: EmployeeReference

    @property
    def diagnosis(self) -> str:
        """Write the diagnosis as `system|code`."""
        return coded(self.extension[0].value_coding)


class PlannedQuantity(FhirElement):
    """Count how much the activity allows: services, or units of a medicine; whole numbers."""

    value: Annotated[int, Field(ge=1, le=ACTIVITY_QUANTITY_MAX)]
    unit: Text | None = None


class ActivityDetail(FhirElement):
    """Describe an activity (FHIR R4 CarePlan.activity.detail)."""

    kind: ActivityKind
    code: CodeableConcept
    status: Literal["scheduled"]
    do_not_perform: Literal[False] = False
    scheduled_period: Period
    quantity: PlannedQuantity
    description: Text | None = None

    @property
    def medication(self) -> MedicationId | None:
        """Return the INNM dosage that the activity allows to prescribe; None where it names none.

        `code` names it by its id.
        """
        coding = self.code.coding[0]
        if coding.system != INNM_DOSAGES or _ID.fullmatch(coding.code) is None:
            return None
        return MedicationId(UUID(coding.code))
