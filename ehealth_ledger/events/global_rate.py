"""Facts about global rates: what packages earn for a month as such."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from pydantic import Field

from ehealth_ledger.events.contract_month import ContractMonthFact, Withheld
from ehealth_ledger.events.fact import Body
from ehealth_ledger.values.identifiers import EmployeeId, TariffId
from ehealth_ledger.values.money import Kopiykas


class RatedPackage(Body):
    """Say what a package earns for a month, kopiykas, or why it is withheld."""

    package: str
    tariff: TariffId
    withheld: Withheld | None = None
    amount: Kopiykas = Kopiykas(0)


class GlobalRateReckoned(ContractMonthFact):
    """A contract's month was paid by its global rates; packages without one are not named."""

    TOPIC: ClassVar[str] = "global_rate.reckoned.v1"

    packages: tuple[RatedPackage, ...]


class GlobalRateSettled(ContractMonthFact):
    """Packages found a global rate for a month that had been reckoned without one."""

    TOPIC: ClassVar[str] = "global_rate.settled.v1"
    BEGINS: ClassVar[bool] = False

    packages: Annotated[tuple[RatedPackage, ...], Field(min_length=1)]
    settled_by: EmployeeId


FACTS: Final = (GlobalRateReckoned, GlobalRateSettled)
