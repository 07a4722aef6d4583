"""Keep one notion of time: UTC microseconds for moments, Europe/Kyiv for civil days and months."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, NewType
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

KYIV: Final = ZoneInfo("Europe/Kyiv")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def microseconds(moment: datetime) -> int:
    """Count the microseconds from the Unix epoch to an aware moment, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the UTC moment that many microseconds after the Unix epoch."""
    return _EPOCH + timedelta(microseconds=count)


def kyiv_day(moment: datetime) -> date:
    """Return the civil day of a moment in Kyiv."""
    return moment.astimezone(KYIV).date()


def _month(value: str) -> str:
    if _MONTH.fullmatch(value) is None:
        raise ValueError("a month is written YYYY-MM")
    return value


Month = NewType("Month", Annotated[str, AfterValidator(_month)])
"""A civil month in Kyiv, `YYYY-MM`: the period of a statement."""


def month_of(day: date) -> Month:
    """Return the month a civil day lies in."""
    return Month(f"{day.year:04}-{day.month:02}")


def next_month(month: Month) -> Month:
    """Return the month that follows."""
    year, number = int(month[:4]), int(month[5:])
    return Month(f"{year + number // 12:04}-{number % 12 + 1:02}")
