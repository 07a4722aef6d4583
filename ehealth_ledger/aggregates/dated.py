"""Hold what holds from a day on, until a later day says otherwise."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Dated(Generic[V]):
    """Hold a history of values, each from its first day on; days ascend, values match them."""

    days: tuple[date, ...] = ()
    values: tuple[V, ...] = ()

    def on(self, day: date) -> V | None:
        """Return the value in force on a day; None before the first."""
        at = bisect_right(self.days, day)
        return self.values[at - 1] if at else None

    def since(self, first_day: date, value: V) -> Dated[V]:
        """Return the history with a value from a day on; one of the same day is replaced."""
        at = bisect_right(self.days, first_day)
        kept = at - 1 if at and self.days[at - 1] == first_day else at
        return Dated(
            (*self.days[:kept], first_day, *self.days[at:]),
            (*self.values[:kept], value, *self.values[at:]),
        )

    def anew(self, first_day: date, value: V) -> Dated[V]:
        """Return the history with a value from a day on, whatever was said of later days."""
        kept = bisect_left(self.days, first_day)
        return Dated((*self.days[:kept], first_day), (*self.values[:kept], value))

    def between(self, first_day: date, last_day: date) -> tuple[V, ...]:
        """Return the values that are in force on one of these days, in order."""
        begun = max(bisect_right(self.days, first_day) - 1, 0)
        return self.values[begun : bisect_right(self.days, last_day)]
