"""Profile of Specimen: what was taken from a patient to be examined."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    Coding,
    EmployeeReference,
    FhirElement,
    OneCode,
    PatientReference,
    Quantity,
    ReferralReference,
    SpecimenReference,
)
from ehealth_ledger.commands.fhir.standalone.procedure import Note
from ehealth_ledger.values.identifiers import SpecimenId
from ehealth_ledger.values.time import Instant


class SpecimenTypeCoding(Coding):
    """Code what the specimen is: blood, urine, tissue."""

    system: Literal["eHealth/specimen_types"]


class CollectionMethodCoding(Coding):
    """Code how it was taken."""

    system: Literal["eHealth/specimen_collection_methods"]


class Collection(FhirElement):
    """Say who took the specimen, when and how."""

    collector: EmployeeReference
    collected_date_time: Instant
    quantity: Quantity | None = None
    method: OneCode[CollectionMethodCoding] | None = None
    body_site: CodeableConcept | None = None


class Specimen(FhirElement):
    """Register a specimen (FHIR R4 Specimen)."""

    resource_type: Literal["Specimen"]
    id: SpecimenId
    status: Literal["available"]
    type: OneCode[SpecimenTypeCoding]
    subject: PatientReference
    parent: Annotated[tuple[SpecimenReference, ...], Field(max_length=5)] = ()
    request: Annotated[tuple[ReferralReference, ...], Field(max_length=5)] = ()
    collection: Collection
    note: Annotated[tuple[Note, ...], Field(max_length=5)] = ()
