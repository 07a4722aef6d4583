"""Set parameters: the limits, periods and matrices of the law, dated and signed like any act."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.each_once import each_once
from ehealth_ledger.commands.fhir.elements import Day
from ehealth_ledger.values.parameters.definition import Value


class Setting(Element):
    """Give one parameter a value from a day on; `source` names the order that says so."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z_]+(\.[a-z_0-9]+)+$")]
    value: Value
    first_day: Day
    source: Annotated[str, Field(min_length=1, max_length=500)]


class Settings(Element):
    """List what is set together."""

    settings: Annotated[
        tuple[Setting, ...],
        Field(min_length=1, max_length=500),
        each_once("a parameter stands once for each first day", by=attrgetter("name", "first_day")),
    ]


class SetParameters(StaffCommand):
    """Ask to set parameters, all or none."""

    NAME: ClassVar[str] = "parameter.set"
    VERSION: ClassVar[int] = 1

    command: Literal["parameter.set"]
    version: Literal[1]
    resource: Settings


COMMANDS: Final = (SetParameters,)
