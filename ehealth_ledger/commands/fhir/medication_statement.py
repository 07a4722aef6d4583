"""Profile of MedicationStatement: what the patient takes, as he or a document says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    PatientReference,
    Period,
    Text,
)
from ehealth_ledger.commands.fhir.member import (
    ClinicalReference,
    ConditionEvidence,
    Member,
    Origins,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class DosageText(FhirElement):
    """Say how it is taken, in words."""

    text: Text


class MedicationStatement(Member):
    """State that a medicine is or was taken (FHIR R4 MedicationStatement)."""

    ENCOUNTER_AT: ClassVar[str] = "context.reference"
    ASSERTER_AT: ClassVar[str | None] = "informationSource.reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    CODED: ClassVar = {
        "medication_codeable_concept": ("eHealth/medication_statement_medications",),
    }
    DATED: ClassVar = ("date_asserted",)

    resource_type: Literal["MedicationStatement"]
    extension: Origins = ()
    status: Literal["active", "completed", "stopped", "on-hold", "intended", "unknown"]
    medication_codeable_concept: CodeableConcept
    subject: PatientReference
    context: EncounterReference
    effective_period: Period | None = None
    date_asserted: Instant
    information_source: EmployeeReference | None = None
    reason_reference: Annotated[tuple[ConditionEvidence, ...], Field(max_length=10)] = ()
    dosage: Annotated[tuple[DosageText, ...], Field(max_length=5)] = ()

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who states it."""
        source = self.information_source
        return None if source is None else source.reference

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the conditions it is taken for."""
        return listed("reasonReference", self.reason_reference)
