"""Model the FHIR R4 data types our profiles use.

Anything a profile does not name is refused, not ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Generic, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

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


class Coded(Protocol):
    """Have a system and a code."""

    @property
    def system(self) -> str:
        """Name the directory."""

    @property
    def code(self) -> str:
        """Name the code within it."""


def coded(coding: Coded) -> str:
    """Write a code of a system as facts, lookups and directories name it: `system|code`."""
    return f"{coding.system}|{coding.code}"


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


@dataclass(frozen=True, slots=True)
class _To:
    """Take the id out of `Type/<uuid>`, for one type of resource."""

    resource_type: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._id, handler(source))

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{self.resource_type}/[0-9a-f-]{{36}}$"}

    def _id(self, value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        prefix = f"{self.resource_type}/"
        if not isinstance(value, str) or not value.startswith(prefix):
            raise ValueError(f"a reference to {prefix}<uuid> is expected")
        return canonical_uuid(value[len(prefix) :])


class Reference(FhirElement, Generic[Id]):
    """Refer to a resource of this ledger as `Type/<uuid>`.

    The type is part of the field's own type.
    """

    reference: Id


class PatientReference(Reference[Annotated[PatientId, _To("Patient")]]):
    """Refer to a patient."""


class EmployeeReference(Reference[Annotated[EmployeeId, _To("PractitionerRole")]]):
    """Refer to an employee."""


class LegalEntityReference(Reference[Annotated[LegalEntityId, _To("Organization")]]):
    """Refer to an institution."""


class DivisionReference(Reference[Annotated[DivisionId, _To("Location")]]):
    """Refer to a division."""


class ReferralReference(Reference[Annotated[ReferralId, _To("ServiceRequest")]]):
    """Refer to a referral."""


class ConditionReference(Reference[Annotated[CanonicalUUID, _To("Condition")]]):
    """Refer to a condition."""


class EncounterReference(Reference[Annotated[CanonicalUUID, _To("Encounter")]]):
    """Refer to an encounter."""


class ObservationReference(Reference[Annotated[ObservationId, _To("Observation")]]):
    """Refer to an observation."""


class DiagnosticReportReference(Reference[Annotated[DiagnosticReportId, _To("DiagnosticReport")]]):
    """Refer to a diagnostic report."""


class SpecimenReference(Reference[Annotated[SpecimenId, _To("Specimen")]]):
    """Refer to a specimen."""


class CompositionReference(Reference[Annotated[CompositionId, _To("Composition")]]):
    """Refer to a composition."""


class MedicationReference(Reference[Annotated[MedicationId, _To("Medication")]]):
    """Refer to a medication."""


class PrescriptionReference(Reference[Annotated[PrescriptionId, _To("MedicationRequest")]]):
    """Refer to a prescription."""


class EpisodeReference(Reference[Annotated[EpisodeId, _To("EpisodeOfCare")]]):
    """Refer to an episode."""


class CarePlanReference(Reference[Annotated[CarePlanId, _To("CarePlan")]]):
    """Refer to a care plan."""
