"""The laws of a month that is paid as such: due once, as the log stood when it began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.contract_month import DueMonth
from ehealth_ledger.events.capitation import CapitationCounted
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.contract import ContractConcluded, ContractTerminated, Correction
from ehealth_ledger.events.global_rate import GlobalRateReckoned
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.index import Drop, Put
from ehealth_ledger.values.identifiers import ContractId, contract_month_stream
from ehealth_ledger.values.tariffs import NamedFactor
from ehealth_ledger.values.time import age_on, ages_from, day_begins, first_days, microseconds
from tests.laws.bench import Change, Scene, asks, at, given, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CONTRACT, PACKAGE, contract
from tests.laws.scenes.contract import DOCTOR, PLACE
from tests.laws.scenes.contract_month import (
    BILLING,
    ELSEWHERE,
    PERIOD,
    TARIFF,
    capitation_contract,
    capitation_terms,
    declared,
    released,
    run_capitation,
    run_global_rate,
)
from tests.laws.tables import refused, row

BEGINS = datetime(2026, 10, 31, 22, tzinfo=UTC)  # midnight in Kyiv
MONTH = contract_month_stream(CONTRACT, PERIOD)
RUNS = [run_capitation, run_global_rate]


def counted(scene: Scene) -> tuple[CapitationCounted, list[ChargeAccrued]]:
    """Judge a month of capitation."""
    first, *charges = scene.judge()
    assert isinstance(first, CapitationCounted)
    return first, [each for each in charges if isinstance(each, ChargeAccrued)]


def standing(state: Any) -> Change:
    """Let the contract have stood otherwise when the month began."""
    return lambda scene: scene.lookups.billing.stood.__setitem__(CONTRACT, state)


TABLE = [
    row(
        "a microsecond before the month begins in Kyiv",
        "contract_month.not_due",
        "$.resource.period",
        at(BEGINS - timedelta(microseconds=1)),
    ),
    row(
        "next month",
        "contract_month.not_due",
        "$.resource.period",
        asks("resource", "period", value="2026-12"),
    ),
    row("no such contract", "contract.unknown", "$.resource.contract", without(CONTRACT)),
    row(
        "of another kind",
        "contract_month.other_kind",
        "$.resource.contract",
        given(CONTRACT, contract(kind="REIMBURSEMENT")),
    ),
    row(
        "begun after the first day",
        "contract_month.not_covered",
        "$.resource.period",
        lambda scene: _days(scene, first_day=date(2026, 11, 2)),
    ),
    row(
        "ended before the first day",
        "contract_month.not_covered",
        "$.resource.period",
        lambda scene: _days(scene, last_day=date(2026, 10, 31)),
    ),
    row(
        "reckoned before",
        "contract_month.already_reckoned",
        "$.resource.period",
        given(MONTH, object()),
    ),
]


def _days(scene: Scene, **days: date) -> None:
    state: Any = scene.states[CONTRACT]
    scene.states[CONTRACT] = replace(state, terms=state.terms.model_copy(update=days))


@pytest.mark.parametrize("accepted", RUNS)
@pytest.mark.parametrize(("change", "code", "path"), TABLE)
def test_a_month_is_reckoned_when_due_and_once(
    accepted: Callable[[], Scene], change: Change, code: str, path: str
) -> None:
    """Each row differs from an accepted run by one thing."""
    assert refused(accepted, change) == (code, path)


@pytest.mark.parametrize("accepted", RUNS)
def test_a_run_weeks_later_says_what_a_punctual_one_said(accepted: Callable[[], Scene]) -> None:
    """The moment of the run is no input: not of the count, nor of the price, nor of the age."""
    punctual, late = accepted(), accepted()
    punctual.now, late.now = BEGINS, BEGINS + timedelta(days=47)
    assert punctual.judge() == late.judge()


def test_the_age_is_that_of_the_billing_date_and_not_of_the_run() -> None:
    """The national report took the age on the day it was run, and could not be reproduced."""
    scene = run_capitation()
    _, charges = counted(scene)
    assert {each.band: each.acts for each in charges} == {"0-5": (10,), "6+": (11, 12)}
    scene.now += timedelta(days=40)  # the first of them is six by now
    assert counted(scene)[1] == charges


def test_a_line_says_how_it_was_reckoned_and_of_whom() -> None:
    """A twelfth of the year's base times the coefficients, for records and not for people."""
    first, charges = counted(run_capitation())
    older = charges[1]
    assert (older.base, older.per, older.quantity, older.amount) == (37_000, 12, 2, 7_400)
    assert [(each.code, each.value) for each in older.coefficients] == [("age-6+", "1.2")]
    assert (older.kind, older.performer, older.mountain) == ("capitation", DOCTOR, False)
    assert (older.day, older.period, older.act_position) == (BILLING, PERIOD, 101)
    assert sum(each.amount for each in charges) == first.packages[0].amount
    assert sum(each.amount for each in older.postings) == 0
    assert len({each.charge for each in charges}) == len(charges)


