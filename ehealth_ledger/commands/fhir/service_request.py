"""Profile of ServiceRequest: an electronic referral (електронне направлення)."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

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
    coded,
)
from ehealth_ledger.values.identifiers import MedicalProgramId, ReferralId
from ehealth_ledger.values.time import Instant

CATEGORIES: Final = "eHealth/SNOMED/service_request_categories"
COUNSELLING: Final = "409063005"
LABORATORY: Final = "108252007"
PERMITTED_MAX: Final = 50
WITHOUT_SERVICE_CATEGORY: Final = frozenset({"hospitalization", "transfer_of_care"})  # rule 45

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class CategoryCoding(FhirElement):
    """Code what kind of service is asked for."""

    system: Literal["eHealth/SNOMED/service_request_categories"]
    code: Code
    display: Text | None = None


class Category(FhirElement):
    """Carry exactly one category."""

    coding: Annotated[tuple[CategoryCoding, ...], Field(min_length=1, max_length=1)]


class PermittedReference(FhirElement):
    """Refer to an episode or a report that the referral opens to whoever redeems it."""

    reference: Annotated[str, Field(pattern=f"^(EpisodeOfCare|DiagnosticReport)/{_UUID}$")]

    @property
    def kind(self) -> str:
        """Name the type of resource that is meant."""
        return self.reference.partition("/")[0]

    @property
    def target(self) -> UUID:
        """Return the id of the resource that is meant."""
        return UUID(self.reference.partition("/")[2])


class PermittedResource(FhirElement):
    """Open one resource to whoever redeems the referral; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/permitted_resource"]
    value_reference: PermittedReference


class RequestedProgram(FhirElement):
    """Ask for the service within a medical program; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/medical_program"]
    value_id: MedicalProgramId


Extension = Annotated[PermittedResource | RequestedProgram, Field(discriminator="url")]


def _one_program(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    if sum(isinstance(each, RequestedProgram) for each in extensions) > 1:
        raise ValueError("a referral asks for one program at most")
    return extensions


class ServiceRequest(FhirElement):
    """Ask for a service for a patient until `occurrencePeriod` ends (FHIR R4 ServiceRequest).

    `requisition` is not among its fields: the ledger gives the number (rule 44).
    """

    resource_type: Literal["ServiceRequest"]
    id: ReferralId
    extension: Annotated[
        tuple[Extension, ...], Field(max_length=PERMITTED_MAX + 1), AfterValidator(_one_program)
    ] = ()
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
        asked = (each.value_id for each in self.extension if isinstance(each, RequestedProgram))
        return next(asked, None)

    @property
    def permitted(self) -> tuple[tuple[int, PermittedReference], ...]:
        """List what the referral opens, each with its place among the extensions."""
        return tuple(
            (at, each.value_reference)
            for at, each in enumerate(self.extension)
            if isinstance(each, PermittedResource)
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """Write the codings of the reasons as `system|code`."""
        codings = (coding for reason in self.reason_code for coding in reason.coding)
        return tuple(coded(each) for each in codings)
