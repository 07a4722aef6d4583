"""Statements add up: sums, order, periods."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import prod
from random import Random

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from ehealth_ledger.events.posting import transfer
from ehealth_ledger.pricing.charge import Price, amount, rounded, statement_period
from ehealth_ledger.pricing.statement import Line, fold
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.money import KOPIYKAS_MAX, Kopiykas
from ehealth_ledger.values.time import (
    KYIV,
    Month,
    from_microseconds,
    kyiv_day,
    last_day,
    microseconds,
    month_of,
    next_month,
)
from tests.laws.lookups import an_id
from tests.laws.scenes.common import KEY, line

_PROVIDER, _PAYER = LegalEntityId(an_id("provider")), LegalEntityId(an_id("payer"))
_PRICES = some.integers(0, 10_000_000)
_LINES = some.dictionaries(some.integers(3, 10_000), _PRICES, min_size=1, max_size=30).map(
    lambda prices: [line(position, price) for position, price in prices.items()]
)


@for_all(_LINES, some.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_fold_does_not_depend_on_the_order_of_its_input(
    lines: list[Line], random: Random
) -> None:
    """The same charges in any order give the same bytes."""
    shuffled = list(lines)
    random.shuffle(shuffled)
    one = fold(KEY, _PROVIDER, _PAYER, lines)
    other = fold(KEY, _PROVIDER, _PAYER, iter(shuffled))
    assert one.to_bytes() == other.to_bytes()
    assert one.digest() == other.digest()


@for_all(_LINES)
@settings(max_examples=60, deadline=None)
def test_the_total_is_the_sum_of_the_printed_lines(lines: list[Line]) -> None:
    """Count, total and position can be recomputed from the statement's bytes alone."""
    printed = json.loads(fold(KEY, _PROVIDER, _PAYER, lines).to_bytes())
    positions = [each["position"] for each in printed["lines"]]
    assert printed["total"] == sum(each["amount"] for each in printed["lines"])
    assert printed["count"] == len(printed["lines"]) == len(lines)
    assert positions == sorted(positions)
    assert printed["as_of"] == {"records": positions[-1]}
    assert all(each["amount"] == each["quantity"] * each["unit_price"] for each in printed["lines"])


@for_all(_LINES, some.data())
@settings(max_examples=40, deadline=None)
def test_every_line_is_in_the_digest(lines: list[Line], data: some.DataObject) -> None:
    """A statement without one line, or with one kopiyka more, has another digest."""
    whole = fold(KEY, _PROVIDER, _PAYER, lines).digest()
    at = data.draw(some.integers(0, len(lines) - 1))
    changed = line(lines[at].position, lines[at].amount + 1)
    assert fold(KEY, _PROVIDER, _PAYER, [*lines[:at], changed, *lines[at + 1 :]]).digest() != whole
    if len(lines) > 1:
        assert fold(KEY, _PROVIDER, _PAYER, lines[:at] + lines[at + 1 :]).digest() != whole


def test_a_statement_has_a_line_and_fits_a_bigint() -> None:
    """Nothing and too much are both refused to be folded."""
    with pytest.raises(ValueError, match="at least one line"):
        fold(KEY, _PROVIDER, _PAYER, [])
    assert fold(KEY, _PROVIDER, _PAYER, [line(9, KOPIYKAS_MAX)]).total == KOPIYKAS_MAX
    with pytest.raises(ValueError, match="bigint"):
        fold(KEY, _PROVIDER, _PAYER, [line(9, KOPIYKAS_MAX), line(10, 1)])


@for_all(_PRICES, some.integers(1, 1_000))
def test_an_amount_is_quantity_times_price(price: int, quantity: int) -> None:
    """Whole prices without coefficients are never rounded."""
    assert amount(quantity, Price(Kopiykas(price))) == sum([price] * quantity)


_FACTORS = some.decimals(0, 100, places=4).map(lambda each: format(each, "f"))


@for_all(_PRICES, some.integers(2, 12), some.lists(_FACTORS, max_size=4), some.integers(1, 2_000))
@settings(max_examples=200, deadline=None)
def test_a_price_of_parts_is_exact_until_its_line_is_rounded(
    base: int, per: int, factors: list[str], quantity: int
) -> None:
    """The amount is within half a kopiyka of the product, whatever the order of the factors."""
    coded = [(str(at), factor) for at, factor in enumerate(factors)]
    exact = prod([Fraction(each) for each in factors], start=Fraction(base * quantity, per))
    forwards = amount(quantity, Price(Kopiykas(base), per, tuple(coded)))
    assert forwards == amount(quantity, Price(Kopiykas(base), per, tuple(reversed(coded))))
    assert -Fraction(1, 2) < forwards - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("0", 0), ("1/3", 0), ("1/2", 1), ("3/2", 2), ("5/2", 3), ("249/100", 2), ("7", 7)],
)
def test_half_a_kopiyka_counts_as_one(exact: str, whole: int) -> None:
    """Halves go upwards, also next to an even number."""
    assert rounded(Fraction(exact)) == whole


@for_all(_PRICES)
def test_a_transfer_sums_to_zero(moved: int) -> None:
    """What one account gains the other loses."""
    debit, credit = transfer(
        debit="expense", credit="accrued", owner=_PAYER, counterparty=_PROVIDER, amount=moved
    )
    assert (debit.amount, credit.amount) == (moved, -moved)


_MONTHS = some.tuples(some.integers(2024, 2030), some.integers(1, 12)).map(
    lambda pair: Month(f"{pair[0]:04}-{pair[1]:02}")
)
_MOMENTS = some.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


@for_all(_MOMENTS, some.integers(0, 30), some.sets(_MONTHS, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_charge_falls_into_the_first_open_month(
    moment: datetime, late: int, closed: set[Month]
) -> None:
    """Never a closed month, never one before the act's, and none open is skipped."""
    day = kyiv_day(moment)
    month = month_of(day)
    for _ in range(late):  # the act's own month and some after it are closed
        closed.add(month)
        month = next_month(month)
    period = statement_period(day, is_closed=closed.__contains__)
    assert period not in closed
    assert period >= month_of(day)
    passed = month_of(day)
    while passed != period:
        assert passed in closed
        passed = next_month(passed)


@for_all(_MOMENTS)
def test_microseconds_lose_nothing(moment: datetime) -> None:
    """A moment survives its storage as an integer."""
    assert from_microseconds(microseconds(moment)) == moment


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_begins_and_ends_at_kyivs_midnight(month: int) -> None:
    """The last microsecond before Kyiv's midnight and the first after lie in different months."""
    midnight = datetime(2026 + month // 12, month % 12 + 1, 1, tzinfo=KYIV)
    before = from_microseconds(microseconds(midnight) - 1)
    assert month_of(kyiv_day(before)) == f"2026-{month:02}"
    assert month_of(kyiv_day(midnight)) == next_month(Month(f"2026-{month:02}"))
    assert last_day(Month(f"2026-{month:02}")) == kyiv_day(before)
    assert midnight.astimezone(UTC).hour == (21 if 3 <= month <= 9 else 22)
    assert kyiv_day(midnight) - kyiv_day(before) == timedelta(days=1)
