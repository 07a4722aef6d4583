"""The treasury's file is read strictly: each bad line is named with its rule, hiding no other."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehealth_ledger.pricing.treasury.parsing import BadLine, TreasuryLine, parse

HEADING = "reference;date;amount;payer_edrpou;provider_edrpou;purpose"
DIRECTED = f"{HEADING};direction"
STATEMENT = "9d1f3c52-7b0e-4c8b-8a34-1b5f6f0d2c77"
OTHER = "0b7b8f0e-6a0f-4a37-9f43-2f1d0a7d9a01"
GOOD = f"UA-118;2026-11-24;1234,56;42032422;20000001;Оплата за звітом {STATEMENT} за листопад"


def read(*lines: str, heading: str = HEADING) -> tuple[list[TreasuryLine], list[BadLine]]:
    found = parse("\n".join((heading, *lines)).encode() + b"\n")
    return found.lines, found.bad


def test_a_good_line_is_understood_whole() -> None:
    """Reference, day, kopiykas, both parties and the statement that the purpose names."""
    (line,), bad = read(GOOD)
    assert bad == []
    assert line == TreasuryLine(
        2, "UA-118", date(2026, 11, 24), 123_456, "42032422", "20000001", UUID(STATEMENT)
    )


@pytest.mark.parametrize(
    ("written", "kopiykas"),
    [("1234,56", 123_456), ("1234.56", 123_456), ("1234", 123_400), ("0,01", 1), ("0.10", 10)],
)
def test_hryvnias_have_a_comma_or_a_dot(written: str, kopiykas: int) -> None:
    """Both are what the treasury writes; without decimals the hryvnias are whole."""
    (line,), _ = read(GOOD.replace("1234,56", written))
    assert line.amount == kopiykas


# One thing is wrong in each line.
BAD = [
    ("UA-118", "", "reference", "reference.malformed"),
    ("UA-118", " UA-118", "reference", "reference.malformed"),
    ("UA-118", "UA  118", "reference", "reference.malformed"),
    ("UA-118", "U" * 101, "reference", "reference.malformed"),
    ("2026-11-24", "24.11.2026", "date", "date.malformed"),
    ("2026-11-24", "2026-02-30", "date", "date.malformed"),
    ("2026-11-24", "", "date", "date.malformed"),
    ("1234,56", "", "amount", "amount.malformed"),
    ("1234,56", "1 234,56", "amount", "amount.malformed"),
    ("1234,56", "1,234", "amount", "amount.malformed"),
    ("1234,56", "1,234.56", "amount", "amount.malformed"),
    ("1234,56", "1234,5", "amount", "amount.malformed"),
    ("1234,56", "1234,567", "amount", "amount.malformed"),
    ("1234,56", "-1234,56", "amount", "amount.malformed"),
    ("1234,56", "+1234,56", "amount", "amount.malformed"),
    ("1234,56", "01234,56", "amount", "amount.malformed"),
    ("1234,56", "1e3", "amount", "amount.malformed"),
    ("1234,56", "١٢٣٤", "amount", "amount.malformed"),
    ("1234,56", "0,00", "amount", "amount.out_of_range"),
    ("1234,56", "99999999999999999", "amount", "amount.out_of_range"),
    ("42032422", "4203242", "payer_edrpou", "payer_edrpou.malformed"),
    ("42032422", "4203242X", "payer_edrpou", "payer_edrpou.malformed"),
    ("20000001", "", "provider_edrpou", "provider_edrpou.malformed"),
    (STATEMENT, "за листопад", "purpose", "purpose.no_statement"),
    (STATEMENT, STATEMENT[:-1], "purpose", "purpose.no_statement"),
    (STATEMENT, f"{STATEMENT}0", "purpose", "purpose.no_statement"),
    (STATEMENT, f"{STATEMENT} та {OTHER}", "purpose", "purpose.several_statements"),
    (GOOD, "", None, "line.columns"),
    (GOOD, f"{GOOD};", None, "line.columns"),
    (GOOD, GOOD.replace(";", ","), None, "line.columns"),
    ("Оплата", '"Оплата"x', None, "line.quoting"),
    ("Оплата", '"Оплата', None, "line.quoting"),
]


@pytest.mark.parametrize(
    ("good", "wrong", "column", "rule"),
    BAD,
    ids=[f"{rule} {wrong[:20]}" for _, wrong, _, rule in BAD],
)
def test_a_bad_line_is_named_with_its_rule(
    good: str, wrong: str, column: str | None, rule: str
) -> None:
    """The line's number, the column and the rule; the good lines around it are still read."""
    first, last = GOOD.replace("118", "117"), GOOD.replace("118", "119")
    lines, bad = read(first, GOOD.replace(good, wrong), last)
    assert [(each.number, each.column, each.rule) for each in bad] == [(3, column, rule)]
    assert [each.reference for each in lines] == ["UA-117", "UA-119"]


