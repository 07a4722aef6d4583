"""Facts about global rates: what packages earn for a month as such."""

from __future__ import annotations

from typing import ClassVar, Final

from ehealth_ledger.events.contract_month import ContractMonthFact, Withheld
from ehealth_ledger.events.fact import Body
from ehealth_ledger.values.identifiers import TariffId
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


FACTS: Final = (GlobalRateReckoned,)