def test_a_mountain_division_weighs_more() -> None:
    """The flag is the division's as the month began."""
    scene = run_capitation()
    scene.lookups.billing.in_mountains.add(PLACE)
    _, charges = counted(scene)
    assert [each.coefficients[-1].value for each in charges] == ["1.25", "1.25"]
    assert [each.amount for each in charges] == [15_417, 9_250]


def test_above_the_limit_the_ladder_counts_and_beyond_it_nothing() -> None:
    """The contract's limit is of a doctor in a division; the earlier declaration counts first."""
    scene = run_capitation()
    scene.lookups.billing.stood[CONTRACT] = capitation_contract(limit=2)
    scene.lookups.billing.roll += [declared(13), declared(14)]
    first, charges = counted(scene)
    above = [each for each in charges if each.band is None]
    assert [(each.acts, each.amount) for each in above] == [((12,), 2_467)]
    assert first.packages[0].beyond == (13, 14)
    assert (first.declared, first.packages[0].counted) == (5, 3)


def test_who_cannot_be_counted_is_named_by_reason() -> None:
    """An erased patient has no age; another division is not what was contracted."""
    scene = run_capitation()
    scene.lookups.billing.roll += [
        declared(13, None),
        declared(14, division=ELSEWHERE),
        declared(15, None, division=ELSEWHERE),
        declared(16, doctor=an_id("a doctor without contract")),
    ]
    first, charges = counted(scene)
    assert {each.reason: each.acts for each in first.uncounted} == {
        "erased": (13,),
        "not_contracted": (14, 15),
    }
    assert first.declared == 6
    assert sorted(act for each in charges for act in each.acts) == [10, 11, 12]


def test_without_a_tariff_the_month_is_withheld() -> None:
    """The fact names the reason: a work item for people, never a guess."""
    scene = run_capitation()
    scene.lookups.billing.terms.clear()
    first, charges = counted(scene)
    assert charges == []
    assert [(each.package, each.withheld) for each in first.packages] == [("1", "no_tariff")]


@pytest.mark.parametrize("accepted", RUNS)
def test_a_contract_suspended_as_the_month_begins_earns_nothing(
    accepted: Callable[[], Scene],
) -> None:
    """The month is settled all the same, and says why; resuming brings nothing back."""
    scene = accepted()
    scene.lookups.billing.stood[CONTRACT] = replace(
        scene.lookups.billing.stood[CONTRACT], suspended=True
    )
    first: Any
    first, *charges = scene.judge()
    assert charges == []
    assert [each.withheld for each in first.packages] == ["contract_suspended"]


def test_a_suspended_month_does_not_wait_for_a_tariff() -> None:
    """It would stand in the list of months that wait, and nothing could ever take it off."""
    scene = run_capitation()
    stood = scene.lookups.billing.stood[CONTRACT]
    scene.lookups.billing.stood[CONTRACT] = replace(stood, suspended=True)
    scene.lookups.billing.terms.clear()
    first, charges = counted(scene)
    assert [(each.tariff, each.withheld) for each in first.packages] == [
        (None, "contract_suspended")
    ]
    assert charges == []


def test_a_suspension_after_the_month_began_changes_nothing_of_it() -> None:
    """The run comes late; by then the contract is suspended."""
    scene = run_capitation()
    state: Any = scene.states[CONTRACT]
    scene.states[CONTRACT] = replace(state, suspended=True)
    assert counted(scene) == counted(run_capitation())


def test_the_doctors_are_those_of_the_contract_as_the_month_began() -> None:
    """An amendment that was signed since adds nobody to a month that is over."""
    scene = run_capitation()
    state: Any = scene.states[CONTRACT]
    scene.states[CONTRACT] = replace(state, employees=())
    assert counted(scene) == counted(run_capitation())


