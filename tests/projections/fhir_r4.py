"""State what FHIR R4 (4.0.1) says of PaymentReconciliation, written from the standard's tables."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-\.]{1,64}$")]
Date = Annotated[
    str,
    Field(
        pattern=r"^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
        r"(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?$"
    ),
]
DateTime = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"
        r"(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
        r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?$"
    ),
]
Uri = Annotated[str, Field(pattern=r"^\S+$")]
Text = Annotated[str, Field(min_length=1)]


class Element(BaseModel):
    """Close each element: what the standard does not name is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Identifier(Element):
    """Identifier."""

    use: Literal["usual", "official", "temp", "secondary", "old"] | None = None
    system: Uri | None = None
    value: Text | None = None


class Reference(Element):
    """Reference; ref-1 is about contained resources, of which there are none."""

    reference: Text | None = None
    type: Uri | None = None
    identifier: Identifier | None = None
    display: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not any((self.reference, self.identifier, self.display)):
            raise ValueError("ele-1: an element has a value or children")
        return self


class Period(Element):
    """Period."""

    start: DateTime | None = None
    end: DateTime | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise ValueError("per-1: start is not after end")
        return self


class Money(Element):
    """Money; a decimal is kept as it was written."""

    value: Any = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


class Coding(Element):
    """Coding."""

    system: Uri | None = None
    code: Text | None = None
    display: Text | None = None


class CodeableConcept(Element):
    """CodeableConcept."""

    coding: list[Coding] = []
    text: Text | None = None


class Extension(Element):
    """Extension with the one kind of value that is used here."""

    url: Uri
    valueCode: Text  # noqa: N815 - the standard's name


class Primitive(Element):
    """What stands beside a primitive value."""

    extension: Annotated[list[Extension], Field(min_length=1)]


class Detail(Element):
    """PaymentReconciliation.detail."""

    identifier: Identifier | None = None
    predecessor: Identifier | None = None
    type: CodeableConcept
    request: Reference | None = None
    submitter: Reference | None = None
    response: Reference | None = None
    date: Date | None = None
    responsible: Reference | None = None
    payee: Reference | None = None
    amount: Money | None = None


class ProcessNote(Element):
    """PaymentReconciliation.processNote."""

    type: Literal["display", "print", "printoper"] | None = None
    text: Text | None = None


class PaymentReconciliation(Element):
    """PaymentReconciliation: status, created, paymentDate and paymentAmount are mandatory."""

    resourceType: Literal["PaymentReconciliation"]  # noqa: N815 - the standard's names
    id: Id | None = None
    identifier: list[Identifier] = []
    status: Literal["active", "cancelled", "draft", "entered-in-error"]
    period: Period | None = None
    created: DateTime
    paymentIssuer: Reference | None = None  # noqa: N815
    request: Reference | None = None
    requestor: Reference | None = None
    outcome: Literal["queued", "complete", "error", "partial"] | None = None
    disposition: Text | None = None
    paymentDate: Date | None = None  # noqa: N815
    paymentDate_: Annotated[Primitive | None, Field(alias="_paymentDate")] = None  # noqa: N815
    paymentAmount: Money  # noqa: N815
    paymentIdentifier: Identifier | None = None  # noqa: N815
    detail: list[Detail] = []
    formCode: CodeableConcept | None = None  # noqa: N815
    processNote: list[ProcessNote] = []  # noqa: N815

    @model_validator(mode="after")
    def _payment_date(self) -> Self:
        if (self.paymentDate is None) is (self.paymentDate_ is None):
            raise ValueError("a mandatory element has a value, or says why it has none")
        return self
