"""Map commands about reports, procedures, specimens and conclusions to their laws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates import composition, diagnostic_report, procedure, specimen
from ehealth_ledger.aggregates.charge import charges_of
from ehealth_ledger.aggregates.directory import systems_of
from ehealth_ledger.aggregates.service import streams_of
from ehealth_ledger.aggregates.standalone import CANCELLATION_REASONS
from ehealth_ledger.commands.composition import CancelComposition, SignComposition
from ehealth_ledger.commands.diagnostic_report import (
    CancelDiagnosticReport,
    RecordDiagnosticReport,
)
from ehealth_ledger.commands.fhir.elements import ServiceConcept, coded
from ehealth_ledger.commands.procedure import CancelProcedure, RecordProcedure
from ehealth_ledger.commands.specimen import (
    CancelSpecimen,
    InvalidateSpecimen,
    ProcessSpecimen,
    RegisterSpecimen,
    RejectSpecimen,
)
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.intake.laws import priced
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import PatientId
from ehealth_ledger.values.parameters.diagnostics import (
    COMPOSITION_CATEGORIES_BY_TYPE,
    COMPOSITION_DAYS_MAX,
    COMPOSITION_DAYS_VALID_MAX,
    DIAGNOSTIC_REPORT_DAYS_MAX,
    PROCEDURE_DAYS_MAX,
    SPECIMEN_DAYS_MAX,
)


def _coded(code: ServiceConcept) -> tuple[str]:
    return (coded(code.coding[0]),)


def _streams_of_report(command: RecordDiagnosticReport) -> Iterator[UUID]:
    report = command.report
    yield report.subject.reference
    yield from (each.reference for each in report.based_on)
    yield from (each.reference for each in report.results_interpreter)
    yield from (each.reference for each in report.specimen)
    for observation in command.observations:
        if observation.specimen is not None:
            yield observation.specimen.reference
    yield from streams_of(report.code)


def _of_report(command: RecordDiagnosticReport, wanted: Wanted) -> None:
    # Whether it earns without a referral is a parameter's matter, so its price is always asked for.
    priced.announce(command, _coded(command.report.code), wanted)


def _reported_on(command: RecordDiagnosticReport, free: frozenset[str]) -> PatientId | None:
    report = command.report
    earns = bool(report.based_on) or not free.isdisjoint(_coded(report.code))
    return report.subject.reference if earns else None


def _streams_of_procedure(command: RecordProcedure) -> Iterator[UUID]:
    resource = command.resource
    yield resource.subject.reference
    yield from (each.reference for each in resource.based_on)
    yield from streams_of(resource.code)


def _of_procedure(command: RecordProcedure, wanted: Wanted) -> None:
    wanted.resources.update(each.target for _, each in command.resource.evidence())
    priced.announce(command, _coded(command.resource.code), wanted)


def _given_to(command: RecordProcedure, free: frozenset[str]) -> PatientId | None:
    given = command.resource
    earns = bool(given.based_on) or not free.isdisjoint(_coded(given.code))
    return given.subject.reference if earns else None


def _of_cancellation(_: CancelDiagnosticReport | CancelProcedure, wanted: Wanted) -> None:
    wanted.cut_offs = True


def _streams_of_specimen(command: RegisterSpecimen) -> Iterator[UUID]:
    resource = command.resource
    yield resource.subject.reference
    yield resource.collection.collector.reference
    yield from (each.reference for each in resource.parent)
    yield from (each.reference for each in resource.request)


def _streams_of_composition(command: SignComposition) -> Iterator[UUID]:
    resource = command.resource
    yield resource.subject.reference
    yield resource.encounter.reference
    yield from (each.target_reference.reference for each in resource.relates_to)


def _of_composition(command: SignComposition, wanted: Wanted) -> None:
    wanted.resources.update(each.target for _, each in command.resource.evidence())


LAWS: Final[LawTable] = {
    RecordDiagnosticReport: Law(
        diagnostic_report.record,
        streams=_streams_of_report,
        brings=lambda c: tuple(each.id for each in c.resources),
        lookups=_of_report,
        leads=priced.watching(_reported_on),
        parameters=(DIAGNOSTIC_REPORT_DAYS_MAX, *priced.PARAMETERS),
        directories=lambda c: systems_of(*c.resources),
    ),
    CancelDiagnosticReport: Law(
        diagnostic_report.cancel,
        streams=lambda c: (c.report.id, *charges_of(c.report.id)),
        lookups=_of_cancellation,
        directories=lambda _: (CANCELLATION_REASONS,),
    ),
    RecordProcedure: Law(
        procedure.record,
        streams=_streams_of_procedure,
        brings=lambda c: (c.resource.id,),
        lookups=_of_procedure,
        leads=priced.watching(_given_to),
        parameters=(PROCEDURE_DAYS_MAX, *priced.PARAMETERS),
        directories=lambda c: systems_of(c.resource),
    ),
    CancelProcedure: Law(
        procedure.cancel,
        streams=lambda c: (c.resource.id, *charges_of(c.resource.id)),
        lookups=_of_cancellation,
        directories=lambda _: (CANCELLATION_REASONS,),
    ),
    RegisterSpecimen: Law(
        specimen.register,
        streams=_streams_of_specimen,
        brings=lambda c: (c.resource.id,),
        parameters=(SPECIMEN_DAYS_MAX,),
        directories=lambda c: systems_of(c.resource),
    ),
    ProcessSpecimen: Law(
        specimen.process,
        streams=lambda c: (c.resource.specimen,),
        parameters=(SPECIMEN_DAYS_MAX,),
    ),
    InvalidateSpecimen: Law(
        specimen.invalidate,
        streams=lambda c: (c.resource.specimen,),
        directories=lambda _: (specimen.STATUS_REASONS,),
    ),
    RejectSpecimen: Law(
        specimen.reject,
        streams=lambda c: (c.resource.specimen,),
        directories=lambda _: (specimen.STATUS_REASONS,),
    ),
    CancelSpecimen: Law(
        specimen.cancel,
        streams=lambda c: (c.resource.specimen,),
        directories=lambda _: (CANCELLATION_REASONS,),
    ),
    SignComposition: Law(
        composition.sign,
        streams=_streams_of_composition,
        brings=lambda c: (c.resource.id,),
        lookups=_of_composition,
        parameters=(
            COMPOSITION_DAYS_MAX,
            COMPOSITION_DAYS_VALID_MAX,
            COMPOSITION_CATEGORIES_BY_TYPE,
        ),
        directories=lambda c: systems_of(c.resource),
    ),
    CancelComposition: Law(
        composition.cancel,
        streams=lambda c: (c.resource.id,),
        directories=lambda _: (CANCELLATION_REASONS,),
    ),
}
