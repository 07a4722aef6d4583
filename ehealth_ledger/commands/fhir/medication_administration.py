"""Profile of MedicationAdministration: a medicine given within the encounter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EncounterReference,
    FhirElement,
    PatientReference,
    Quantity,
    Text,
)
from ehealth_ledger.commands.fhir.member import (
    Actor,
    ClinicalReference,
    ConditionEvidence,
    Member,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class DoseGiven(FhirElement):
    """Say how much was given and how."""

    text: Text | None = None
    route: CodeableConcept | None = None
    dose: Quantity


class MedicationAdministration(Member):
    """Record that a medicine was given (FHIR R4 MedicationAdministration)."""

    ENCOUNTER_AT: ClassVar[str] = "context.reference"
    ASSERTER_AT: ClassVar[str | None] = "performer[0].actor.reference"
    CODED: ClassVar = {
        "medication_codeable_concept": ("eHealth/medication_statement_medications",),
    }
    DATED: ClassVar = ("effective_date_time",)

    resource_type: Literal["MedicationAdministration"]
    status: Literal["completed", "not-done", "stopped"]
    medication_codeable_concept: CodeableConcept
    subject: PatientReference
    context: EncounterReference
    effective_date_time: Instant
    performer: Annotated[tuple[Actor, ...], Field(min_length=1, max_length=1)]
    reason_reference: Annotated[tuple[ConditionEvidence, ...], Field(max_length=10)] = ()
    dosage: DoseGiven | None = None

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who gave it."""
        return self.performer[0].actor.reference

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the conditions it was given for."""
        return listed("reasonReference", self.reason_reference)
