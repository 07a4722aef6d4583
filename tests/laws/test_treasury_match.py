"""Match payments by statement: everything that is not the same is named for what it is."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from ehealth_ledger.pricing.treasury.matching import (
    Match,
    PayableStatement,
    RecordedPayment,
    match,
)
from ehealth_ledger.pricing.treasury.parsing import TreasuryFile, TreasuryLine

MINE, OTHER, UNKNOWN = (UUID(int=number, version=4) for number in (1, 2, 3))
DAY = date(2026, 11, 24)
PAYER, PROVIDER = "42032422", "20000001"


def line(reference: str = "B-1", amount: int = 100, number: int = 2, **other: Any) -> TreasuryLine:
    told = {"day": DAY, "payer": PAYER, "provider": PROVIDER, "statement": MINE, **other}
    return TreasuryLine(number=number, reference=reference, amount=amount, **told)


def stated(
    *payments: tuple[str, int], owed: int | None = 100, statement: UUID = MINE, day: date = DAY
) -> PayableStatement:
    recorded = tuple(RecordedPayment(reference, amount, day) for reference, amount in payments)
    return PayableStatement(statement, PAYER, PROVIDER, owed, owed and 0, recorded)


def below_zero(*refunds: tuple[str, int], owed_back: int | None = 100) -> PayableStatement:
    recorded = tuple(RecordedPayment(*each, DAY, "returned") for each in refunds)
    return PayableStatement(MINE, PAYER, PROVIDER, owed_back and 0, owed_back, recorded)


def returned(reference: str = "B-1", amount: int = 100, **other: Any) -> TreasuryLine:
    return line(reference, amount, direction="returned", **other)


def matched(lines: list[TreasuryLine], *statements: PayableStatement) -> list[Match]:
    days = [each.day for each in lines] or [DAY]
    file = TreasuryFile(lines=lines, directions=("paid", "returned"))
    return match(file, {each.statement: each for each in statements}, min(days), max(days))


# given the ledger's statement | when the file says | then
CASES = [
    ("the same", stated(("B-1", 100)), line(), "matched", None),
    ("a part", stated(("B-1", 40)), line(amount=40), "matched", None),
    ("not recorded", stated(), line(), "missing_in_ledger", None),
    ("a part not recorded", stated(), line(amount=40), "missing_in_ledger", None),
    ("the rest", stated(("B-0", 60)), line(amount=40), "missing_in_ledger", None),
    ("more", stated(("B-1", 100)), line(amount=101), "amount_differs", None),
    ("less", stated(("B-1", 100)), line(amount=99), "amount_differs", None),
    ("again", stated(("B-0", 100)), line(), "paid_twice", "100 of 100 kopiykas are paid, 0 owed"),
    ("too much", stated(), line(amount=101), "paid_twice", "0 of 100 kopiykas are paid, 100 owed"),
    ("beyond the rest", stated(("B-0", 60)), line(amount=41), "paid_twice", "60 of 100"),
    ("not accepted", stated(owed=None), line(), "unmatched", "has not accepted"),
    ("nothing owed", stated(owed=0), line(), "paid_twice", "0 of 0"),
    ("unknown", stated(), line(statement=UNKNOWN), "unmatched", "knows no such statement"),
    (
        "another day",
        stated(("B-1", 100), day=date(2026, 11, 23)),
        line(),
        "unmatched",
        "2026-11-23",
    ),
    ("another payer", stated(("B-1", 100)), line(payer="1" * 8), "unmatched", f"payer is {PAYER}"),
    ("returned", below_zero(("B-1", 100)), returned(), "matched", None),
    ("returned in part", below_zero(("B-0", 60)), returned(amount=40), "missing_in_ledger", None),
    ("less returned", below_zero(("B-1", 100)), returned(amount=99), "amount_differs", None),
    (
        "returned again",
        below_zero(("B-0", 100)),
        returned(),
        "returned_twice",
        "100 of 100 kopiykas are returned, 0 owed back",
    ),
    ("nothing owed back", stated(), returned(), "returned_twice", "0 of 0"),
    ("paid of a debt", below_zero(), line(), "paid_twice", "0 of 0"),
    ("a debt not accepted", below_zero(owed_back=None), returned(), "unmatched", "not accepted"),
    ("recorded as paid", stated(("B-1", 100)), returned(), "unmatched", "recorded as paid"),
    ("recorded as returned", below_zero(("B-1", 100)), line(), "unmatched", "as returned"),
    (
        "returned on another day",
        below_zero(("B-1", 100)),
        returned(day=date(2026, 11, 23)),
        "unmatched",
        "recorded as returned on 2026-11-24",
    ),
    (
        "another provider, not recorded",
        stated(),
        line(provider="1" * 8),
        "unmatched",
        f"provider is {PROVIDER}",
    ),
]


@pytest.mark.parametrize(
    ("given", "said", "outcome", "why"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_line_is_named_for_what_it_is(
    given: PayableStatement, said: TreasuryLine, outcome: str, why: str | None
) -> None:
    """Each case differs from the one that matches by one thing."""
    found = matched([said], given)[0]
    assert (found.outcome, found.line, found.in_file) == (outcome, 2, said.amount)
    assert why is None or why in (found.why or "")


def test_a_reference_of_another_statement_does_not_match() -> None:
    """Money paid for one statement is not taken for the payment of another."""
    (found,) = matched([line()], stated(), stated(("B-1", 100), statement=OTHER))
    assert (found.outcome, found.why) == ("unmatched", f"recorded for statement {OTHER}")


def test_a_statement_paid_twice_in_one_file() -> None:
    """The first line pays it, the second is one too many."""
    found = matched([line("B-1"), line("B-2", number=3)], stated())
    assert [each.outcome for each in found] == ["missing_in_ledger", "paid_twice"]
    parts = [line("B-1", 60), line("B-2", 40, number=3), line("B-3", 1, number=4)]
    assert [each.outcome for each in matched(parts, stated())] == [
        *("missing_in_ledger", "missing_in_ledger", "paid_twice")
    ]


def test_a_recorded_payment_counts_wherever_its_line_stands() -> None:
    """A line that pays again is one too many, though the recorded payment's line comes later."""
    found = matched([line("B-2"), line("B-1", number=3)], stated(("B-1", 100)))
    assert [each.outcome for each in found] == ["paid_twice", "matched"]


def test_what_was_returned_and_is_not_in_the_file_is_missing_there() -> None:
    """A refund is told as one: the way money went belongs to it."""
    found = matched(
        [line("B-2", statement=OTHER)], below_zero(("B-1", 50)), stated(statement=OTHER)
    )
    assert [(each.outcome, each.direction, each.in_ledger) for each in found] == [
        ("missing_in_ledger", "paid", None),
        ("missing_in_file", "returned", 50),
    ]


def test_what_is_recorded_and_not_in_the_file_is_missing_there() -> None:
    """Within the days that the file covers; what was paid on other days is other files' matter."""
    elsewhere = stated(("B-8", 50), statement=OTHER)
    before = stated(("B-9", 50), statement=UNKNOWN, day=date(2026, 11, 23))
    found = matched([line()], stated(("B-1", 100)), elsewhere, before)
    assert [(each.outcome, each.line, each.reference) for each in found] == [
        ("matched", 2, "B-1"),
        ("missing_in_file", None, "B-8"),
    ]
    assert (found[1].in_file, found[1].in_ledger) == (None, 50)
