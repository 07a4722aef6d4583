"""What a check sets aside on the disk comes back as it was put there."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehealth_ledger.store.fsck.shelves import PRINTS_AT_ONCE, Prints, RowsInForce
from ehealth_ledger.store.indexes.index import Index, Key, Row

PAIRS = Index("pairs", ("id", "name", "amount"), key_columns=2, grows_only=False)
SPANS = Index("spans", ("id", "first_day", "last_day"), key_columns=2, grows_only=False)
OTHER = Index("other", ("id",), grows_only=False)
IDS = st.integers(0, 3).map(lambda number: UUID(int=number))
NAMES = st.sampled_from(["", "a", "ab", "a b", "ї", "￿", "1"])


@pytest.mark.parametrize("at_once", [1, 3, 100])
@given(
    steps=st.lists(st.tuples(st.sampled_from(["put", "drop", "drop all"]), IDS, NAMES), max_size=40)
)
def test_rows_come_and_go_as_in_a_dictionary(
    at_once: int, steps: list[tuple[str, UUID, str]]
) -> None:
    """A drop by the beginning of a key takes what begins so, and nothing of another table."""
    held, rows = dict[Key, tuple[Row, int]](), RowsInForce(at_once)
    rows.put(OTHER, (UUID(int=1),), 9)
    for position, (step, number, name) in enumerate(steps):
        if step == "put":
            row = (number, name, position)
            held[number, name] = row, position
            rows.put(PAIRS, row, position)
            continue
        by: Key = (number, name) if step == "drop" else (number,)
        for key in PAIRS.dropped(by, held):
            del held[key]
        rows.drop(PAIRS, by)
    first = next(iter(held.values()), None)
    if first is not None:
        assert rows.take(PAIRS, first[0]) == held.pop(PAIRS.key(first[0]))
        assert rows.take(PAIRS, first[0]) is None
    assert sorted(rows.left(PAIRS)) == sorted(held.values())
    assert list(rows.left(OTHER)) == [((UUID(int=1),), 9)]


@pytest.mark.parametrize("at_once", [1, 3, 100])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["put", "end"]), IDS, st.integers(1, 9), st.integers(1, 9)),
        max_size=40,
    )
)
def test_rows_end_as_in_a_dictionary(at_once: int, steps: list[tuple[str, UUID, int, int]]) -> None:
    """An end keeps no day after it; the rows it changes are the ending fact's from then on."""
    held, rows = dict[Key, tuple[Row, int]](), RowsInForce(at_once)
    for position, (step, number, first, last) in enumerate(steps):
        if step == "put":
            row = (number, date(2026, 1, first), date(2026, 1, max(first, last)))
            held[row[:2]] = row, position
            rows.put(SPANS, row, position)
            continue
        day = date(2026, 1, first)
        for key in SPANS.dropped((number,), held):
            row, at = held.pop(key)
            if row[1] <= day:
                held[key] = (row, at) if row[2] <= day else ((*row[:2], day), position)
        rows.end(SPANS, (number,), day, position)
    assert sorted(rows.left(SPANS)) == sorted(held.values())


def test_prints_are_counted_however_many_there_are() -> None:
    """Those on the disk and those not yet there, negative ones and doubles."""
    prints, kept = Prints(), Counter[int]()
    for number in range(2 * PRINTS_AT_ONCE + 5):
        print_ = (number // 2) * (-1) ** number
        prints.append(print_)
        kept[print_] += 1
    assert prints.counted() == kept
