"""Profile of RiskAssessment: what may befall the patient, and how likely."""

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
    Text,
)
from ehealth_ledger.commands.fhir.member import (
    ClinicalReference,
    FindingReference,
    Member,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class Prediction(FhirElement):
    """State one outcome and its likelihood."""

    outcome: CodeableConcept
    qualitative_risk: CodeableConcept | None = None
    rationale: Text | None = None


class RiskAssessment(Member):
    """Assess a risk (FHIR R4 RiskAssessment)."""

    ASSERTER_AT: ClassVar[str | None] = "performer.reference"
    CODED: ClassVar = {
        "code": ("eHealth/risk_assessment_codes",),
        "method": ("eHealth/risk_assessment_methods",),
    }
    DATED: ClassVar = ("occurrence_date_time",)

    resource_type: Literal["RiskAssessment"]
    status: Literal["preliminary", "final"]
    method: CodeableConcept | None = None
    code: CodeableConcept
    subject: PatientReference
    encounter: EncounterReference
    occurrence_date_time: Instant
    performer: EmployeeReference
    basis: Annotated[tuple[FindingReference, ...], Field(max_length=20)] = ()
    prediction: Annotated[tuple[Prediction, ...], Field(max_length=10)] = ()
    mitigation: Text | None = None

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who assessed it."""
        return self.performer.reference

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the findings it rests on."""
        return listed("basis", self.basis)
