"""Read the treasury's file of payments strictly: a line is understood whole, or named as bad.

The file is CSV in UTF-8, parted by semicolons, a line a payment, no line break within a cell; the
first line names the columns, in this order:

    reference       the bank's reference of the payment, each once
    date            the day it was paid, YYYY-MM-DD
    amount          hryvnias: 1234,56 or 1234.56 or 1234; no sign, no space, two decimals or none
    payer_edrpou    the payer's code of the state register
    provider_edrpou the provider's
    purpose         the payment's text; it names one statement by its id
    direction       paid, or returned by the provider; a file without this column holds only what
                    was paid
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeVar, get_args
from uuid import UUID

from ehealth_ledger.values.identifiers import StatementId
from ehealth_ledger.values.money import KOPIYKAS_MAX, Kopiykas

T = TypeVar("T")

Direction = Literal["paid", "returned"]
"""Which way money went: from the payer to the provider, or back."""

COLUMNS: Final = ("reference", "date", "amount", "payer_edrpou", "provider_edrpou", "purpose")
MORE_COLUMNS: Final = (*COLUMNS, "direction")
PARTED_BY: Final = ";"
REFERENCE_CHARACTERS_MAX: Final = 100
_DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
_REFERENCE: Final = re.compile(r"[^\s]+( [^\s]+)*")  # as `payment.record` takes it
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,16})(?:[.,]([0-9]{2}))?", re.ASCII)
_EDRPOU: Final = re.compile(r"[0-9]{8,10}", re.ASCII)
_STATEMENT: Final = re.compile(
    r"(?<![0-9A-Za-z-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z-])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TreasuryLine:
    """Hold one transfer as the treasury states it; `number` is its line in the file."""

    number: int
    reference: str
    day: date
    amount: Kopiykas
    payer: str  # EDRPOU
    provider: str
    statement: StatementId
    direction: Direction = "paid"


@dataclass(frozen=True, slots=True)
class BadLine:
    """Name what cannot be understood: the line, the column where it is one's, and the rule."""

    number: int
    column: str | None
    rule: str
    expected: str


@dataclass(slots=True)
class TreasuryFile:
    """Hold what was understood of a file, and what was not."""

    lines: list[TreasuryLine] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    directions: tuple[Direction, ...] = ("paid",)  # those that its columns can say


class _Wrong(Exception):  # noqa: N818 - the name is the finding
    """Carry the rule that a cell breaks, and what would keep it."""


def parse(content: bytes) -> TreasuryFile:
    """Read a file; nothing is guessed, and one bad line hides no other."""
    found = TreasuryFile()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        number = content.count(b"\n", 0, fault.start) + 1
        found.bad.append(BadLine(number, None, "file.encoding", "UTF-8"))
        return found
    heading, *rest = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    columns = next((e for e in (COLUMNS, MORE_COLUMNS) if heading == PARTED_BY.join(e)), None)
    if columns is None:
        expected = f"{PARTED_BY.join(COLUMNS)}, with or without {PARTED_BY}{MORE_COLUMNS[-1]}"
        found.bad.append(BadLine(1, None, "file.heading", expected))
        return found
    if columns == MORE_COLUMNS:
        found.directions = _DIRECTIONS
    if not rest:
        found.bad.append(BadLine(2, None, "file.no_lines", "a payment a line"))
    seen: dict[str, int] = {}
    for number, line in enumerate(rest, start=2):
        _read(found, number, line, columns, seen)
    return found


def _read(
    found: TreasuryFile, number: int, line: str, columns: tuple[str, ...], seen: dict[str, int]
) -> None:
    try:
        cells = next(csv.reader([line], delimiter=PARTED_BY, strict=True), [])
    except csv.Error:
        found.bad.append(BadLine(number, None, "line.quoting", 'quotes in pairs: "a ""b"" c"'))
        return
    if len(cells) != len(columns):
        found.bad.append(BadLine(number, None, "line.columns", f"{len(columns)} cells"))
        return
    wrong: list[BadLine] = []
    said = {"direction": "paid"} | dict(zip(columns, cells, strict=True))

    def take(column: str, reader: Callable[[str], T]) -> T | None:
        try:
            return reader(said[column])
        except _Wrong as fault:
            rule, expected = fault.args
            wrong.append(BadLine(number, column, f"{column}.{rule}", expected))
            return None

    reference, day = take("reference", _reference), take("date", _day)
    amount = take("amount", _amount)
    payer, provider = take("payer_edrpou", _edrpou), take("provider_edrpou", _edrpou)
    statement, direction = take("purpose", _statement), take("direction", _direction)
    if reference is not None and (first := seen.setdefault(reference, number)) != number:
        expected = f"a reference that line {first} does not have"
        wrong.append(BadLine(number, "reference", "reference.repeated", expected))
    found.bad.extend(wrong)
    if wrong or not (reference and day and amount and payer and provider and statement):
        return
    parties = (payer, provider)
    found.lines.append(
        TreasuryLine(number, reference, day, amount, *parties, statement, direction or "paid")
    )


def _reference(cell: str) -> str:
    if _REFERENCE.fullmatch(cell) is None or len(cell) > REFERENCE_CHARACTERS_MAX:
        expected = f"1 to {REFERENCE_CHARACTERS_MAX} characters, single spaces between words"
        raise _Wrong("malformed", expected)
    return cell


def _day(cell: str) -> date:
    if _DAY.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass  # such as 2026-02-30: wrong below like every other text
    raise _Wrong("malformed", "a day, YYYY-MM-DD")


def _amount(cell: str) -> Kopiykas:
    parts = _AMOUNT.fullmatch(cell)
    if parts is None:
        raise _Wrong("malformed", "hryvnias: 1234,56 or 1234.56 or 1234")
    kopiykas = int(parts[1]) * 100 + int(parts[2] or 0)
    if not 0 < kopiykas <= KOPIYKAS_MAX:
        raise _Wrong("out_of_range", f"from 1 to {KOPIYKAS_MAX} kopiykas")
    return Kopiykas(kopiykas)


def _edrpou(cell: str) -> str:
    if _EDRPOU.fullmatch(cell) is None:
        raise _Wrong("malformed", "8 to 10 digits")
    return cell


def _direction(cell: str) -> Direction:
    found = next((each for each in _DIRECTIONS if each == cell), None)
    if found is None:
        raise _Wrong("unknown", " or ".join(_DIRECTIONS))
    return found


def _statement(cell: str) -> StatementId:
    named = {UUID(each) for each in _STATEMENT.findall(cell)}
    if not named:
        raise _Wrong("no_statement", "the id of one statement")
    if len(named) > 1:
        raise _Wrong("several_statements", "the id of one statement")
    return StatementId(named.pop())
