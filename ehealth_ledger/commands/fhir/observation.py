"""Profile of Observation: one measured or observed value of an encounter package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    PatientReference,
    Quantity,
    Text,
)
from ehealth_ledger.commands.fhir.member import (
    ClinicalReference,
    Member,
    Origins,
    SpecimenUsed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant

LOINC = "http://loinc.org"
OBSERVATION_CODES = (LOINC, "eHealth/custom/observation_codes")


class Component(FhirElement):
    """State one part of a value, such as one of the two blood pressures."""

    code: CodeableConcept
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None

    @model_validator(mode="after")
    def _exactly_one_value(self) -> Component:
        if (self.value_quantity is None) == (self.value_codeable_concept is None):
            raise ValueError("exactly one value[x] is expected")
        return self


class Observation(Member):
    """State one value about the patient (FHIR R4 Observation).

    It has exactly one `value[x]`, or components that have.
    """

    ASSERTER_AT: ClassVar[str | None] = "performer[0].reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    CODED: ClassVar = {
        "category": (
            "http://terminology.hl7.org/CodeSystem/observation-category",
            "eHealth/observation_categories",
        ),
        "code": OBSERVATION_CODES,
        "component.code": OBSERVATION_CODES,
        "interpretation": ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",),
        "body_site": ("eHealth/body_sites",),
        "method": ("eHealth/observation_methods",),
    }
    DATED: ClassVar = ("effective_date_time", "issued")

    resource_type: Literal["Observation"]
    extension: Origins = ()
    status: Literal["final"]
    category: Annotated[tuple[CodeableConcept, ...], Field(max_length=3)] = ()
    code: CodeableConcept
    subject: PatientReference
    encounter: EncounterReference
    effective_date_time: Instant
    issued: Instant | None = None
    performer: Annotated[tuple[EmployeeReference, ...], Field(max_length=1)] = ()
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: Text | None = None
    value_boolean: bool | None = None
    value_date_time: Instant | None = None
    interpretation: Annotated[tuple[CodeableConcept, ...], Field(max_length=1)] = ()
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    specimen: SpecimenUsed | None = None
    component: Annotated[tuple[Component, ...], Field(max_length=30)] = ()

    @model_validator(mode="after")
    def _exactly_one_value(self) -> Observation:
        values = (
            self.value_quantity,
            self.value_codeable_concept,
            self.value_string,
            self.value_boolean,
            self.value_date_time,
        )
        given = sum(value is not None for value in values)
        if given > 1 or (given == 0) == (not self.component):
            raise ValueError("exactly one value[x] is expected")
        return self

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who observed it."""
        return self.performer[0].reference if self.performer else None

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the specimen it was measured on."""
        if self.specimen is not None:
            yield "specimen.reference", self.specimen
