"""Profile of DetectedIssue: an interaction or another danger noticed in the encounter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    PatientReference,
    Text,
)
from ehealth_ledger.commands.fhir.member import ClinicalReference, Contexts, Member, listed
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class DetectedIssue(Member):
    """Warn of something that was noticed (FHIR R4 DetectedIssue)."""

    SUBJECT_AT: ClassVar[str] = "patient"
    ENCOUNTER_AT: ClassVar[str] = "extension[0].valueReference.reference"
    ASSERTER_AT: ClassVar[str | None] = "author.reference"
    CODED: ClassVar = {"code": ("eHealth/detected_issue_codes",)}
    DATED: ClassVar = ("identified_date_time",)

    resource_type: Literal["DetectedIssue"]
    extension: Contexts
    status: Literal["preliminary", "final"]
    code: CodeableConcept
    severity: Literal["high", "moderate", "low"] | None = None
    patient: PatientReference
    identified_date_time: Instant
    author: EmployeeReference
    implicated: Annotated[tuple[ClinicalReference, ...], Field(max_length=20)] = ()
    detail: Text | None = None

    @property
    def within(self) -> UUID:
        """Return the encounter it was noticed in."""
        return self.extension[0].value_reference.reference

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who noticed it."""
        return self.author.reference

    @property
    def origin(self) -> CodeableConcept | None:
        """Return nothing: an issue is noticed here, or it is none."""
        return None

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give what is involved."""
        return listed("implicated", self.implicated)
