"""Profile of DiagnosticReport: what an examination found, with the observations it rests on.

The same elements are signed twice where a report is cancelled, so each resource has a form that is
recorded and one that is cancelled; only the status tells them apart.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    Coding,
    EmployeeReference,
    FhirElement,
    ObservationReference,
    OneCode,
    PatientReference,
    Period,
    Quantity,
    ReferralReference,
    ServiceConcept,
    SpecimenReference,
    Text,
)
from ehealth_ledger.commands.fhir.paper_referral import PaperReferral
from ehealth_ledger.values.identifiers import DiagnosticReportId, ObservationId
from ehealth_ledger.values.time import Instant

RESULTS_MAX: Final = 200


class ReportCategoryCoding(Coding):
    """Code what kind of examination was made."""

    system: Literal["eHealth/diagnostic_report_categories"]


class ConclusionCoding(Coding):
    """Code what was concluded, as a diagnosis."""

    system: Literal["http://hl7.org/fhir/sid/icd-10-am"]


class _Observation(FhirElement):
    resource_type: Literal["Observation"]
    id: ObservationId
    category: Annotated[tuple[CodeableConcept, ...], Field(max_length=3)] = ()
    code: CodeableConcept
    subject: PatientReference
    effective_date_time: Instant
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: Text | None = None
    value_boolean: bool | None = None
    interpretation: Annotated[tuple[CodeableConcept, ...], Field(max_length=3)] = ()
    specimen: SpecimenReference | None = None

    @model_validator(mode="after")
    def _exactly_one_value(self) -> _Observation:
        values = (
            self.value_quantity,
            self.value_codeable_concept,
            self.value_string,
            self.value_boolean,
        )
        if sum(value is not None for value in values) != 1:
            raise ValueError("exactly one value[x] is expected")
        return self


class ReportedObservation(_Observation):
    """State one value that a report rests on (FHIR R4 Observation); exactly one `value[x]`."""

    status: Literal["final"]


class CancelledObservation(_Observation):
    """Repeat an observation of a report, in error or still right."""

    status: Literal["final", "entered-in-error"]


class _Report(FhirElement):
    resource_type: Literal["DiagnosticReport"]
    id: DiagnosticReportId
    extension: Annotated[tuple[PaperReferral, ...], Field(max_length=1)] = ()
    based_on: Annotated[tuple[ReferralReference, ...], Field(max_length=1)] = ()
    category: Annotated[
        tuple[OneCode[ReportCategoryCoding], ...], Field(min_length=1, max_length=1)
    ]
    code: ServiceConcept
    subject: PatientReference
    effective_date_time: Instant | None = None
    effective_period: Period | None = None
    issued: Instant
    performer: Annotated[tuple[EmployeeReference, ...], Field(min_length=1, max_length=1)]
    results_interpreter: Annotated[tuple[EmployeeReference, ...], Field(max_length=1)] = ()
    specimen: Annotated[tuple[SpecimenReference, ...], Field(max_length=20)] = ()
    result: Annotated[tuple[ObservationReference, ...], Field(max_length=RESULTS_MAX)] = ()
    conclusion: Text | None = None
    conclusion_code: Annotated[tuple[OneCode[ConclusionCoding], ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _exactly_one_time(self) -> _Report:
        if (self.effective_date_time is None) == (self.effective_period is None):
            raise ValueError("exactly one effective[x] is expected")
        return self

    @property
    def started(self) -> Instant:
        """Return when the examination was made, or began."""
        if self.effective_period is not None:
            return self.effective_period.start
        if self.effective_date_time is None:
            raise TypeError("a report says when the examination was made")
        return self.effective_date_time


class DiagnosticReport(_Report):
    """Report an examination (FHIR R4 DiagnosticReport), asked for electronically or on paper."""

    status: Literal["final"]


class CancelledDiagnosticReport(_Report):
    """Repeat a report, in error or still right."""

    status: Literal["final", "entered-in-error"]