def test_each_package_is_counted_by_its_own_tariff() -> None:
    """One package may be withheld while another is paid."""
    scene = run_capitation()
    stood = capitation_contract()
    terms = stood.terms.model_copy(update={"packages": ("1", "1-red-list", "2")})
    scene.lookups.billing.stood[CONTRACT] = replace(stood, terms=terms)
    flat = released(capitation_terms(base=12_000), "1-red-list")
    scene.lookups.billing.terms["ehealth/tariffs/capitation|1-red-list"] = [flat]
    first, charges = counted(scene)
    assert [(each.package, each.withheld) for each in first.packages] == [
        ("1", None),
        ("1-red-list", None),
        ("2", "no_tariff"),
    ]
    by_package = Counter(each.package for each in charges)
    assert by_package == {"1": 2, "1-red-list": 2}
    assert len({each.charge for each in charges}) == 4


def test_a_month_whose_statement_is_closed_is_paid_in_the_next_one() -> None:
    """As every other charge: the month's own statement before its cut-off, the open one after."""
    scene = run_capitation()
    scene.lookups.cut_offs.known["2026-11"] = microseconds(scene.now)
    assert {each.period for each in counted(scene)[1]} == {"2026-12"}


def _agreed(contract: Contract, *corrections: tuple[str, str]) -> Contract:
    """Have a contract name corrections, each by package and code."""
    named = tuple(Correction(package=package, code=code) for package, code in corrections)
    terms = contract.terms.model_copy(update={"corrections": named})
    return replace(contract, terms=terms)


def test_corrections_that_the_contract_names_multiply_capitation() -> None:
    """Each stands in the charge with its value and tariff; one that no tariff publishes is none."""
    scene = run_capitation()
    corrections = tuple(NamedFactor(code=c, value=v) for c, v in [("rural", "1.1"), ("far", "1.2")])
    terms = released(capitation_terms(corrections=corrections), "1")
    scene.lookups.billing.terms["ehealth/tariffs/capitation|1"] = [terms]
    named = [("1", "far"), ("1", "gone"), ("2", "rural")]
    scene.lookups.billing.stood[CONTRACT] = _agreed(capitation_contract(), *named)
    first, charges = counted(scene)
    assert [(e.code, e.value, e.tariff) for e in charges[1].coefficients] == [
        ("age-6+", "1.2", TARIFF),
        ("far", "1.2", TARIFF),
    ]
    assert [each.amount for each in charges] == [14_800, 8_880]
    assert first.packages[0].amount == 14_800 + 8_880


def test_corrections_that_the_contract_names_multiply_a_global_rate() -> None:
    """The readiness of a hospital with intensive care, as its tariff publishes it."""
    scene = run_global_rate()
    stood = scene.lookups.billing.stood[CONTRACT]
    scene.lookups.billing.stood[CONTRACT] = _agreed(stood, (PACKAGE, "icu"))
    first, charge = scene.judge()
    assert isinstance(first, GlobalRateReckoned)
    assert isinstance(charge, ChargeAccrued)
    assert [(e.code, e.value, e.tariff) for e in charge.coefficients] == [("icu", "1.102", TARIFF)]
    assert (charge.unit_price, charge.amount) == (15_000_000, 16_530_000)
    assert first.packages[0].amount == charge.amount


def test_a_global_rate_is_a_whole_month_s_without_corrections_that_nobody_named() -> None:
    """The tariff has one, the contract does not name it; nobody performed the month."""
    first, charge = run_global_rate().judge()
    assert isinstance(first, GlobalRateReckoned)
    assert isinstance(charge, ChargeAccrued)
    assert [(each.tariff, each.amount) for each in first.packages] == [(TARIFF, 15_000_000)]
    assert (charge.kind, charge.performer, charge.unit_price) == ("global", None, 15_000_000)
    assert (charge.quantity, charge.coefficients, charge.amount) == (1, (), 15_000_000)


def test_a_package_without_a_global_rate_is_not_named() -> None:
    """It is paid by the act; the month is settled all the same."""
    scene = run_global_rate()
    scene.lookups.billing.terms.clear()
    (first,) = scene.judge()
    assert isinstance(first, GlobalRateReckoned)
    assert first.packages == ()


