"""Hold spans of civil days, both ends included, and what is in force between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Days:
    """Bound a span of days."""

    first: date
    last: date

    def contain(self, day: date) -> bool:
        """Tell whether a day lies within."""
        return self.first <= day <= self.last

    def until(self, day: date) -> Days | None:
        """Return those of the days that come no later than one; None where there are none."""
        return Days(self.first, min(self.last, day)) if self.first <= day else None

    def overlap(self, first: date, last: date) -> bool:
        """Tell whether one of these days lies within."""
        return self.first <= last and first <= self.last


class InForce(Generic[K, V]):
    """Hold what is in force between two days, each under its id, until a later one ends it."""

    def __init__(self) -> None:
        self._held: dict[K, tuple[Days, V]] = {}

    def put(self, key: K, value: V, first: date, last: date | None) -> None:
        """Put something in force; without a last day it was replaced for all its days."""
        if last is not None:
            self._held[key] = Days(first, last), value

    def end(self, key: K, last: date | None) -> None:
        """Let something hold up to a day, or on none; what was not asked for is not here."""
        held = self._held.pop(key, None)
        if held is not None:
            days, value = held
            self.put(key, value, days.first, last)

    def on(self, day: date) -> Iterator[V]:
        """Give what is in force on a day."""
        return (value for days, value in self._held.values() if days.contain(day))

    def days_of(self, key: K) -> tuple[date, date] | None:
        """Return the first and the last day on which something holds; None where there is none."""
        held = self._held.get(key)
        return None if held is None else (held[0].first, held[0].last)

    def overlap(self, first: date, last: date, *, apart_from: K | None = None) -> bool:
        """Tell whether anything else is in force on one of these days."""
        return any(
            days.overlap(first, last) for key, (days, _) in self._held.items() if key != apart_from
        )
