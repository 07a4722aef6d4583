"""Read a moment that somebody names on the command line."""

from __future__ import annotations

from datetime import datetime

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail


def a_moment(text: str) -> datetime:
    """Read a moment with its offset; end the command where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise fail(f"{text} is no moment such as 2026-11-05T00:00:00+02:00", UNDECIDED) from None
    if moment.tzinfo is None:
        raise fail(f"{text} lacks its offset: write 2026-11-05T00:00:00+02:00", UNDECIDED)
    return moment
