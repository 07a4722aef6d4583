"""Profile of ServiceRequest: an electronic referral (електронне направлення)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    FhirElement,
    LegalEntityReference,
    PatientReference,
    Period,
    Text,
)
from ehealth_ledger.values.identifiers import ReferralId
from ehealth_ledger.values.time import Instant


class ServiceRequest(FhirElement):
    """Ask for a service for a patient until `occurrencePeriod` ends (FHIR R4 ServiceRequest)."""

    resource_type: Literal["ServiceRequest"]
    id: ReferralId
    status: Literal["active"]
    intent: Literal["order"]
    code: CodeableConcept
    subject: PatientReference
    requester: EmployeeReference
    authored_on: Instant
    occurrence_period: Period
    reason_code: Annotated[tuple[CodeableConcept, ...], Field(max_length=10)] = ()
    performer: Annotated[tuple[LegalEntityReference, ...], Field(max_length=1)] = ()
    patient_instruction: Text | None = None
