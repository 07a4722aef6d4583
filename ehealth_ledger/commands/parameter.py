"""Set parameters: the limits, periods and matrices of the law, dated and signed like any act."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Day
from ehealth_ledger.values.parameters.definition import Value


class Setting(Element):
    """Give one parameter a value from a day on; `source` names the order that says so."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z_]+(\.[a-z_0-9]+)+$")]
    value: Value
    first_day: Day
    source: Annotated[str, Field(min_length=1, max_length=500)]


def _each_once(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    named = [(each.name, each.first_day) for each in settings]
    if len(set(named)) != len(named):
        raise ValueError("a parameter stands once for each first day")
    return settings


class Settings(Element):
    """List what is set together."""

    settings: Annotated[
        tuple[Setting, ...], Field(min_length=1, max_length=500), AfterValidator(_each_once)
    ]


class SetParameters(StaffCommand):
    """Ask to set parameters, all or none."""

    NAME: ClassVar[str] = "parameter.set"
    VERSION: ClassVar[int] = 1

    command: Literal["parameter.set"]
    version: Literal[1]
    resource: Settings


COMMANDS: Final = (SetParameters,)
