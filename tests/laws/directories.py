"""Give the law tables the directories and services that the demo's deployment signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from uuid import UUID

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.commands.directory import DirectoryVersion
from ehealth_ledger.commands.service import SERVICE_GROUPS, SERVICES, ServiceCatalogue
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.events.directory import DirectoryPublished
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.service import ServicePublished
from ehealth_ledger.terminology.directory import Directory
from ehealth_ledger.values.identifiers import directory_stream
from ehealth_ledger.values.json import canonical


@cache
def given_directories() -> dict[UUID, object]:
    """Fold the shipped extracts into the states a law sees."""
    states: dict[UUID, object] = {}
    for fact in (*_directories(), *_services()):
        state = evolve(states.get(fact.stream_id), fact)
        assert state is not None
        states[fact.stream_id] = state
    return states


def listed(system: str, *codes: str, first_day: date = date(2018, 1, 1)) -> tuple[UUID, Directory]:
    """Give one directory other codes."""
    return directory_stream(system), Directory(system).published("test", first_day, codes, ())


def _directories() -> Iterator[Fact]:
    for resource in reference_data.directories():
        version = DirectoryVersion.model_validate_json(canonical(resource))
        yield DirectoryPublished(
            system=version.system,
            version=version.version,
            first_day=version.first_day,
            source=version.source,
            codes=tuple(each.code for each in version.codes if each.active),
            inactive=tuple(each.code for each in version.codes if not each.active),
            codes_pointer="/resource/codes",
        )


def _services() -> Iterable[Fact]:
    catalogue = ServiceCatalogue.model_validate_json(canonical(reference_data.services()))
    for group in catalogue.groups:
        yield ServicePublished(
            system=SERVICE_GROUPS,
            code=group.code,
            groups=(),
            on_request="allowed" if group.request_allowed else "not_allowed",
            status="active" if group.active else "inactive",
            first_day=catalogue.first_day,
            source=catalogue.source,
            entry_pointer="/resource/groups/0",
        )
    for service in catalogue.services:
        yield ServicePublished(
            system=SERVICES,
            code=service.code,
            category=service.category,
            groups=service.groups,
            on_request="allowed" if service.request_allowed else "not_allowed",
            status="active" if service.active else "inactive",
            first_day=catalogue.first_day,
            source=catalogue.source,
            entry_pointer="/resource/services/0",
        )
