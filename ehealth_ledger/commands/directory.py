"""Publish directories of codes (довідники): what a coded value may be, and from which day.

A large directory comes in several commands of one version; each stands by itself.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.each_once import each_once
from ehealth_ledger.commands.fhir.elements import Code, Day, Text, Uri

CODES_MAX: Final = 20_000  # in one command; the request's size is the narrower bound

Source = Annotated[str, Field(min_length=1, max_length=500)]


class DirectoryCode(Element):
    """Give one code; one that is not active is known and may not be used, as a chapter's is."""

    code: Code
    display: Text | None = None
    active: bool = True


class DirectoryVersion(Element):
    """State codes of a system that hold from a day on; `source` names the order that says so."""

    system: Uri
    version: Code
    first_day: Day
    source: Source
    codes: Annotated[
        tuple[DirectoryCode, ...],
        Field(min_length=1, max_length=CODES_MAX),
        each_once("a code stands once", by=attrgetter("code")),
    ]


class PublishDirectory(StaffCommand):
    """Ask to add codes to a directory; the payer signs. The first command begins the directory."""

    NAME: ClassVar[str] = "directory.publish"
    VERSION: ClassVar[int] = 1

    command: Literal["directory.publish"]
    version: Literal[1]
    resource: DirectoryVersion


class Retirement(Element):
    """Name the codes that may no longer be used from a day on."""

    system: Uri
    from_day: Day
    source: Source
    codes: Annotated[
        tuple[Code, ...], Field(min_length=1, max_length=CODES_MAX), each_once("a code stands once")
    ]


class RetireCodes(StaffCommand):
    """Ask to retire codes; acts of earlier days keep them."""

    NAME: ClassVar[str] = "directory.retire_codes"
    VERSION: ClassVar[int] = 1

    command: Literal["directory.retire_codes"]
    version: Literal[1]
    resource: Retirement


COMMANDS: Final = (PublishDirectory, RetireCodes)
