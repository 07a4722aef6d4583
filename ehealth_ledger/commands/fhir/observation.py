"""Profile of Observation: one measured or observed value of an encounter package."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EncounterReference,
    FhirElement,
    PatientReference,
    Quantity,
    Text,
)
from ehealth_ledger.values.identifiers import CanonicalUUID
from ehealth_ledger.values.time import Instant


class Observation(FhirElement):
    """State one value about the patient (FHIR R4 Observation); exactly one `value[x]`."""

    resource_type: Literal["Observation"]
    id: CanonicalUUID
    status: Literal["final"]
    category: Annotated[tuple[CodeableConcept, ...], Field(max_length=3)] = ()
    code: CodeableConcept
    subject: PatientReference
    encounter: EncounterReference
    effective_date_time: Instant
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: Text | None = None
    value_boolean: bool | None = None

    @model_validator(mode="after")
    def _exactly_one_value(self) -> Observation:
        values = (
            self.value_quantity,
            self.value_codeable_concept,
            self.value_string,
            self.value_boolean,
        )
        if sum(value is not None for value in values) != 1:
            raise ValueError("exactly one value[x] is expected")
        return self
