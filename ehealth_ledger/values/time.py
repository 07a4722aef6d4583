"""Keep one notion of time: UTC microseconds for moments, Europe/Kyiv for civil days and months."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final, NewType
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, WithJsonSchema

KYIV: Final = ZoneInfo("Europe/Kyiv")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)
_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
YEAR_MIN: Final = 1800
YEAR_MAX: Final = 2999  # leaves room for every zone's shift


def _written_as_instant(value: object) -> object:
    if not isinstance(value, str):
        return value  # a moment already, or for the type itself to refuse
    if _INSTANT.fullmatch(value) is None:
        raise ValueError("a moment is written YYYY-MM-DDThh:mm:ss with its offset")
    return datetime.fromisoformat(value)


def _within_reach(value: datetime) -> datetime:
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        raise ValueError(f"a moment lies in the years {YEAR_MIN} to {YEAR_MAX}")
    return value


Instant = Annotated[
    AwareDatetime, BeforeValidator(_written_as_instant), AfterValidator(_within_reach)
]
"""A moment with its offset, as FHIR `instant`: no other spelling, and every zone can express it."""


def microseconds(moment: datetime) -> int:
    """Count the microseconds from the Unix epoch to an aware moment, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the UTC moment that many microseconds after the Unix epoch."""
    return _EPOCH + timedelta(0, 0, count)


@lru_cache(maxsize=1024)
def kyiv_day(moment: datetime) -> date:
    """Return the civil day of a moment in Kyiv; a batch's laws ask it of one moment many times."""
    return moment.astimezone(KYIV).date()


def day_begins(day: date) -> int:
    """Return when a civil day begins in Kyiv, microseconds UTC."""
    return microseconds(datetime.combine(day, datetime.min.time(), KYIV))


def birthday(birth_date: date, age: int) -> date:
    """Return the civil day on which somebody reaches an age.

    Who was born on 29 February reaches it on the last day of February (Civil Code, article 254: a
    term whose last month lacks the day ends with that month).
    """
    year = birth_date.year + age
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def age_on(birth_date: date, day: date) -> int:
    """Return how many whole years old somebody is on a civil day."""
    age = day.year - birth_date.year
    return age if birthday(birth_date, age) <= day else age - 1


def ages_from(birth_date: date) -> date:
    """Return the first of a month that stands for a birth date wherever only first days count.

    Whoever was born within a month is on every first of a month as old as if born on the next
    month's first day. So what is kept for a monthly count need not be a birth date.
    """
    return month_begins(birth_date)


def _month(value: str) -> str:
    if _MONTH.fullmatch(value) is None:
        raise ValueError("a month is written YYYY-MM")
    return value


Month = NewType(
    "Month",
    Annotated[
        str,
        AfterValidator(_month),
        WithJsonSchema({"type": "string", "pattern": f"^{_MONTH.pattern}$"}),
    ],
)
"""A civil month in Kyiv, `YYYY-MM`: the period of a statement."""


def month_of(day: date) -> Month:
    """Return the month a civil day lies in."""
    return Month(f"{day.year:04}-{day.month:02}")


def next_month(month: Month) -> Month:
    """Return the month that follows."""
    year, number = int(month[:4]), int(month[5:])
    return Month(f"{year + number // 12:04}-{number % 12 + 1:02}")


def first_day(month: Month) -> date:
    """Return the day a month begins on."""
    return date(int(month[:4]), int(month[5:]), 1)


def last_day(month: Month) -> date:
    """Return the day a month ends with."""
    return first_day(next_month(month)) - _DAY


def month_begins(day: date) -> date:
    """Return the first day of a month that is not before a day."""
    month = month_of(day)
    return day if day.day == 1 else first_day(next_month(month))


def first_days(first: date, last: date) -> Iterator[date]:
    """Give the first days of months that lie between two days, both included."""
    day = month_begins(first)
    while day <= last:
        yield day
        day = first_day(next_month(month_of(day)))
