"""Profile of Encounter: one contact between a patient and an institution, with its diagnoses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    ConditionReference,
    EmployeeReference,
    FhirElement,
    LegalEntityReference,
    PatientReference,
    Period,
    ReferralReference,
)
from ehealth_ledger.values.identifiers import EncounterId


class EncounterClass(FhirElement):
    """Say where the care took place: primary care, ambulatory, inpatient."""

    system: Literal["eHealth/encounter_classes"]
    code: Literal["PHC", "AMB", "INPATIENT"]


class RoleCoding(FhirElement):
    """Code the part a diagnosis plays in the encounter."""

    system: Literal["eHealth/diagnosis_roles"]
    code: Literal["primary", "chief_complaint", "comorbidity", "complication"]


class DiagnosisRole(FhirElement):
    """Carry exactly one role."""

    coding: Annotated[tuple[RoleCoding, ...], Field(min_length=1, max_length=1)]


class Diagnosis(FhirElement):
    """Point from the encounter to a condition of the package, with its role and rank."""

    condition: ConditionReference
    use: DiagnosisRole
    rank: int | None = None


class Participant(FhirElement):
    """Name the employee who saw the patient."""

    individual: EmployeeReference


class Encounter(FhirElement):
    """Record a finished contact (FHIR R4 Encounter)."""

    resource_type: Literal["Encounter"]
    id: EncounterId
    status: Literal["finished"]
    class_: Annotated[EncounterClass, Field(alias="class")]
    service_type: CodeableConcept
    subject: PatientReference
    participant: Annotated[tuple[Participant, ...], Field(min_length=1, max_length=1)]
    period: Period
    based_on: Annotated[tuple[ReferralReference, ...], Field(max_length=1)] = ()
    reason_code: Annotated[tuple[CodeableConcept, ...], Field(max_length=10)] = ()
    diagnosis: Annotated[tuple[Diagnosis, ...], Field(max_length=50)] = ()
    service_provider: LegalEntityReference

    @property
    def primary_diagnoses(self) -> tuple[Diagnosis, ...]:
        """List the diagnoses whose role is primary."""
        return tuple(each for each in self.diagnosis if each.use.coding[0].code == "primary")
