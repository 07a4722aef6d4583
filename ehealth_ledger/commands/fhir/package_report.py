"""Profile of DiagnosticReport in an encounter package: its referral is the package's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    PatientReference,
    Text,
)
from ehealth_ledger.commands.fhir.member import (
    ClinicalReference,
    Member,
    ObservationResult,
    Origins,
    SpecimenUsed,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class PackageReport(Member):
    """Report an examination made in the encounter (FHIR R4 DiagnosticReport)."""

    ASSERTER_AT: ClassVar[str | None] = "performer[0].reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    CODED: ClassVar = {
        "category": ("eHealth/diagnostic_report_categories",),
        "code": ("eHealth/services",),
        "conclusion_code": ("http://hl7.org/fhir/sid/icd-10-am",),
    }
    DATED: ClassVar = ("effective_date_time", "issued")

    resource_type: Literal["DiagnosticReport"]
    extension: Origins = ()
    status: Literal["final"]
    category: Annotated[tuple[CodeableConcept, ...], Field(min_length=1, max_length=1)]
    code: CodeableConcept
    subject: PatientReference
    encounter: EncounterReference
    effective_date_time: Instant
    issued: Instant
    performer: Annotated[tuple[EmployeeReference, ...], Field(max_length=1)] = ()
    results_interpreter: Annotated[tuple[EmployeeReference, ...], Field(max_length=1)] = ()
    specimen: Annotated[tuple[SpecimenUsed, ...], Field(max_length=20)] = ()
    result: Annotated[tuple[ObservationResult, ...], Field(max_length=100)] = ()
    conclusion: Text | None = None
    conclusion_code: Annotated[tuple[CodeableConcept, ...], Field(max_length=10)] = ()

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who made the examination."""
        return self.performer[0].reference if self.performer else None

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the specimens and the observations it rests on."""
        yield from listed("specimen", self.specimen)
        yield from listed("result", self.result)
