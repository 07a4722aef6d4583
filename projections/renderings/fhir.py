"""Profile FHIR R4 PaymentReconciliation (4.0.1): what a statement fills of it, closed to others.

Amounts are decimals with both digits of the kopiyka. Where nothing is paid yet, `paymentDate` is
absent for a reason that `_paymentDate` states, as the standard asks of a mandatory element.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

FhirDate = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Hryvnias = Annotated[
    Decimal,
    Field(decimal_places=2),
    WithJsonSchema({"type": "number", "description": "hryvnias, written with two decimals"}),
]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Identifier(_Part):
    """Name a thing by a value of a system."""

    system: str | None = None
    value: str


class Reference(_Part):
    """Lead to a thing by its identifier or its name."""

    identifier: Identifier | None = None
    display: str | None = None


class Period(_Part):
    """Hold two days, both included."""

    start: FhirDate
    end: FhirDate


class Money(_Part):
    """Hold an amount."""

    value: Hryvnias
    currency: Literal["UAH"] = "UAH"


class Coding(_Part):
    """Name one code of one system."""

    system: str
    code: str


class CodeableConcept(_Part):
    """Name a concept."""

    coding: tuple[Coding, ...]


class Absence(_Part):
    """Say why an element has no value."""

    url: Literal["http://hl7.org/fhir/StructureDefinition/data-absent-reason"] = (
        "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    )
    value_code: Literal["not-applicable"] = "not-applicable"


class NoValue(_Part):
    """Stand beside an element that has no value."""

    extension: tuple[Absence, ...] = (Absence(),)


class Detail(_Part):
    """Say one line: what earned it, and what is owed for it."""

    identifier: Identifier
    predecessor: Identifier | None = None
    type: CodeableConcept
    request: Reference
    date: FhirDate | None = None
    responsible: Reference | None = None
    amount: Money


class ProcessNote(_Part):
    """Say what the codes have no place for."""

    type: Literal["print"] = "print"
    text: str


class PaymentReconciliation(_Part):
    """Say what a statement's payment settles, line by line."""

    resource_type: Literal["PaymentReconciliation"] = "PaymentReconciliation"
    id: str
    identifier: tuple[Identifier, ...]
    status: Literal["active"] = "active"
    period: Period
    created: str
    payment_issuer: Reference
    requestor: Reference
    outcome: Literal["queued", "partial", "complete"]
    disposition: str
    payment_date: FhirDate | None = None
    payment_date_absent: Annotated[NoValue | None, Field(alias="_paymentDate")] = None
    payment_amount: Money
    payment_identifier: Identifier | None = None
    detail: tuple[Detail, ...]
    process_note: tuple[ProcessNote, ...] | None = None
