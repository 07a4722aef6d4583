"""Record and cancel diagnostic reports outside an encounter package (діагностичний звіт).

Report and observations are signed together and recorded together, or not at all.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, FhirElement, Text
from ehealth_ledger.commands.fhir.standalone.diagnostic_report import (
    RESULTS_MAX,
    CancelledDiagnosticReport,
    CancelledObservation,
    DiagnosticReport,
    ReportedObservation,
)

MEMBERS_MAX: Final = RESULTS_MAX + 1

Recorded = Annotated[DiagnosticReport | ReportedObservation, Field(discriminator="resource_type")]
Repeated = Annotated[
    CancelledDiagnosticReport | CancelledObservation, Field(discriminator="resource_type")
]


def _report_comes_first_and_alone(resources: tuple[FhirElement, ...]) -> tuple[FhirElement, ...]:
    reports = [isinstance(each, DiagnosticReport | CancelledDiagnosticReport) for each in resources]
    if not reports[0] or sum(reports) != 1:
        raise ValueError("the one DiagnosticReport stands first")
    return resources


class RecordDiagnosticReport(StaffCommand):
    """Ask to record a report with its observations; one based on a referral completes it."""

    NAME: ClassVar[str] = "diagnostic_report.record"
    VERSION: ClassVar[int] = 1

    command: Literal["diagnostic_report.record"]
    version: Literal[1]
    resources: Annotated[
        tuple[Recorded, ...],
        Field(min_length=1, max_length=MEMBERS_MAX),
        AfterValidator(_report_comes_first_and_alone),
    ]

    @property
    def report(self) -> DiagnosticReport:
        """Return the report."""
        first = self.resources[0]
        if not isinstance(first, DiagnosticReport):
            raise TypeError("the report stands first")
        return first

    @property
    def observations(self) -> tuple[ReportedObservation, ...]:
        """Return the observations in the order in which they were signed."""
        return tuple(each for each in self.resources if isinstance(each, ReportedObservation))


class Cancellation(Element):
    """Say why something was entered in error, in code and in words."""

    reason: Code
    explanation: Text


class CancelDiagnosticReport(StaffCommand):
    """Ask to mark a report, or some of its observations, as entered in error.

    The whole content is signed again; only the statuses of what was wrong differ.
    """

    NAME: ClassVar[str] = "diagnostic_report.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["diagnostic_report.cancel"]
    version: Literal[1]
    cancellation: Cancellation
    resources: Annotated[
        tuple[Repeated, ...],
        Field(min_length=1, max_length=MEMBERS_MAX),
        AfterValidator(_report_comes_first_and_alone),
    ]

    @property
    def report(self) -> CancelledDiagnosticReport:
        """Return the report."""
        first = self.resources[0]
        if not isinstance(first, CancelledDiagnosticReport):
            raise TypeError("the report stands first")
        return first


COMMANDS: Final = (RecordDiagnosticReport, CancelDiagnosticReport)
