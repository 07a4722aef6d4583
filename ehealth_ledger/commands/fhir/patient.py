"""Profile of Patient: who the person is, as the registering institution saw the documents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import Day, FhirElement, HumanName, Identifier
from ehealth_ledger.values.identifiers import PatientId


class Patient(FhirElement):
    """Identify a person who receives care (FHIR R4 Patient)."""

    resource_type: Literal["Patient"]
    id: PatientId
    identifier: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    name: Annotated[tuple[HumanName, ...], Field(min_length=1, max_length=5)]
    gender: Literal["male", "female", "other", "unknown"]
    birth_date: Day
