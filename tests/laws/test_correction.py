"""The laws of reviews, resubmissions and adjustments: what is denied, claimed again, corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehealth_ledger.aggregates.charge import Charge, charge_id, charges_of, successor_of
from ehealth_ledger.aggregates.statement import Status
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeAdjusted,
    ChargeDenied,
    ChargeFlagged,
    ChargeResubmitted,
)
from ehealth_ledger.events.contract import PlannedMonth
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import (
    StatementFormed,
    StatementReviewed,
    StatementReviewedV2,
)
from ehealth_ledger.store.fsck.books import Books
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.values.identifiers import StatementId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.parameters.monitoring import RULES
from ehealth_ledger.values.time import next_month
from tests.laws.bench import Change, altered, asks, taken, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    CONTRACT,
    DIGEST,
    MONTH,
    NEW,
    PACKAGE,
    STATEMENT,
    contract,
    statement,
)
from tests.laws.scenes.money import (
    CHARGE,
    accrued,
    adjust_charge,
    resubmit_charge,
    review_statement,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
_DENIED = "$.resource.denied[0]"
_CHARGE = "$.resource.charge"


def _charge(**other: Any) -> Change:
    return altered(CHARGE, **other)


def _accrued(**other: Any) -> Change:
    return lambda scene: scene.states.update({CHARGE: Charge(accrued(**other), denied=True)})


REVIEWING = [
    row("no such statement", "statement.unknown", "$.resource.statement", without(STATEMENT)),
    row(
        "nobody countersigned it",
        "statement.not_countersigned",
        "$.resource.statement",
        altered(STATEMENT, status=Status.FORMED),
    ),
    row(
        "it is accepted",
        "statement.already_accepted",
        "$.resource.statement",
        altered(STATEMENT, status=Status.ACCEPTED),
    ),
    row(
        "another digest",
        "statement.digest_mismatch",
        "$.resource.digest",
        asks("resource", "digest", value="0" * 64),
    ),
    row(
        "a reason nobody published",
        "code.unknown",
        f"{_DENIED}.reason",
        asks("resource", "denied", 0, "reason", value="because"),
    ),
    row("no such charge", "statement.line_unknown", f"{_DENIED}.charge", without(CHARGE)),
    row(
        "a charge of another statement",
        "statement.line_unknown",
        f"{_DENIED}.charge",
        lambda scene: scene.states.update({CHARGE: Charge(accrued(period=next_month(MONTH)))}),
    ),
    row(
        "a charge that was withdrawn",
        "statement.line_unknown",
        f"{_DENIED}.charge",
        _charge(withdrawn=True),
    ),
    *(
        row(
            f"{amount} kopiykas were corrected already",
            "statement.line_adjusted",
            f"{_DENIED}.charge",
            _charge(adjusted=amount),
        )
        for amount in (-1, 1)
    ),
]
RESUBMITTING = [
    row("no such charge", "charge.unknown", _CHARGE, without(CHARGE)),
    row("another provider's", "charge.not_yours", _CHARGE, _accrued(provider=OTHER)),
    row("nobody denied it", "charge.not_denied", _CHARGE, _charge(denied=False)),
    row(
        "it was claimed again",
        "charge.already_resubmitted",
        _CHARGE,
        _charge(successor=successor_of(CHARGE)),
    ),
    row("its act was in error", "charge.act_in_error", _CHARGE, _charge(questioned=True)),
    row("it is the third attempt", "charge.attempts_exhausted", _CHARGE, _accrued(attempt=3)),
]
ADJUSTING = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("no such charge", "charge.unknown", _CHARGE, without(CHARGE)),
    row(
        "a reason nobody published",
        "code.unknown",
        "$.resource.reason",
        asks("resource", "reason", value="because"),
    ),
    row(
        "by nothing",
        "charge.adjustment_is_zero",
        "$.resource.amount",
        asks("resource", "amount", value=0),
    ),
    row("nothing is owed for it", "charge.is_denied", _CHARGE, _charge(denied=True)),
    row(
        "no statement holds it",
        "charge.not_stated",
        _CHARGE,
        lambda scene: scene.lookups.charges.known.clear(),
    ),
    row("it was withdrawn", "charge.not_stated", _CHARGE, _charge(withdrawn=True)),
    *(
        row(
            f"its statement is {status.value}",
            "charge.not_accepted",
            _CHARGE,
            altered(STATEMENT, status=status),
        )
        for status in (Status.FORMED, Status.COUNTERSIGNED)
    ),
    row(
        "a kopiyka more than was charged",
        "charge.adjustment_exceeds",
        "$.resource.amount",
        asks("resource", "amount", value=-5_001),
    ),
    row(
        "with the adjustments before",
        "charge.adjustment_exceeds",
        "$.resource.amount",
        _charge(adjusted=-3_001),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), REVIEWING)
def test_review_statement(change: Change, code: str, path: str) -> None:
    """A review denies lines of a countersigned statement, each with a published reason."""
    assert refused(review_statement, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), RESUBMITTING)
def test_resubmit_charge(change: Change, code: str, path: str) -> None:
    """A provider claims its own denied charge again, once for each denial."""
    assert refused(resubmit_charge, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ADJUSTING)
def test_adjust_charge(change: Change, code: str, path: str) -> None:
    """A stated line is corrected with a published reason, never below what was charged."""
    assert refused(adjust_charge, change) == (code, path)


def test_a_review_owes_what_is_left() -> None:
    """What is accepted becomes payable, what is denied is neither owed nor expected any more."""
    reviewed, denied = review_statement().judge()
    assert isinstance(reviewed, StatementReviewed)
    assert isinstance(denied, ChargeDenied)
    assert (reviewed.total, reviewed.accepted, reviewed.denied) == (15_000, 10_000, 1)
    assert {each.account: each.amount for each in reviewed.postings} == {
        "accrued": 15_000,
        "payable": -10_000,
        "denied": -5_000,
    }
    assert (denied.amount, denied.reason) == (5_000, "duplicate_service")
    assert (denied.rule, denied.rule_version) == ("duplicate_service", 1)


def test_a_review_below_zero_is_owed_back() -> None:
    """Where the denied lines outweigh what is left, the provider owes the payer the difference."""
    scene = review_statement()
    scene.states[STATEMENT] = statement(Status.COUNTERSIGNED, total=2_000)
    reviewed, denied = scene.judge()
    assert isinstance(reviewed, StatementReviewedV2)
    assert isinstance(denied, ChargeDenied)
    assert (reviewed.total, reviewed.accepted) == (2_000, -3_000)
    assert {each.account: each.amount for each in reviewed.postings} == {
        "accrued": 2_000,
        "denied": -5_000,
        "receivable": 3_000,
    }


def test_a_line_of_a_paid_statement_is_corrected() -> None:
    """What was paid for is corrected as what is owed still."""
    scene = adjust_charge()
    scene.states[STATEMENT] = statement(Status.PAID)
    assert isinstance(scene.judge()[-1], ChargeAdjusted)


def test_a_correction_may_outweigh_its_month() -> None:
    """An open month without a charge takes a correction: its statement is below zero."""
    scene = adjust_charge()
    scene.lookups.charges.totals.clear()
    (adjusted,) = scene.judge()
    assert isinstance(adjusted, ChargeAdjusted)
    assert adjusted.amount == -2_000


def test_a_denied_act_is_claimed_again_in_the_open_month() -> None:
    """The second attempt has the act, the price and the day of the first, and another month."""
    resubmitted, again = resubmit_charge().judge()
    assert isinstance(resubmitted, ChargeResubmitted)
    assert isinstance(again, ChargeAccrued)
    first = accrued()
    assert resubmitted.successor == again.charge == successor_of(CHARGE)
    assert (again.attempt, again.period) == (2, next_month(MONTH))
    kept = {"charge": first.charge, "attempt": 1, "period": first.period}
    assert again.model_copy(update=kept) == first


def test_what_is_claimed_again_beyond_the_plan_is_flagged() -> None:
    """A ceiling counts the second attempt in the month into which it falls."""
    scene = resubmit_charge()
    scene.states.update([valued(RULES, {"over_ceiling": 1})])
    plan = [PlannedMonth(package=PACKAGE, period=next_month(MONTH), amount=Kopiykas(5_000))]
    scene.states[CONTRACT] = replace(contract(), plan=tuple(plan))
    assert len(scene.judge()) == 2
    plan[0] = plan[0].model_copy(update={"amount": 4_999})
    scene.states[CONTRACT] = replace(contract(), plan=tuple(plan))
    *_, again, flag = scene.judge()
    assert isinstance(flag, ChargeFlagged)
    assert (flag.rule, flag.charge) == ("over_ceiling", again.stream_id)


def test_an_adjustment_is_a_line_of_the_open_month() -> None:
    """It names the corrected line and its statement, and posts what it takes back."""
    (adjusted,) = adjust_charge().judge()
    assert isinstance(adjusted, ChargeAdjusted)
    assert (adjusted.statement, adjusted.line, adjusted.period) == (
        STATEMENT,
        90,
        next_month(MONTH),
    )
    assert [each.amount for each in adjusted.postings] == [-2_000, 2_000]
    assert adjusted.as_line(120).amount == -2_000


def _found(*facts: Fact) -> list[str]:
    """List what the books object to of lines, once these facts have happened."""
    findings = Findings()
    books = Books("records", findings)
    for position, fact in enumerate(facts, start=1):
        books.absorb(position, fact)
    return [str(each) for each in findings.items if each.kind is Kind.CHARGE_ALTERED]


def _formed() -> StatementFormed:
    """Form the statement of the one line."""
    return StatementFormed(
        statement=StatementId(STATEMENT),
        contract=accrued().contract,
        provider=accrued().provider,
        payer=accrued().payer,
        package=accrued().package,
        period=accrued().period,
        as_of=1,
        count=1,
        total=Kopiykas(5_000),
        digest=DIGEST,
        content_digest=DIGEST,
    )


def test_books_in_which_a_line_falls_below_zero_are_found() -> None:
    """Whatever a law let pass once, the auditor names the line of which too much was taken."""
    (adjusted,) = adjust_charge().judge()
    assert isinstance(adjusted, ChargeAdjusted)
    denied = review_statement().judge()[-1]
    until = [accrued(), _formed()]
    assert _found(*until, adjusted, adjusted) == []  # a thousand kopiykas are left
    below = "charge.altered at records/5: corrected to -1000: what is left of a line is below zero"
    assert _found(*until, adjusted, adjusted, adjusted) == [below]
    whole = "charge.altered at records/4: denied whole, though it had been corrected by -2000"
    assert _found(*until, adjusted, denied) == [whole]
    grown = adjusted.model_copy(update={"amount": 2_000})
    assert _found(*until, grown, denied) == [whole.replace("-2000", "2000")]
    nothing = "charge.altered at records/4: a line is corrected of which nothing is owed"
    assert _found(*until, denied, adjusted) == [nothing]
    assert _found(adjusted) == [nothing.replace("/4", "/1")]


def test_attempts_of_an_act_are_told_apart() -> None:
    """Each attempt's id follows from the one before; an act in error finds the live one."""
    ids = charges_of(an_id("act"))
    assert ids[0] == charge_id(an_id("act"), 1)
    assert len(set(ids)) == len(ids)
    assert ids[1] == successor_of(ids[0])


@given(st.lists(st.integers(-6_000, 6_000), max_size=12))
def test_adjustments_never_take_more_than_was_charged(amounts: list[int]) -> None:
    """Whatever is tried, what is left of a line stays between nothing and what it grew to."""
    charge = Charge(accrued())
    for amount in amounts:
        scene = adjust_charge()
        scene.states[CHARGE] = charge
        scene.content["resource"]["amount"] = amount
        if scene.violations():
            assert amount == 0 or charge.accrued.amount + charge.adjusted + amount < 0
            continue
        (fact,) = scene.judge()
        assert isinstance(fact, ChargeAdjusted)
        assert sum(each.amount for each in fact.postings) == 0
        charge = replace(charge, adjusted=charge.adjusted + fact.amount)
        assert charge.accrued.amount + charge.adjusted >= 0
