"""Hold a span of civil days, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
