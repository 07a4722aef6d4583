"""Facts about diagnostic reports outside encounter packages."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.values.identifiers import (
    DiagnosticReportId,
    EmployeeId,
    LegalEntityId,
    ObservationId,
    PatientId,
    ReferralId,
    SpecimenId,
)


class ObservationOfReport(Body):
    """Name an observation; `digest` is of everything signed but its status."""

    observation: ObservationId
    pointer: Pointer
    digest: str


class DiagnosticReportFact(Fact):
    """Share the stream and the key of every fact about a report."""

    diagnostic_report: DiagnosticReportId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the report."""
        return self.diagnostic_report

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class DiagnosticReportRecorded(DiagnosticReportFact):
    """An examination was reported; `day` is the civil day in Kyiv on which it was made or began."""

    TOPIC: ClassVar[str] = "diagnostic_report.recorded.v1"
    BEGINS: ClassVar[bool] = True

    performer: EmployeeId
    legal_entity: LegalEntityId
    category: str
    service: str  # `system|code`
    day: date
    referral: ReferralId | None = None
    specimens: tuple[SpecimenId, ...]
    report_pointer: Pointer
    digest: str  # of everything signed but the report's status
    observations: tuple[ObservationOfReport, ...]


class DiagnosticReportCancelled(DiagnosticReportFact):
    """A report, or some of its observations, was entered in error.

    `status` is what the report itself has become, `observations` are those now in error.
    """

    TOPIC: ClassVar[str] = "diagnostic_report.cancelled.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    status: Literal["final", "entered_in_error"]
    observations: tuple[ObservationId, ...]
    reason: str
    cancellation_pointer: Pointer


FACTS: Final = (DiagnosticReportRecorded, DiagnosticReportCancelled)
