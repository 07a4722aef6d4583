"""Publish the catalogue of medical services (довідник послуг): what may be referred to and given.

A service belongs to one category and to any number of groups; a referral may ask for a group, and
any service of the group fulfils it.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.directory import Source
from ehealth_ledger.commands.each_once import check_once, each_once
from ehealth_ledger.commands.fhir.elements import Code, Day, Text

SERVICES: Final = "eHealth/services"
SERVICE_GROUPS: Final = "eHealth/service_groups"

# Categories that the law tells apart, in the codes of SNOMED CT.
LABORATORY: Final = "108252007"
IMAGING: Final = "363679005"
DIAGNOSTIC_PROCEDURE: Final = "103693007"
ENTRIES_MAX: Final = 500  # each is a fact of its own


class GroupEntry(Element):
    """State a group of services; `request_allowed` says whether a referral may ask for it."""

    code: Code
    display: Text
    request_allowed: bool
    active: bool = True


class ServiceEntry(Element):
    """State a service: its category, its groups, and whether a referral may ask for it."""

    code: Code
    display: Text
    category: Code
    groups: Annotated[tuple[Code, ...], Field(max_length=50), each_once("a code stands once")] = ()
    request_allowed: bool
    active: bool = True


class ServiceCatalogue(Element):
    """List services and groups that hold from a day on, until a later day says otherwise."""

    first_day: Day
    source: Source
    groups: Annotated[tuple[GroupEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    services: Annotated[tuple[ServiceEntry, ...], Field(max_length=ENTRIES_MAX)] = ()

    @model_validator(mode="after")
    def _something_once(self) -> ServiceCatalogue:
        if not self.groups and not self.services:
            raise ValueError("a service or a group is expected")
        check_once(self.groups, "a code stands once", attrgetter("code"))
        check_once(self.services, "a code stands once", attrgetter("code"))
        return self


class PublishServices(StaffCommand):
    """Ask to publish services; the payer signs."""

    NAME: ClassVar[str] = "service.publish"
    VERSION: ClassVar[int] = 1

    command: Literal["service.publish"]
    version: Literal[1]
    resource: ServiceCatalogue


COMMANDS: Final = (PublishServices,)
