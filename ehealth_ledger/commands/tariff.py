"""Publish tariffs: the price of a package's service between two days.

An order of the state sets it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Coding, Day
from ehealth_ledger.values.identifiers import TariffId

# A billion hryvnias for one service: no total of a month can then leave a bigint.
UNIT_PRICE_MAX: Final = 100_000_000_000


class Tariff(Element):
    """State the rate per service of a package; both days are included, Kyiv time."""

    id: TariffId
    package: Code
    service: Coding
    first_day: Day
    last_day: Day
    unit_price: Annotated[int, Field(ge=0, le=UNIT_PRICE_MAX)]  # kopiykas
    order: Annotated[str, Field(min_length=1, max_length=200)]  # the act of the state it rests on


class PublishTariff(StaffCommand):
    """Ask to put a tariff in force; the payer signs."""

    NAME: ClassVar[str] = "tariff.publish"
    VERSION: ClassVar[int] = 1

    command: Literal["tariff.publish"]
    version: Literal[1]
    resource: Tariff


COMMANDS: Final = (PublishTariff,)