_ROLL = some.lists(
    some.tuples(
        some.integers(1, 10_000),
        some.one_of(some.none(), some.dates(date(1920, 1, 1), BILLING).map(ages_from)),
        some.sampled_from([PLACE, ELSEWHERE]),
    ),
    max_size=40,
    unique_by=lambda each: each[0],
)


@for_all(_ROLL, some.integers(1, 20))
@settings(max_examples=80, deadline=None)
def test_everybody_declared_is_counted_or_named_and_lines_add_up(
    roll: list[tuple[int, date | None, Any]], limit: int
) -> None:
    """In = counted + beyond + uncounted, nobody twice; the total is the sum of the lines."""
    scene = run_capitation()
    billing = scene.lookups.billing
    billing.stood[CONTRACT] = capitation_contract(limit)
    billing.roll = [declared(at, ages, division=place) for at, ages, place in roll]
    first, charges = counted(scene)
    (package,) = first.packages
    acts = [act for each in charges for act in each.acts]
    others = [act for each in first.uncounted for act in each.acts]
    assert Counter([*acts, *package.beyond, *others]) == Counter(at for at, *_ in roll)
    assert (first.declared, package.counted) == (len(roll), len(acts))
    assert package.amount == sum(each.amount for each in charges)
    assert all(each.quantity == len(each.acts) for each in charges)


@for_all(some.dates(date(1900, 1, 1), BILLING), some.integers(2000, 2100), some.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_the_month_that_is_kept_gives_the_age_of_every_first_of_a_month(
    birth_date: date, year: int, month: int
) -> None:
    """No birth date need be kept for a count on first days, not even of a 29 February."""
    day = date(year, month, 1)
    assert ages_from(birth_date).day == 1
    assert age_on(ages_from(birth_date), day) == age_on(birth_date, day)


# What falls due


def concluded(kind: str = "CAPITATION", **days: date) -> ContractConcluded:
    terms = contract(kind=kind, **days).terms
    return ContractConcluded.model_construct(contract=ContractId(CONTRACT), terms=terms)


def due_of(fact: ContractConcluded) -> list[tuple[str, int]]:
    rows = [each.row for each in changes(fact, 90) if isinstance(each, Put)]
    return [(row[0], row[2]) for row in rows if row[0] in ("capitation.run", "global_rate.run")]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), 12),
        (date(2026, 1, 2), date(2026, 12, 31), 11),
        (date(2026, 11, 1), date(2026, 11, 30), 1),
        (date(2026, 11, 2), date(2026, 11, 30), 0),
        (date(2026, 11, 2), date(2026, 12, 1), 1),
    ],
)
def test_a_month_falls_due_where_its_first_day_is_contracted(
    first: date, last: date, months: int
) -> None:
    """At midnight in Kyiv of each first day, both ends of the contract included."""
    found = due_of(concluded(first_day=first, last_day=last))
    assert len(found) == months
    assert [moment for _, moment in found] == [day_begins(day) for day in first_days(first, last)]


@pytest.mark.parametrize(
    ("kind", "deadline"),
    [
        ("CAPITATION", {"capitation.run"}),
        ("MEDICAL_SERVICES", {"global_rate.run"}),
        ("REIMBURSEMENT", set()),
    ],
)
def test_what_falls_due_is_of_the_contract_s_kind(kind: str, deadline: set[str]) -> None:
    """A reimbursement contract has no month that is paid as such."""
    assert {each for each, _ in due_of(concluded(kind))} == deadline


def test_ending_a_contract_lets_its_later_months_go() -> None:
    """The month that had begun on the last day stays due."""
    terms = contract(kind="CAPITATION", last_day=date(2026, 10, 1)).terms
    ended = ContractTerminated(contract=ContractId(CONTRACT), terms=terms, reason_pointer="/r")
    dropped = {each.key for each in changes(ended, 95) if isinstance(each, Drop)}
    assert dropped == {
        ("capitation.run", contract_month_stream(CONTRACT, period))
        for period in ("2026-11", "2026-12")
    }


def test_the_stream_of_a_month_is_that_of_its_contract() -> None:
    """Two contracts, or two months, never share what they came to."""
    due = DueMonth(capitation_contract(), PERIOD, BILLING, 0)  # type: ignore[arg-type]
    assert due.stream == MONTH
    others = {contract_month_stream(an_id("x"), PERIOD), contract_month_stream(CONTRACT, "2026-10")}
    assert MONTH not in others
