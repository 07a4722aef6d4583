"""Model the FHIR R4 data types our profiles use.

Anything a profile does not name is refused, not ignored.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from ehealth_ledger.values.identifiers import (
    CanonicalUUID,
    CarePlanId,
    CompositionId,
    DiagnosticReportId,
    DivisionId,
    EmployeeId,
    EpisodeId,
    LegalEntityId,
    MedicationId,
    ObservationId,
    PatientId,
    PrescriptionId,
    ReferralId,
    SpecimenId,
    canonical_uuid,
)
from ehealth_ledger.values.time import Instant

Text = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^\S(.*\S)?$")]
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s]+( [^\s]+)*$")]
Uri = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^\S+$")]

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _full_date(value: object) -> object:
    if not isinstance(value, str):
        return value  # a date already, or for the type itself to refuse
    if _DATE.fullmatch(value) is None:
        raise ValueError("a date is written YYYY-MM-DD")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_full_date)]


class FhirElement(BaseModel):
    """Close an element to unknown fields and freeze it; wire names are FHIR's camelCase."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, strict=True, populate_by_name=False
    )


class Coding(FhirElement):
    """Point to one code of one system."""

    system: Uri
    code: Code
    display: Text | None = None


class CodeableConcept(FhirElement):
    """Name a concept by codes of one or several systems."""

    coding: Annotated[tuple[Coding, ...], Field(min_length=1, max_length=5)]
    text: Text | None = None


C = TypeVar("C", bound=FhirElement)


class OneCode(FhirElement, Generic[C]):
    """Name a concept by exactly one code; the type of its coding says of which system."""

    coding: Annotated[tuple[C, ...], Field(min_length=1, max_length=1)]
    text: Text | None = None


class ServiceCoding(FhirElement):
    """Point to a service of the catalogue, or to a group of services."""

    system: Literal["eHealth/services", "eHealth/service_groups"]
    code: Code
    display: Text | None = None


ServiceConcept = OneCode[ServiceCoding]


class Identifier(FhirElement):
    """Carry an identifier of a system outside the ledger."""

    system: Uri
    value: Code


class HumanName(FhirElement):
    """Carry a person's name as written in the identity document."""

    family: Text
    given: Annotated[tuple[Text, ...], Field(min_length=1, max_length=3)]


class Period(FhirElement):
    """Bound a span of time; both ends are moments."""

    start: Instant
    end: Instant


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("a number is expected")
    return Decimal(str(value))


class Quantity(FhirElement):
    """Carry a measured amount; its digits as signed (72.50) are read from the signed content."""

    value: Annotated[Decimal, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
    unit: Text | None = None
    system: Uri | None = None
    code: Code | None = None


Id = TypeVar("Id", bound=UUID)


class Reference(FhirElement, Generic[Id]):
    """Refer to a resource of this ledger as `Type/<uuid>`.

    The type is part of the field's own type.
    """

    reference: Id


def _literal(resource_type: str) -> BeforeValidator:
    prefix = f"{resource_type}/"

    def read(value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str) or not value.startswith(prefix):
            raise ValueError(f"a reference to {prefix}<uuid> is expected")
        return canonical_uuid(value[len(prefix) :])

    return BeforeValidator(read)


def _schema(resource_type: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{resource_type}/[0-9a-f-]{{36}}$"})


PatientReference = Reference[Annotated[PatientId, _literal("Patient"), _schema("Patient")]]
EmployeeReference = Reference[
    Annotated[EmployeeId, _literal("PractitionerRole"), _schema("PractitionerRole")]
]
LegalEntityReference = Reference[
    Annotated[LegalEntityId, _literal("Organization"), _schema("Organization")]
]
DivisionReference = Reference[Annotated[DivisionId, _literal("Location"), _schema("Location")]]
ReferralReference = Reference[
    Annotated[ReferralId, _literal("ServiceRequest"), _schema("ServiceRequest")]
]
ConditionReference = Reference[
    Annotated[CanonicalUUID, _literal("Condition"), _schema("Condition")]
]
EncounterReference = Reference[
    Annotated[CanonicalUUID, _literal("Encounter"), _schema("Encounter")]
]
ObservationReference = Reference[
    Annotated[ObservationId, _literal("Observation"), _schema("Observation")]
]
DiagnosticReportReference = Reference[
    Annotated[DiagnosticReportId, _literal("DiagnosticReport"), _schema("DiagnosticReport")]
]
SpecimenReference = Reference[Annotated[SpecimenId, _literal("Specimen"), _schema("Specimen")]]
CompositionReference = Reference[
    Annotated[CompositionId, _literal("Composition"), _schema("Composition")]
]
MedicationReference = Reference[
    Annotated[MedicationId, _literal("Medication"), _schema("Medication")]
]
PrescriptionReference = Reference[
    Annotated[PrescriptionId, _literal("MedicationRequest"), _schema("MedicationRequest")]
]
EpisodeReference = Reference[
    Annotated[EpisodeId, _literal("EpisodeOfCare"), _schema("EpisodeOfCare")]
]
CarePlanReference = Reference[Annotated[CarePlanId, _literal("CarePlan"), _schema("CarePlan")]]
