"""Judge directories of codes, and the coded values of every act by them (rule 38)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.directory import PublishDirectory, RetireCodes
from ehealth_ledger.commands.fhir.coded import coded_values
from ehealth_ledger.commands.fhir.elements import FhirElement
from ehealth_ledger.events.directory import DirectoryCodesRetired, DirectoryPublished
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.terminology.directory import Directory
from ehealth_ledger.values.identifiers import directory_stream

AnyDirectoryFact = DirectoryPublished | DirectoryCodesRetired


def evolve(state: Directory | None, fact: AnyDirectoryFact) -> Directory:
    """Take in what was published or retired."""
    before = state or Directory(fact.system)
    if isinstance(fact, DirectoryPublished):
        return before.published(fact.version, fact.first_day, fact.codes, fact.inactive)
    return before.retired(fact.codes, fact.from_day)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    DirectoryPublished: evolve,
    DirectoryCodesRetired: evolve,
}


def publish(case: Case[PublishDirectory]) -> list[Fact]:
    """Publish codes; a version has one first day, and nothing in force ends on a past day."""
    acting_employee(case)
    asked = case.command.body.resource
    before = case.find(Directory, directory_stream(asked.system)) or Directory(asked.system)
    first_day = before.versions.get(asked.version, asked.first_day)
    case.require(
        first_day == asked.first_day,
        "directory.version_differs",
        "$.resource.first_day",
        expected=first_day,
    )
    for at, each in enumerate(asked.codes):
        ends = not each.active and before.days(each.code) != ()
        case.require(
            not ends or asked.first_day >= case.today,
            "directory.retired_in_past",
            f"$.resource.codes[{at}].active",
            expected=f"true, or a first day of {case.today} or later",
        )
    return [
        DirectoryPublished(
            system=asked.system,
            version=asked.version,
            first_day=asked.first_day,
            source=asked.source,
            codes=tuple(each.code for each in asked.codes if each.active),
            inactive=tuple(each.code for each in asked.codes if not each.active),
            codes_pointer="/resource/codes",
        )
    ]


def retire_codes(case: Case[RetireCodes]) -> list[Fact]:
    """Retire codes from today or a later day: an act of a past day used them rightly."""
    acting_employee(case)
    asked = case.command.body.resource
    directory = case.get(
        Directory,
        directory_stream(asked.system),
        code="directory.unknown",
        path="$.resource.system",
    )
    case.require(
        asked.from_day >= case.today,
        "directory.retired_in_past",
        "$.resource.from_day",
        expected=f"{case.today} or later",
    )
    for at, code in enumerate(asked.codes):
        case.require(
            directory.has(code, asked.from_day),
            "directory.code_not_active",
            f"$.resource.codes[{at}]",
            expected=f"a code of {asked.system} in force on {asked.from_day}",
        )
    return [
        DirectoryCodesRetired(
            system=asked.system, from_day=asked.from_day, source=asked.source, codes=asked.codes
        )
    ]


def systems_of(*elements: FhirElement) -> Iterator[str]:
    """Name the systems whose directories the coded values of these elements are judged by."""
    for element in elements:
        for _, coding in coded_values(element):
            yield coding.system


def require_codes(case: Case[Command], element: FhirElement, day: date, path: str) -> None:
    """Check every coded value of an element against its directory on a day (rule 38)."""
    for place, coding in coded_values(element):
        case.require_code(coding.system, coding.code, day, f"{path}{place}.code")
