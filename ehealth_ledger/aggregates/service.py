"""Judge the catalogue of medical services, and the services of acts by it (rules 38 and 40)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.fhir.elements import ServiceConcept, coded
from ehealth_ledger.commands.service import (
    SERVICE_GROUPS,
    SERVICES,
    PublishServices,
    ServiceCatalogue,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.service import ServicePublished
from ehealth_ledger.values.identifiers import service_stream

CATEGORIES: Final = "eHealth/SNOMED/service_request_categories"


@dataclass(frozen=True, slots=True)
class Terms:
    """Say what a service is from a day on; `groups` are the codes of the groups it belongs to."""

    category: str | None
    groups: tuple[str, ...]
    request_allowed: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Service:
    """Hold a service, or a group of services, with its terms by their first days."""

    system: str
    code: str
    terms: Dated[Terms]

    @property
    def coded(self) -> str:
        """Write the service as referrals and tariffs name it: `system|code`."""
        return coded(self)


@dataclass(frozen=True, slots=True)
class ServiceInForce:
    """Hold a service as it stands on the day of an act."""

    service: Service
    terms: Terms

    def fulfils(self, asked: tuple[str, ...]) -> bool:
        """Tell whether the service is one of those asked for, or a member of a group asked for."""
        if self.service.coded in asked:
            return True
        return any(f"{SERVICE_GROUPS}|{group}" in asked for group in self.terms.groups)


def evolve(state: Service | None, fact: ServicePublished) -> Service:
    """Take in what a service is from a day on."""
    terms = Terms(
        category=fact.category,
        groups=fact.groups,
        request_allowed=fact.on_request == "allowed",
        active=fact.status == "active",
    )
    before: Dated[Terms] = Dated() if state is None else state.terms
    return Service(fact.system, fact.code, before.since(fact.first_day, terms))


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ServicePublished: evolve,
}


def streams_of_catalogue(catalogue: ServiceCatalogue) -> Iterator[UUID]:
    """Name the streams of what is published and of the groups it names."""
    for group in catalogue.groups:
        yield service_stream(SERVICE_GROUPS, group.code)
    for service in catalogue.services:
        yield service_stream(SERVICES, service.code)
        for code in service.groups:
            yield service_stream(SERVICE_GROUPS, code)


def streams_of(*concepts: ServiceConcept | None) -> Iterator[UUID]:
    """Name the streams of coded services."""
    for concept in concepts:
        if concept is not None:
            coding = concept.coding[0]
            yield service_stream(coding.system, coding.code)


def publish(case: Case[PublishServices]) -> list[Fact]:
    """Publish services; what has terms changes from today or later, so no past act is doubted."""
    acting_employee(case)
    catalogue = case.command.body.resource
    first_day = catalogue.first_day
    here = {group.code for group in catalogue.groups if group.active}
    facts: list[Fact] = []
    for at, group in enumerate(catalogue.groups):
        path = f"$.resource.groups[{at}]"
        _require_no_past(case, SERVICE_GROUPS, group.code, f"{path}.code")
        facts.append(
            ServicePublished(
                system=SERVICE_GROUPS,
                code=group.code,
                groups=(),
                on_request="allowed" if group.request_allowed else "not_allowed",
                status="active" if group.active else "inactive",
                first_day=first_day,
                source=catalogue.source,
                entry_pointer=f"/resource/groups/{at}",
            )
        )
    for at, service in enumerate(catalogue.services):
        path = f"$.resource.services[{at}]"
        _require_no_past(case, SERVICES, service.code, f"{path}.code")
        case.require_code(CATEGORIES, service.category, first_day, f"{path}.category")
        for nth, code in enumerate(service.groups):
            known = case.find(Service, service_stream(SERVICE_GROUPS, code))
            terms = None if known is None else known.terms.on(first_day)
            case.require(
                code in here or (terms is not None and terms.active),
                "catalogue.group_unknown",
                f"{path}.groups[{nth}]",
                expected=f"a group of services in force on {first_day}",
            )
        facts.append(
            ServicePublished(
                system=SERVICES,
                code=service.code,
                category=service.category,
                groups=service.groups,
                on_request="allowed" if service.request_allowed else "not_allowed",
                status="active" if service.active else "inactive",
                first_day=first_day,
                source=catalogue.source,
                entry_pointer=f"/resource/services/{at}",
            )
        )
    return facts


def _require_no_past(case: Case[PublishServices], system: str, code: str, path: str) -> None:
    known = case.find(Service, service_stream(system, code))
    case.require(
        known is None or case.command.body.resource.first_day >= case.today,
        "catalogue.first_day_passed",
        path,
        expected=f"a first day of {case.today} or later",
    )


def in_force(
    case: Case[Command], concept: ServiceConcept, day: date, path: str
) -> ServiceInForce | None:
    """Return a coded service as it stands on a day, or refuse (rule 38).

    None comes back only while violations are collected.
    """
    coding = concept.coding[0]
    return code_in_force(case, coding.system, coding.code, day, f"{path}.coding[0].code")


def code_in_force(
    case: Case[Command], system: str, code: str, day: date, place: str
) -> ServiceInForce | None:
    """Return a service as it stands on a day by its code, or refuse (rule 38)."""
    service = case.find(Service, service_stream(system, code))
    terms = None if service is None else service.terms.on(day)
    if service is None or terms is None:
        case.refuse(
            "catalogue.service_unknown",
            place,
            expected=f"a code of {system} published for {day}",
        )
        return None
    if not case.require(
        terms.active,
        "catalogue.service_not_active",
        place,
        expected=f"a code of {system} active on {day}",
    ):
        return None
    return ServiceInForce(service, terms)


def require_requestable(case: Case[Command], found: ServiceInForce, path: str) -> bool:
    """Refuse a service that no referral may ask for (rule 40)."""
    return case.require(
        found.terms.request_allowed,
        "catalogue.not_requestable",
        f"{path}.coding[0].code",
        expected="a service or group that a referral may ask for",
    )
