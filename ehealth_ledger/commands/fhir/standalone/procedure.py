"""Profile of Procedure: what was done to a patient outside an encounter package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    Coding,
    EmployeeReference,
    FhirElement,
    OneCode,
    PatientReference,
    Period,
    ReferralReference,
    ServiceConcept,
    Text,
)
from ehealth_ledger.commands.fhir.member import ClinicalReference, listed
from ehealth_ledger.commands.fhir.paper_referral import PaperReferral
from ehealth_ledger.values.identifiers import ProcedureId
from ehealth_ledger.values.time import Instant


class ProcedureCategoryCoding(Coding):
    """Code what kind of procedure it is."""

    system: Literal["eHealth/procedure_categories"]


class OutcomeCoding(Coding):
    """Code how the procedure ended."""

    system: Literal["eHealth/procedure_outcomes"]


class ReportReference(ClinicalReference):
    """Refer to a report about the procedure."""

    reference: Annotated[
        str,
        Field(
            pattern="^DiagnosticReport/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
        ),
    ]


class ProcedurePerformer(FhirElement):
    """Name the employee who did it."""

    actor: EmployeeReference


class Note(FhirElement):
    """Carry a remark (FHIR R4 Annotation)."""

    text: Text


class _Procedure(FhirElement):
    resource_type: Literal["Procedure"]
    id: ProcedureId
    extension: Annotated[tuple[PaperReferral, ...], Field(max_length=1)] = ()
    based_on: Annotated[tuple[ReferralReference, ...], Field(max_length=1)] = ()
    category: OneCode[ProcedureCategoryCoding]
    code: ServiceConcept
    subject: PatientReference
    performed_date_time: Instant | None = None
    performed_period: Period | None = None
    performer: Annotated[tuple[ProcedurePerformer, ...], Field(min_length=1, max_length=1)]
    reason_reference: Annotated[tuple[ClinicalReference, ...], Field(max_length=20)] = ()
    body_site: Annotated[tuple[CodeableConcept, ...], Field(max_length=5)] = ()
    outcome: OneCode[OutcomeCoding] | None = None
    report: Annotated[tuple[ReportReference, ...], Field(max_length=10)] = ()
    note: Annotated[tuple[Note, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _exactly_one_time(self) -> _Procedure:
        if (self.performed_date_time is None) == (self.performed_period is None):
            raise ValueError("exactly one performed[x] is expected")
        return self

    @property
    def started(self) -> Instant:
        """Return when the procedure was done, or began."""
        if self.performed_period is not None:
            return self.performed_period.start
        if self.performed_date_time is None:
            raise TypeError("a procedure says when it was done")
        return self.performed_date_time

    def evidence(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give what it rests on and what was reported about it, each with its place (rule 37)."""
        yield from listed("reasonReference", self.reason_reference)
        yield from listed("report", self.report)


class Procedure(_Procedure):
    """Record a procedure that was done (FHIR R4 Procedure)."""

    status: Literal["completed"]


class CancelledProcedure(_Procedure):
    """Repeat a procedure as entered in error."""

    status: Literal["entered-in-error"]
