"""Profile of ClinicalImpression: what the doctor makes of what was found."""

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
    ConditionEvidence,
    FindingReference,
    Member,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class Finding(FhirElement):
    """Point to a finding of the impression."""

    item_reference: FindingReference
    basis: Text | None = None


class ClinicalImpression(Member):
    """State an assessment of the patient (FHIR R4 ClinicalImpression).

    Its code may put the patient into a category that programs ask for.
    """

    ASSERTER_AT: ClassVar[str | None] = "assessor.reference"
    CODED: ClassVar = {"code": ("eHealth/clinical_impression_patient_categories",)}
    DATED: ClassVar = ("effective_date_time",)

    resource_type: Literal["ClinicalImpression"]
    status: Literal["completed"]
    code: CodeableConcept
    description: Text | None = None
    subject: PatientReference
    encounter: EncounterReference
    effective_date_time: Instant
    assessor: EmployeeReference
    problem: Annotated[tuple[ConditionEvidence, ...], Field(max_length=20)] = ()
    finding: Annotated[tuple[Finding, ...], Field(max_length=20)] = ()
    summary: Text | None = None

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who assessed it."""
        return self.assessor.reference

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the problems and findings it rests on."""
        yield from listed("problem", self.problem)
        for at, each in enumerate(self.finding):
            yield f"finding[{at}].itemReference.reference", each.item_reference
