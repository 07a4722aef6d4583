"""Publish tariffs: what a package pays between two days, for a service, a patient, a month, a case.

An order of the state sets it, and a later order may set it anew for days that it covers.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Coding, Day
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.tariffs import Terms

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


class ReplacingTariff(Tariff):
    """State a rate that holds in place of an earlier tariff of the service from its first day on.

    The earlier one ends on the day before; where it began no earlier, it holds on no day at all.
    """

    replaces: TariffId


class ReplaceTariff(StaffCommand):
    """Ask to put a tariff in the place of another; the payer signs."""

    NAME: ClassVar[str] = "tariff.publish"
    VERSION: ClassVar[int] = 2

    command: Literal["tariff.publish"]
    version: Literal[2]
    resource: ReplacingTariff


class TariffRelease(Element):
    """State what a package pays by capitation, by the month or by the case; both days included.

    `trust` says how well the figures are sourced (CONF: the order itself; LAW, PRESS, MEM, INF).
    """

    id: TariffId
    package: Code
    first_day: Day
    last_day: Day
    order: Annotated[str, Field(min_length=1, max_length=300)]  # the act of the state it rests on
    trust: Annotated[str, Field(min_length=1, max_length=300)]
    terms: Terms


class ReleaseTariff(StaffCommand):
    """Ask to put a tariff with its coefficients in force; the payer signs."""

    NAME: ClassVar[str] = "tariff.release"
    VERSION: ClassVar[int] = 1

    command: Literal["tariff.release"]
    version: Literal[1]
    resource: TariffRelease


class ReplacingTariffRelease(TariffRelease):
    """State terms that hold in place of an earlier tariff of the subject from their first day on.

    The earlier one ends on the day before; where it began no earlier, it holds on no day at all.
    """

    replaces: TariffId


class ReplaceReleasedTariff(StaffCommand):
    """Ask to put a tariff with its coefficients in the place of another; the payer signs."""

    NAME: ClassVar[str] = "tariff.release"
    VERSION: ClassVar[int] = 2

    command: Literal["tariff.release"]
    version: Literal[2]
    resource: ReplacingTariffRelease


COMMANDS: Final = (PublishTariff, ReplaceTariff, ReleaseTariff, ReplaceReleasedTariff)
