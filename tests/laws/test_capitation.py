"""Count a month of capitation: exact, as of the billing date, in whatever order it is read."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from math import prod
from pathlib import Path
from random import Random

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.events.charge import ChargeAccrued, Coefficient
from ehealth_ledger.pricing.capitation import CapitationLine, Declared, Post, band_of, count
from ehealth_ledger.pricing.statement import StatementKey, fold
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
    TariffId,
)
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.tariffs import CapitationTerms, NamedFactor
from ehealth_ledger.values.time import Month, month_of
from tests.laws.lookups import an_id

PAGE = Path(__file__).parents[2] / "docs" / "CAPITATION-2018.md"
BILLING = date(2018, 10, 1)
DOCTOR, COLLEAGUE = EmployeeId(an_id("doctor")), EmployeeId(an_id("colleague"))
PLACE, OTHER_PLACE = DivisionId(an_id("place")), DivisionId(an_id("other place"))
HERE, THERE = (DOCTOR, PLACE), (COLLEAGUE, PLACE)


def _terms(day: str) -> CapitationTerms:
    (found,) = [
        each["terms"]
        for each in reference_data.tariffs()
        if each["package"] == "1" and each["first_day"] == day
    ]
    return CapitationTerms.model_validate_json(canonical(found))


OF_2018, OF_2019 = _terms("2018-07-01"), _terms("2019-01-01")
_DECLARED = some.lists(
    some.builds(
        Declared,
        some.integers(1, 10_000),
        some.sampled_from([DOCTOR, COLLEAGUE]),
        some.just(PLACE),
        some.dates(date(1920, 1, 1), BILLING),
        some.booleans(),
    ),
    max_size=60,
    unique_by=lambda each: each.position,
)
_LIMITS = some.fixed_dictionaries({HERE: some.integers(1, 40), THERE: some.integers(1, 40)})


@for_all(_DECLARED, _LIMITS, some.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_count_does_not_depend_on_the_order_of_reading(
    declared: list[Declared], limits: dict[Post, int], random: Random
) -> None:
    """Shuffled declarations give the same lines, and the same ones beyond the limit."""
    shuffled = list(declared)
    random.shuffle(shuffled)
    one = count(declared, OF_2019, billing_date=BILLING, limits=limits)
    assert one == count(iter(shuffled), OF_2019, billing_date=BILLING, limits=limits)


@for_all(_DECLARED, _LIMITS)
@settings(max_examples=150, deadline=None)
def test_no_declaration_is_in_two_lines(declared: list[Declared], limits: dict[Post, int]) -> None:
    """Each declaration is counted once, or named as beyond every step, and none is lost."""
    month = count(declared, OF_2019, billing_date=BILLING, limits=limits)
    counted = [position for line in month.lines for position in line.positions]
    assert Counter([*counted, *month.beyond]) == Counter(each.position for each in declared)
    assert month.total == sum(line.amount for line in month.lines)
    held = Counter((each.doctor, each.division) for each in declared)
    assert len(month.beyond) == sum(max(0, held[post] - limits[post] * 150 // 100) for post in held)


@for_all(_DECLARED)
@settings(max_examples=100, deadline=None)
def test_a_line_is_within_half_a_kopiyka_of_the_exact_sum(declared: list[Declared]) -> None:
    """Below the limit a line is its patients' exact weights, added up and rounded once."""
    limits: dict[Post, int] = {HERE: 100, THERE: 100}
    by_code = {band.code: Fraction(band.coefficient) for band in OF_2018.bands}
    for line in count(declared, OF_2018, billing_date=BILLING, limits=limits).lines:
        place = Fraction(OF_2018.mountain) if line.weight.mountain else Fraction(1)
        exact = len(line.positions) * Fraction(37_000, 12) * by_code[line.weight.band or ""] * place
        assert -Fraction(1, 2) < line.amount - exact <= Fraction(1, 2)


