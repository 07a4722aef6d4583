"""Judge what is published in the place of something earlier: no day is lost, none told twice."""

from __future__ import annotations

from datetime import date, timedelta

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Command

_DAY = timedelta(days=1)


def last_day_left(
    case: Case[Command],
    held: tuple[date, date] | None,
    first_day: date,
    last_day: date,
    *,
    over: str,
    gap: str,
) -> date | None:
    """Return the last day on which what is replaced still holds; None where it holds on none.

    `held` are the days that it has left. Refuse with `over` where they end before the new days
    begin, and with `gap` where they go on after the new days end.
    """
    if held is None or held[1] < first_day:
        ended = "on no day any more" if held is None else f"up to {held[1]}"
        expected = "what holds on the first day or later"
        case.refuse(over, "$.resource.replaces", holds=ended, expected=expected)
        return None
    case.require(held[1] <= last_day, gap, "$.resource.last_day", expected=f"{held[1]} or later")
    return first_day - _DAY if held[0] < first_day else None
