"""Profile of ServiceRequest: an electronic referral (електронне направлення)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.care_plan import PlannedActivity
from ehealth_ledger.commands.fhir.elements import (
    Code,
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    LegalEntityReference,
    PatientReference,
    Period,
    ServiceConcept,
    Text,
)
from ehealth_ledger.values.identifiers import MedicalProgramId, ReferralId
from ehealth_ledger.values.time import Instant

CATEGORIES: Final = "eHealth/SNOMED/service_request_categories"
COUNSELLING: Final = "counselling"  # SNOMED CT 409063005
WITHOUT_SERVICE_CATEGORY: Final = frozenset({"hospitalization", "transfer_of_care"})  # rule 45


class CategoryCoding(FhirElement):
    """Code what kind of service is asked for."""

    system: Literal["eHealth/SNOMED/service_request_categories"]
    code: Code
    display: Text | None = None


class Category(FhirElement):
    """Carry exactly one category."""

    coding: Annotated[tuple[CategoryCoding, ...], Field(min_length=1, max_length=1)]


class RequestedProgram(FhirElement):
    """Ask for the service within a medical program; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/medical_program"]
    value_id: MedicalProgramId


class ServiceRequest(FhirElement):
    """Ask for a service for a patient until `occurrencePeriod` ends (FHIR R4 ServiceRequest).

    `requisition` is not among its fields: the ledger gives the number (rule 44).
    """

    resource_type: Literal["ServiceRequest"]
    id: ReferralId
    extension: Annotated[tuple[RequestedProgram, ...], Field(max_length=1)] = ()
    based_on: Annotated[tuple[PlannedActivity, ...], Field(max_length=1)] = ()
    status: Literal["active"]
    intent: Literal["order"]
    category: Annotated[tuple[Category, ...], Field(min_length=1, max_length=1)]
    priority: Literal["routine", "urgent", "asap", "stat"] | None = None
    code: ServiceConcept
    subject: PatientReference
    encounter: EncounterReference | None = None
    requester: EmployeeReference
    authored_on: Instant
    occurrence_period: Period
    reason_code: Annotated[tuple[CodeableConcept, ...], Field(max_length=10)] = ()
    performer: Annotated[tuple[LegalEntityReference, ...], Field(max_length=1)] = ()
    patient_instruction: Text | None = None

    @property
    def kind(self) -> str:
        """Return the code of the category."""
        return self.category[0].coding[0].code

    @property
    def program(self) -> MedicalProgramId | None:
        """Return the medical program the service is asked for within."""
        return self.extension[0].value_id if self.extension else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Write the codings of the reasons as `system|code`."""
        codings = (coding for reason in self.reason_code for coding in reason.coding)
        return tuple(f"{each.system}|{each.code}" for each in codings)
