"""Profile of Procedure as a member of an encounter package: it needs no referral of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EncounterReference,
    PatientReference,
    Period,
)
from ehealth_ledger.commands.fhir.member import (
    Actor,
    ClinicalReference,
    FindingReference,
    Member,
    Origins,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class PackageProcedure(Member):
    """Record what was done to the patient in the encounter (FHIR R4 Procedure)."""

    ASSERTER_AT: ClassVar[str | None] = "performer[0].actor.reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    CODED: ClassVar = {
        "category": ("eHealth/procedure_categories",),
        "code": ("eHealth/services",),
        "outcome": ("eHealth/procedure_outcomes",),
        "body_site": ("eHealth/body_sites",),
    }
    DATED: ClassVar = ("performed_date_time",)

    resource_type: Literal["Procedure"]
    extension: Origins = ()
    status: Literal["completed", "not-done"]
    category: CodeableConcept | None = None
    code: CodeableConcept
    subject: PatientReference
    encounter: EncounterReference
    performed_date_time: Instant | None = None
    performed_period: Period | None = None
    performer: Annotated[tuple[Actor, ...], Field(max_length=1)] = ()
    reason_reference: Annotated[tuple[FindingReference, ...], Field(max_length=20)] = ()
    body_site: Annotated[tuple[CodeableConcept, ...], Field(max_length=5)] = ()
    outcome: CodeableConcept | None = None
    report: Annotated[tuple[FindingReference, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _exactly_one_time(self) -> PackageProcedure:
        if (self.performed_date_time is None) == (self.performed_period is None):
            raise ValueError("exactly one performed[x] is expected")
        return self

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who did it."""
        return self.performer[0].actor.reference if self.performer else None

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the findings it was done for and the reports about it."""
        yield from listed("reasonReference", self.reason_reference)
        yield from listed("report", self.report)
