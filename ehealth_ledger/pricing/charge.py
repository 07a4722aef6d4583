"""Price an act: quantity times price times coefficients, and the month it belongs to.

The rounding rule: reckon with exact fractions and round once a line, half a kopiyka upwards.
Nothing is rounded before that, and no binary fraction comes near. Only what a program grants for a
medicine is no product of a price: of it a started kopiyka is not paid (ADR 0020), and what is left
is what the line charges (`pricing/reimbursement.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId, TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import NamedFactor
from ehealth_ledger.values.time import Month, month_of, next_month


@dataclass(frozen=True, slots=True)
class TariffInForce:
    """State the price of a service on a day; the package says what contract buys it."""

    tariff: TariffId
    package: str
    unit_price: Kopiykas


@dataclass(frozen=True, slots=True)
class ContractInForce:
    """State which contract buys a package from a provider on a day.

    `corrections` are the codes of those that it names for the package.
    """

    contract: ContractId
    payer: LegalEntityId
    kind: ContractKind = "MEDICAL_SERVICES"
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """State the price of one unit: `base` / `per` kopiykas times the factors, each with its code.

    A factor is a decimal in text, as its tariff publishes it.
    """

    base: Kopiykas
    per: int = 1
    factors: tuple[tuple[str, str], ...] = ()


def factors(published: Iterable[NamedFactor], agreed: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the corrections that a contract names and a tariff publishes, in the contract's order.

    What the tariff of a day does not publish multiplies nothing on that day: the contract says to
    whom a correction applies, the tariff when, and by how much.
    """
    values = {each.code: each.value for each in published}
    return tuple((code, values[code]) for code in agreed if code in values)


def amount(quantity: int, price: Price) -> Kopiykas:
    """Multiply exactly and round once."""
    exact = Fraction(price.base * quantity, price.per)
    for _, factor in price.factors:
        exact *= Fraction(factor)
    return rounded(exact)


def rounded(exact: Fraction) -> Kopiykas:
    """Return the nearest whole kopiyka; half a kopiyka counts as one."""
    return Kopiykas((2 * exact.numerator + exact.denominator) // (2 * exact.denominator))


def statement_period(day: date, *, is_closed: Callable[[Month], bool]) -> Month:
    """Return the act's month while it is open, else the first open month after it.

    Design section 7.
    """
    period = month_of(day)
    while is_closed(period):
        period = next_month(period)
    return period
