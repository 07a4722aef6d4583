"""Profile of Encounter: one contact between a patient and an institution, with its diagnoses."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    ConditionReference,
    DivisionReference,
    EmployeeReference,
    EpisodeReference,
    FhirElement,
    LegalEntityReference,
    PatientReference,
    Period,
    ReferralReference,
)
from ehealth_ledger.commands.fhir.paper_referral import PaperReferral
from ehealth_ledger.values.identifiers import EncounterId

ENCOUNTER_TYPES: Final = "eHealth/encounter_types"
ENCOUNTER_PRIORITIES: Final = "eHealth/encounter_priority"
ADMIT_SOURCES: Final = "eHealth/encounter_admit_source"
DISCHARGE_DISPOSITIONS: Final = "eHealth/encounter_discharge_disposition"
DISCHARGE_DEPARTMENTS: Final = "eHealth/encounter_discharge_department"
ICPC_2_REASONS: Final = "eHealth/ICPC2/reasons"
ICPC_2_ACTIONS: Final = "eHealth/ICPC2/actions"


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


class EncounterAction(FhirElement):
    """Code what was done in primary care (ICPC-2); FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/action"]
    value_codeable_concept: CodeableConcept


class DischargeDepartment(FhirElement):
    """Code the department a patient is discharged from; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/discharge_department"]
    value_codeable_concept: CodeableConcept


class Hospitalization(FhirElement):
    """Say how the patient came into the hospital and how he left it."""

    extension: Annotated[tuple[DischargeDepartment, ...], Field(max_length=1)] = ()
    admit_source: CodeableConcept | None = None
    re_admission: CodeableConcept | None = None
    discharge_disposition: CodeableConcept | None = None


class Place(FhirElement):
    """Name the division the encounter took place in."""

    location: DivisionReference


Part = Annotated[EncounterAction | PaperReferral, Field(discriminator="url")]


class Encounter(FhirElement):
    """Record a finished contact (FHIR R4 Encounter)."""

    resource_type: Literal["Encounter"]
    id: EncounterId
    extension: Annotated[tuple[Part, ...], Field(max_length=20)] = ()
    status: Literal["finished"]
    class_: Annotated[EncounterClass, Field(alias="class")]
    type: Annotated[tuple[CodeableConcept, ...], Field(min_length=1, max_length=1)]
    service_type: CodeableConcept | None = None
    priority: CodeableConcept | None = None
    subject: PatientReference
    episode_of_care: Annotated[tuple[EpisodeReference, ...], Field(min_length=1, max_length=1)]
    participant: Annotated[tuple[Participant, ...], Field(min_length=1, max_length=1)]
    period: Period
    based_on: Annotated[tuple[ReferralReference, ...], Field(max_length=1)] = ()
    reason_code: Annotated[tuple[CodeableConcept, ...], Field(max_length=10)] = ()
    diagnosis: Annotated[tuple[Diagnosis, ...], Field(max_length=50)] = ()
    hospitalization: Hospitalization | None = None
    location: Annotated[tuple[Place, ...], Field(max_length=1)] = ()
    service_provider: LegalEntityReference

    @property
    def primary_diagnoses(self) -> tuple[Diagnosis, ...]:
        """List the diagnoses whose role is primary."""
        return tuple(each for each in self.diagnosis if each.use.coding[0].code == "primary")

    @property
    def actions(self) -> tuple[CodeableConcept, ...]:
        """List what was done, in codes of primary care."""
        return tuple(
            part.value_codeable_concept
            for part in self.extension
            if isinstance(part, EncounterAction)
        )

    @property
    def paper_referrals(self) -> tuple[PaperReferral, ...]:
        """List the referrals on paper it followed; the law allows one."""
        return tuple(part for part in self.extension if isinstance(part, PaperReferral))
