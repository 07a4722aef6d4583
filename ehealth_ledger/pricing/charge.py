"""Price an act: quantity times unit price, in whole kopiykas, and the month it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ehealth_ledger.values.identifiers import ContractId, LegalEntityId, TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month, month_of, next_month


@dataclass(frozen=True, slots=True)
class TariffInForce:
    """State the price of a service on a day; the package says what contract buys it."""

    tariff: TariffId
    package: str
    unit_price: Kopiykas


@dataclass(frozen=True, slots=True)
class ContractInForce:
    """State which contract buys a package from a provider on a day."""

    contract: ContractId
    payer: LegalEntityId


def amount(*, quantity: int, unit_price: Kopiykas) -> Kopiykas:
    """Multiply; whole kopiykas times whole units need no rounding."""
    return Kopiykas(quantity * unit_price)


def statement_period(day: date, *, is_closed: Callable[[Month], bool]) -> Month:
    """Return the act's month while it is open, else the first open month after it.

    Design section 7.
    """
    period = month_of(day)
    while is_closed(period):
        period = next_month(period)
    return period
