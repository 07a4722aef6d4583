"""Keep the region's time: it begins in the past and moves only when the generator says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ehealth_ledger.values.time import KYIV, microseconds


@dataclass(slots=True)
class Clock:
    """Tell the simulated moment; calling it gives microseconds UTC, as the service asks for."""

    now: datetime

    def __call__(self) -> int:
        """Return the moment."""
        return microseconds(self.now)

    def reach(self, moment: datetime) -> None:
        """Move on to a moment; time never runs backwards."""
        self.now = max(self.now, moment)

    def pass_by(self, span: timedelta) -> None:
        """Let some time pass."""
        self.now += span


def at_hour(day: date, hour: int) -> datetime:
    """Return a moment of a civil day in Kyiv."""
    return datetime.combine(day, time(hour), KYIV)