@for_all(_DECLARED, some.lists(some.sampled_from(["rural", "remote", "gone"]), unique=True))
@settings(max_examples=100, deadline=None)
def test_a_corrected_line_is_rounded_once(declared: list[Declared], named: list[str]) -> None:
    """Every coefficient multiplies exactly; what the tariff does not publish multiplies nothing."""
    values = {"rural": "1.1", "remote": "1.213"}
    corrections = tuple(NamedFactor(code=code, value=value) for code, value in values.items())
    terms = OF_2018.model_copy(update={"corrections": corrections})
    limits: dict[Post, int] = {HERE: 100, THERE: 100}
    asked = {"billing_date": BILLING, "limits": limits, "corrections": tuple(named)}
    month, plain = count(declared, terms, **asked), count(declared, OF_2018, **asked)
    corrected = prod(Fraction(values[each]) for each in named if each in values)
    for line, before in zip(month.lines, plain.lines, strict=True):
        assert line.positions == before.positions
        exact = Fraction(before.price.base * len(line.positions), 12) * corrected
        exact *= prod(Fraction(value) for _, value in before.price.factors)
        assert -Fraction(1, 2) < line.amount - exact <= Fraction(1, 2)
    assert month.total == sum(line.amount for line in month.lines)


def test_the_age_is_that_of_the_billing_date_and_not_of_the_run() -> None:
    """The national report took the age on the day it was run, so a second run differed."""
    turns_six_tomorrow = Declared(1, DOCTOR, PLACE, date(2012, 10, 2), mountain=False)
    turned_six_today = Declared(2, DOCTOR, PLACE, date(2012, 10, 1), mountain=False)
    month = count(
        [turns_six_tomorrow, turned_six_today],
        OF_2018,
        billing_date=BILLING,
        limits={HERE: 2},
    )
    assert {line.weight.band: line.positions for line in month.lines} == {
        "0-5": (1,),
        "6-17": (2,),
    }


@pytest.mark.parametrize(
    ("age", "band"),
    [
        *((0, "0-5"), (5, "0-5"), (6, "6-17"), (17, "6-17"), (18, "18-39"), (39, "18-39")),
        *((40, "40-64"), (64, "40-64"), (65, "65+"), (110, "65+")),
    ],
)
def test_the_bands_are_those_of_the_order_and_not_of_the_report(age: int, band: str) -> None:
    """At 65 the order begins another band; the national report counted 65 with the younger."""
    assert band_of(OF_2018, age) == band


def test_the_ladder_above_the_limit() -> None:
    """The 11th of ten counts at the base, each further tenth less, the 16th not at all (2019)."""
    declared = [Declared(n, DOCTOR, PLACE, date(2018, 1, 1), mountain=False) for n in range(1, 18)]
    month = count(declared, OF_2019, billing_date=date(2019, 3, 1), limits={HERE: 10})
    above = [line for line in month.lines if line.weight.up_to_percent is not None]
    assert [(line.positions, line.amount) for line in above] == [
        ((11,), 3083),
        ((12,), 2467),
        ((13,), 1850),
        ((14,), 1233),
        ((15,), 617),
    ]
    assert month.beyond == (16, 17)


def test_a_limit_is_of_a_doctor_in_a_division() -> None:
    """What is left over in one division is no room in another; the lines are the doctor's."""
    there = [Declared(n, DOCTOR, OTHER_PLACE, date(1990, 1, 1), mountain=False) for n in (2, 4)]
    here = [Declared(n, DOCTOR, PLACE, date(1990, 1, 1), mountain=False) for n in (1, 3)]
    limits = {HERE: 9, (DOCTOR, OTHER_PLACE): 1}
    month = count([*there, *here], OF_2018, billing_date=BILLING, limits=limits)
    assert ([line.positions for line in month.lines], month.beyond) == ([(1, 2, 3)], (4,))


