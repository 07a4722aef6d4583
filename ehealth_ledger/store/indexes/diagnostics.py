"""Index what is recorded outside packages among the clinical resources that others rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
)
from ehealth_ledger.events.procedure import ProcedureCancelled, ProcedureRecorded
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Index, Put
from ehealth_ledger.store.indexes.resources import CLINICAL_RESOURCES, RESOURCES_IN_ERROR


def _reported(fact: DiagnosticReportRecorded, _: int) -> Iterator[Change]:
    report = (fact.diagnostic_report, "DiagnosticReport", fact.patient, None, None)
    yield Put(CLINICAL_RESOURCES, report)
    for each in fact.observations:
        row = (each.observation, "Observation", fact.patient, None, None)
        yield Put(CLINICAL_RESOURCES, row)


def _report_cancelled(fact: DiagnosticReportCancelled, _: int) -> Iterator[Change]:
    if fact.status == "entered_in_error":
        yield Put(RESOURCES_IN_ERROR, (fact.diagnostic_report, None))
    for observation in fact.observations:
        yield Put(RESOURCES_IN_ERROR, (observation, None))


def _done(fact: ProcedureRecorded, _: int) -> Iterator[Change]:
    yield Put(CLINICAL_RESOURCES, (fact.procedure, "Procedure", fact.patient, None, None))


def _undone(fact: ProcedureCancelled, _: int) -> Iterator[Change]:
    yield Put(RESOURCES_IN_ERROR, (fact.procedure, None))


INDEXES: Final[tuple[Index, ...]] = ()  # the tables are those of store/indexes/resources.py
CHANGES: Final[ChangesByFact] = {
    DiagnosticReportRecorded: _reported,
    DiagnosticReportCancelled: _report_cancelled,
    ProcedureRecorded: _done,
    ProcedureCancelled: _undone,
}