def test_a_file_may_say_which_way_money_went() -> None:
    """Paid or returned; a file without the column holds payments alone, and is read as before."""
    lines, bad = read(f"{GOOD};paid", f"{GOOD};returned".replace("118", "119"), heading=DIRECTED)
    assert (bad, [each.direction for each in lines]) == ([], ["paid", "returned"])
    assert lines[0] == read(GOOD)[0][0]


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        (f"{GOOD};", "direction", "direction.unknown"),
        (f"{GOOD};RETURNED", "direction", "direction.unknown"),
        (f"{GOOD};-", "direction", "direction.unknown"),
        (GOOD, None, "line.columns"),
    ],
)
def test_a_direction_is_one_of_two(line: str, column: str | None, rule: str) -> None:
    """Where the heading has the column, every line says it."""
    lines, bad = read(line, heading=DIRECTED)
    assert (lines, [(each.column, each.rule) for each in bad]) == ([], [(column, rule)])


def test_every_fault_of_a_line_is_named() -> None:
    """Whoever mends a line hears everything at once."""
    _, bad = read("UA-1;yesterday;much;1;2;thanks")
    assert [each.rule for each in bad] == [
        "date.malformed",
        "amount.malformed",
        "payer_edrpou.malformed",
        "provider_edrpou.malformed",
        "purpose.no_statement",
    ]


def test_a_reference_stands_once() -> None:
    """The second line of a reference is bad, wherever the first is bad too."""
    for first in (GOOD, GOOD.replace("1234,56", "?")):
        _, bad = read(first, GOOD)
        assert (bad[-1].number, bad[-1].rule) == (3, "reference.repeated")


@pytest.mark.parametrize(
    ("content", "number", "rule"),
    [
        (b"", 1, "file.heading"),
        (HEADING.replace(";", ",").encode(), 1, "file.heading"),
        (HEADING.replace("date;amount", "amount;date").encode(), 1, "file.heading"),
        (f"direction;{HEADING}".encode(), 1, "file.heading"),
        (GOOD.encode(), 1, "file.heading"),
        (HEADING.encode(), 2, "file.no_lines"),
        (HEADING.encode() + b"\r\n", 2, "file.no_lines"),
        (f"{HEADING}\n{GOOD}\n".encode("cp1251"), 2, "file.encoding"),
    ],
)
def test_a_file_that_is_none_is_named(content: bytes, number: int, rule: str) -> None:
    """Another encoding, other columns or nothing at all: no line is guessed at."""
    found = parse(content)
    assert [(each.number, each.rule) for each in found.bad] == [(number, rule)]
    assert found.lines == []


def test_what_spreadsheets_add_changes_nothing() -> None:
    """A byte order mark, CRLF and quotes that were not needed are the same file."""
    quoted = ";".join(f'"{each}"' for each in GOOD.split(";"))
    content = f"\ufeff{HEADING}\r\n{quoted}\r\n".encode()
    assert parse(content).lines == read(GOOD)[0]


def test_a_statement_named_in_capitals_is_the_same() -> None:
    """Banks write purposes in capitals; an id is the same id."""
    (line,), _ = read(GOOD.replace(STATEMENT, STATEMENT.upper()))
    assert line.statement == UUID(STATEMENT)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever a line holds, the file is read to its end and each line is good or named."""
    content = f"{HEADING}\n{text}\n".encode(errors="replace")
    found = parse(content)
    numbers = {each.number for each in found.lines} | {each.number for each in found.bad}
    assert numbers
