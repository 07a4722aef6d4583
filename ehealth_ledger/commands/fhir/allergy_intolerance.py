"""Profile of AllergyIntolerance: what the patient's body does not bear."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    PatientReference,
)
from ehealth_ledger.commands.fhir.member import Member, Origins
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class AllergyStatusCoding(FhirElement):
    """Code whether the allergy is live."""

    system: Literal["http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"]
    code: Literal["active", "inactive", "resolved"]


class AllergyStatus(FhirElement):
    """Carry exactly one clinical status."""

    coding: Annotated[tuple[AllergyStatusCoding, ...], Field(min_length=1, max_length=1)]


class AllergyVerificationCoding(FhirElement):
    """Code how sure the allergy is."""

    system: Literal["http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"]
    code: Literal["unconfirmed", "presumed", "confirmed", "refuted"]


class AllergyVerification(FhirElement):
    """Carry exactly one verification status."""

    coding: Annotated[tuple[AllergyVerificationCoding, ...], Field(min_length=1, max_length=1)]


class AllergyIntolerance(Member):
    """Warn of what the patient does not bear (FHIR R4 AllergyIntolerance)."""

    SUBJECT_AT: ClassVar[str] = "patient"
    ASSERTER_AT: ClassVar[str | None] = "asserter.reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    ERROR_AT: ClassVar[tuple[str, ...]] = ("verificationStatus", "clinicalStatus")
    CODED: ClassVar = {"code": ("eHealth/allergy_intolerance_codes",)}
    DATED: ClassVar = ("onset_date_time", "recorded_date", "last_occurrence")

    resource_type: Literal["AllergyIntolerance"]
    extension: Origins = ()
    clinical_status: AllergyStatus
    verification_status: AllergyVerification
    type: Literal["allergy", "intolerance"]
    category: Annotated[
        tuple[Literal["food", "medication", "environment", "biologic"], ...],
        Field(min_length=1, max_length=1),
    ]
    criticality: Literal["low", "high", "unable-to-assess"]
    code: CodeableConcept
    patient: PatientReference
    encounter: EncounterReference
    onset_date_time: Instant | None = None
    recorded_date: Instant
    last_occurrence: Instant | None = None
    asserter: EmployeeReference | None = None

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who found it."""
        return None if self.asserter is None else self.asserter.reference