def test_a_ledger_without_a_ladder_pays_nothing_above_the_limit() -> None:
    """What the tariff does not say is not paid."""
    declared = [Declared(n, DOCTOR, PLACE, date(1990, 1, 1), mountain=False) for n in (5, 3)]
    month = count(declared, OF_2018, billing_date=BILLING, limits={HERE: 1})
    assert (month.lines[0].positions, month.beyond) == ((3,), (5,))


def _charge(at: int, line: CapitationLine) -> ChargeAccrued:
    tariff = TariffId(an_id("tariff"))
    return ChargeAccrued(
        kind="capitation",
        charge=ChargeId(an_id(f"charge {at}")),
        act_log="records",
        act_position=10,
        provider=LegalEntityId(an_id("provider")),
        performer=line.weight.doctor,
        service=f"ehealth/capitation|{line.weight.band}",
        day=BILLING,
        payer=LegalEntityId(an_id("payer")),
        contract=ContractId(an_id("contract")),
        package="1",
        period=month_of(BILLING),
        attempt=1,
        tariff=tariff,
        quantity=len(line.positions),
        base=line.price.base,
        per=line.price.per,
        coefficients=tuple(
            Coefficient(code=code, value=value, tariff=tariff) for code, value in line.price.factors
        ),
        amount=line.amount,
        postings=(),
        acts=line.positions,
        band=line.weight.band,
        mountain=line.weight.mountain,
    )


def test_the_page_recomputed_by_hand_is_the_statement_to_the_kopiyka() -> None:
    """Ten declarations of October 2018: every age, band, line and the total of the page agree."""
    page = PAGE.read_text(encoding="utf-8")
    people = re.findall(r"\| (\d+) \| (\d{4}-\d\d-\d\d) \| (yes|no) \| (\d+) \| (\S+) \|", page)
    rows = re.findall(r"\| (\S+) \| (yes|no) \| (\d+) \| (.+) \| (.+) \| (\d+) \|", page)
    assert (len(people), len(rows)) == (10, 6)
    declared = [
        Declared(int(at), DOCTOR, PLACE, date.fromisoformat(born), mountain == "yes")
        for at, born, mountain, _, _ in people
    ]
    month = count(declared, OF_2018, billing_date=BILLING, limits={HERE: 1800})
    bands = {at: line.weight.band for line in month.lines for at in line.positions}
    assert bands == {int(at): band for at, _, _, _, band in people}
    counted = {
        (line.weight.band, line.weight.mountain): (len(line.positions), line.amount)
        for line in month.lines
    }
    assert counted == {(b, m == "yes"): (int(n), int(line)) for b, m, n, _, _, line in rows}
    for band, _, _, reckoning, exact, _ in rows:
        parts = [Fraction(each) for each in re.split(r" [×/] ", reckoning) if each != "12"]
        assert prod(parts) / 12 == sum(Fraction(each) for each in exact.split()), band
    charges = [_charge(at, line) for at, line in enumerate(month.lines)]
    statement = fold(
        StatementKey(ContractId(an_id("contract")), "1", Month("2018-10")),
        LegalEntityId(an_id("provider")),
        LegalEntityId(an_id("payer")),
        [charge.as_line(20 + at) for at, charge in enumerate(charges)],
    )
    assert f"Total: {statement.total} kopiykas" in page
    assert all(ChargeAccrued.from_bytes(each.to_bytes()) == each for each in charges)
    assert statement.total == 63_363


def test_a_run_on_the_next_day_would_have_come_to_another_sum() -> None:
    """The page says so of the defect; it is true of these ten."""
    page = PAGE.read_text(encoding="utf-8")
    people = re.findall(r"\| (\d+) \| (\d{4}-\d\d-\d\d) \| (yes|no) \|", page)
    declared = [
        Declared(int(at), DOCTOR, PLACE, date.fromisoformat(born), mountain == "yes")
        for at, born, mountain in people
    ]
    later = count(declared, OF_2018, billing_date=BILLING + timedelta(days=1), limits={HERE: 1800})
    assert later.total != 63_363
