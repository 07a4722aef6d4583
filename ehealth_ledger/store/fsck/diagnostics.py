"""Compare facts of directories, services and diagnostics with the content they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.composition import CancelComposition, SignComposition
from ehealth_ledger.commands.diagnostic_report import (
    CancelDiagnosticReport,
    RecordDiagnosticReport,
)
from ehealth_ledger.commands.directory import PublishDirectory, RetireCodes
from ehealth_ledger.commands.fhir.digest import digest
from ehealth_ledger.commands.procedure import CancelProcedure, RecordProcedure
from ehealth_ledger.commands.specimen import (
    CancelSpecimen,
    InvalidateSpecimen,
    ProcessSpecimen,
    RegisterSpecimen,
    RejectSpecimen,
)
from ehealth_ledger.events.composition import CompositionCancelled, CompositionSigned
from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
)
from ehealth_ledger.events.directory import DirectoryCodesRetired, DirectoryPublished
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.procedure import ProcedureCancelled, ProcedureRecorded
from ehealth_ledger.events.specimen import (
    SpecimenCancelled,
    SpecimenInvalidated,
    SpecimenProcessed,
    SpecimenRegistered,
    SpecimenRejected,
)


def _published(c: PublishDirectory) -> tuple[object, ...]:
    codes = tuple(each.code for each in c.resource.codes if each.active)
    inactive = tuple(each.code for each in c.resource.codes if not each.active)
    return c.resource.system, c.resource.version, c.resource.first_day, codes, inactive


def _reported(c: RecordDiagnosticReport) -> tuple[object, ...]:
    report = c.report
    referral = report.based_on[0].reference if report.based_on else None
    observations = tuple((each.id, digest(each)) for each in c.observations)
    return report.id, report.subject.reference, referral, digest(report), observations


def _wrong(c: CancelDiagnosticReport) -> tuple[object, ...]:
    wrong = [each.id for each in c.resources if each.status == "entered-in-error"]
    whole = c.report.id in wrong
    observations = tuple(each for each in wrong if each != c.report.id)
    status = "entered_in_error" if whole else "final"
    return c.report.id, c.report.subject.reference, status, observations, c.cancellation.reason


def _done(c: RecordProcedure) -> tuple[object, ...]:
    resource = c.resource
    referral = resource.based_on[0].reference if resource.based_on else None
    return resource.id, resource.subject.reference, referral, digest(resource)


def _concluded(c: SignComposition) -> tuple[object, ...]:
    resource = c.resource
    kinds = (resource.type.coding[0].code, resource.category[0].coding[0].code)
    return resource.id, resource.subject.reference, *kinds, digest(resource)


# What a fact repeats of its command, and where the command says it. Any: the key of each row gives
# its two functions their types.
REPEATED: Final[
    Mapping[
        tuple[type[Command], type[Fact]],
        tuple[Callable[[Any], object], Callable[[Any], object]],
    ]
] = MappingProxyType(
    {
        (PublishDirectory, DirectoryPublished): (
            lambda f: (f.system, f.version, f.first_day, f.codes, f.inactive),
            _published,
        ),
        (RetireCodes, DirectoryCodesRetired): (
            lambda f: (f.system, f.from_day, f.codes),
            lambda c: (c.resource.system, c.resource.from_day, c.resource.codes),
        ),
        (RecordDiagnosticReport, DiagnosticReportRecorded): (
            lambda f: (
                *(f.diagnostic_report, f.patient, f.referral, f.digest),
                tuple((each.observation, each.digest) for each in f.observations),
            ),
            _reported,
        ),
        (CancelDiagnosticReport, DiagnosticReportCancelled): (
            lambda f: (f.diagnostic_report, f.patient, f.status, f.observations, f.reason),
            _wrong,
        ),
        (RecordProcedure, ProcedureRecorded): (
            lambda f: (f.procedure, f.patient, f.referral, f.digest),
            _done,
        ),
        (CancelProcedure, ProcedureCancelled): (
            lambda f: (f.procedure, f.patient, f.reason),
            lambda c: (c.resource.id, c.resource.subject.reference, c.cancellation.reason),
        ),
        (RegisterSpecimen, SpecimenRegistered): (
            lambda f: (f.specimen, f.patient, f.parents),
            lambda c: (
                *(c.resource.id, c.resource.subject.reference),
                tuple(each.reference for each in c.resource.parent),
            ),
        ),
        (ProcessSpecimen, SpecimenProcessed): (
            lambda f: (f.specimen, f.patient),
            lambda c: (c.resource.specimen, c.resource.patient),
        ),
        (InvalidateSpecimen, SpecimenInvalidated): (
            lambda f: (f.specimen, f.patient, f.reason),
            lambda c: (c.resource.specimen, c.resource.patient, c.resource.reason),
        ),
        (RejectSpecimen, SpecimenRejected): (
            lambda f: (f.specimen, f.patient, f.reason),
            lambda c: (c.resource.specimen, c.resource.patient, c.resource.reason),
        ),
        (CancelSpecimen, SpecimenCancelled): (
            lambda f: (f.specimen, f.patient, f.reason),
            lambda c: (c.resource.specimen, c.resource.patient, c.resource.cancellation.reason),
        ),
        (SignComposition, CompositionSigned): (
            lambda f: (f.composition, f.patient, f.type, f.category, f.digest),
            _concluded,
        ),
        (CancelComposition, CompositionCancelled): (
            lambda f: (f.composition, f.patient, f.reason),
            lambda c: (c.resource.id, c.resource.subject.reference, c.cancellation.reason),
        ),
    }
)


def agrees(command: Command, fact: Fact) -> bool:
    """Tell whether a fact of these nouns says what was signed; others are not asked here."""
    pair = REPEATED.get((type(command), type(fact)))
    return pair is None or pair[0](fact) == pair[1](command)
