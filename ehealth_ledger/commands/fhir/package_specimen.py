"""Profile of Specimen as a member of an encounter package: taken in the encounter."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    FhirElement,
    PatientReference,
    Quantity,
)
from ehealth_ledger.commands.fhir.member import Contexts, Member
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class Collection(FhirElement):
    """Say who took the specimen, when, how and from where."""

    collector: EmployeeReference
    collected_date_time: Instant
    quantity: Quantity | None = None
    method: CodeableConcept | None = None
    body_site: CodeableConcept | None = None


class PackageSpecimen(Member):
    """Record a specimen of the patient (FHIR R4 Specimen)."""

    ENCOUNTER_AT: ClassVar[str] = "extension[0].valueReference.reference"
    ASSERTER_AT: ClassVar[str | None] = "collection.collector.reference"
    CODED: ClassVar = {"type": ("eHealth/specimen_types",)}

    resource_type: Literal["Specimen"]
    extension: Contexts
    status: Literal["available"]
    type: CodeableConcept
    subject: PatientReference
    received_time: Instant | None = None
    collection: Collection

    DATED: ClassVar = ("received_time",)

    @property
    def within(self) -> UUID:
        """Return the encounter it was taken in."""
        return self.extension[0].value_reference.reference

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who took it."""
        return self.collection.collector.reference

    @property
    def origin(self) -> CodeableConcept | None:
        """Return nothing: a specimen is taken here, or it is none of the package."""
        return None
