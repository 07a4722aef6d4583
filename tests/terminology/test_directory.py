"""A directory keeps what was in force on each day, whatever is published and retired later."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ehealth_ledger.terminology.days import NEVER, Days, include, since, until, written
from ehealth_ledger.terminology.directory import Directory

_FILE = Path("shared") / "data" / "ehealth-dictionaries.json"
_BESIDE = Path(__file__).parents[3:5]  # beside the project, or beside the folder it lies in
FIRST = date(2026, 1, 1)
_DAYS = [FIRST + timedelta(days=n) for n in range(30)]
_changes = some.lists(
    some.tuples(some.sampled_from(["since", "until"]), some.sampled_from(_DAYS)), max_size=8
)


def _applied(changes: list[tuple[str, date]]) -> Days:
    days = NEVER
    for kind, day in changes:
        days = since(days, day) if kind == "since" else until(days, day)
    return days


@given(_changes)
def test_days_are_what_a_calendar_says(changes: list[tuple[str, date]]) -> None:
    """Spans agree with a calendar in which every day is ticked by hand."""
    ticked = dict.fromkeys(_DAYS, False)
    for kind, day in changes:
        ticked.update({each: kind == "since" for each in _DAYS if each >= day})
    days = _applied(changes)
    assert {each: include(days, each) for each in _DAYS} == ticked


@given(_changes)
def test_spans_ascend_and_never_touch(changes: list[tuple[str, date]]) -> None:
    """One set of days has one form, so equal days can be one object."""
    days = _applied(changes)
    for (_, last), (first, _) in pairwise(days):
        assert last is not None
        assert last + timedelta(days=1) < first
    assert all(last is None or first <= last for first, last in days)


def test_days_are_written_for_people() -> None:
    """Evidence says when a code is in force."""
    assert written(NEVER) == "never"
    ended = until(since(NEVER, FIRST), date(2026, 1, 10))
    assert written(ended) == "2026-01-01 to 2026-01-09"
    assert written(since(ended, date(2026, 2, 1))) == "2026-01-01 to 2026-01-09, from 2026-02-01"


def test_a_retired_code_stays_in_force_on_past_days() -> None:
    """An act of the day before is judged by what was in force then."""
    directory = Directory("s").published("1", FIRST, ["A"], ["B"]).retired(["A"], date(2026, 1, 5))
    assert directory.has("A", date(2026, 1, 4))
    assert not directory.has("A", date(2026, 1, 5))
    assert directory.knows("B")
    assert not directory.has("B", FIRST)
    again = directory.published("2", date(2026, 2, 1), ["A"], [])
    assert not again.has("A", date(2026, 1, 31))
    assert again.has("A", date(2026, 2, 1))
    assert again.versions == {"1": FIRST, "2": date(2026, 2, 1)}


def test_publishing_changes_no_earlier_state() -> None:
    """A state is a value: whoever holds the one before sees what was before."""
    before = Directory("s").published("1", FIRST, ["A"], [])
    before.published("1", FIRST, ["B"], [])
    before.retired(["A"], FIRST)
    assert before.has("A", FIRST)
    assert not before.knows("B")


def test_codes_written_alike_are_found_by_a_few_tries() -> None:
    """A padded, a shortened and a lower-case code lead to the one that is meant."""
    directory = Directory("s").published("1", FIRST, ["I10", "I20.0", "I20.9", "A00.0"], [])
    assert directory.neighbours("i10", FIRST) == ["I10"]
    assert directory.neighbours("I10.0", FIRST) == ["I10"]
    assert directory.neighbours("I20", FIRST) == ["I20.0", "I20.9"]
    assert directory.neighbours("A00.00", FIRST) == ["A00.0"]
    assert directory.neighbours("", FIRST) == []
    assert directory.neighbours("I20", date(2025, 12, 31)) == []


@pytest.fixture(scope="module")
def dictionaries() -> dict[str, Any]:
    found = [folder / _FILE for folder in _BESIDE if (folder / _FILE).exists()]
    if not found:
        pytest.skip(f"the public dictionaries are not at hand: no {_FILE} beside the project")
    loaded: dict[str, Any] = json.loads(found[0].read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("eHealth/ICD10/condition_codes", 9530),
        ("eHealth/ICPC2/condition_codes", 686),
        ("eHealth/ICPC2/reasons", 1318),
    ],
)
def test_real_dictionaries_fit(dictionaries: dict[str, Any], name: str, count: int) -> None:
    """A whole directory is held in little memory: its codes share their days."""
    codes = list(dictionaries[name])
    directory = Directory(name)
    for part in (codes[: count // 2], codes[count // 2 :]):
        directory = directory.published("2019", FIRST, part, [])
    assert len(directory.codes) == count
    assert all(directory.has(code, FIRST) for code in codes)
    assert len({id(days) for days in directory.codes.values()}) == 1
    held = sys.getsizeof(directory.codes) + sum(map(sys.getsizeof, directory.codes))
    assert held < 200 * count


def test_a_real_padded_code_is_suggested(dictionaries: dict[str, Any]) -> None:
    """The codes of 2019 are padded to five signs: who sends WHO's four is told."""
    codes = list(dictionaries["eHealth/ICD10/condition_codes"])
    directory = Directory("s").published("2019", FIRST, codes, [])
    assert directory.neighbours("I49.9", FIRST) == ["I49.90"]
