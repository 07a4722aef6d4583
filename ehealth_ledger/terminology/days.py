"""Count the days on which a code may be used.

Most codes of a directory share their days, so equal days are one object in memory.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

Span = tuple[date, date | None]
"""A first and a last day, both included; no last day means until further notice."""

Days = tuple[Span, ...]
"""Spans in order, none touching another."""

NEVER: Final[Days] = ()
_DAY: Final = timedelta(days=1)


def include(days: Days, day: date) -> bool:
    """Tell whether a day is one of them."""
    return any(first <= day and (last is None or day <= last) for first, last in days)


@lru_cache(maxsize=4096)
def since(days: Days, first_day: date) -> Days:
    """Add every day from one on."""
    kept = [span for span in days if span[1] is not None and span[1] < first_day - _DAY]
    joined = [span[0] for span in days if span not in kept]
    return (*kept, (min([first_day, *joined]), None))


@lru_cache(maxsize=4096)
def until(days: Days, day: date) -> Days:
    """Take away a day and every later one."""
    return tuple(
        (first, day - _DAY if last is None or last >= day else last)
        for first, last in days
        if first < day
    )


def written(days: Days) -> str:
    """Write the days for a person."""
    if not days:
        return "never"
    return ", ".join(
        f"from {first}" if last is None else f"{first} to {last}" for first, last in days
    )
