"""Name what a projector asks of the door to the log, so that a test can stand in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from ehealth_ledger.store.notifications import Notification, Place

BATCH_RECORDS: Final = 5_000

Progress = Callable[[int, int], None]
"""Called with records done and records in all."""


class Head(Protocol):
    """Say where a log ends."""

    @property
    def position(self) -> int:
        """Return the last position; 0 before the first record."""


class Log(Protocol):
    """Read one log in order; `store.notifications.Notifications` is the real one."""

    @property
    def log(self) -> str:
        """Name the log."""

    def head(self) -> Head:
        """Return where the log ends now."""

    def beginning(self) -> Place:
        """Return the place before the first record."""

    def place_at(self, position: int) -> Place:
        """Return the place after a position; raise LookupError where the log does not reach it."""

    def standing_at(self, position: int) -> tuple[bytes, int]:
        """Return a record's chain value and time (microseconds UTC); raise LookupError as above."""

    def position_at(self, moment_us: int) -> int:
        """Return the last position recorded at or before a moment (microseconds UTC)."""

    def read(self, after: Place, limit: int, *, upto: int | None = None) -> Sequence[Notification]:
        """Read at most `limit` records after a place, checked, none beyond `upto`."""


class Waiting(Protocol):
    """Wait for the next commit; `store.notifications.Listener` is the real one."""

    def wait(self, timeout_s: float) -> bool:
        """Wait at most `timeout_s`; tell whether a commit was announced."""


def place_after(notification: Notification) -> Place:
    """Return the place of a reader who has read this record."""
    return Place(notification.position, notification.chain_value)


def batches(
    notifications: Log, position: int, progress: Progress, *, after: int = 0
) -> Iterator[Sequence[Notification]]:
    """Read the log to a position, from its beginning or after another position.

    Raise LookupError where it ends before.
    """
    place = notifications.place_at(after)
    while place.position < position:
        batch = notifications.read(place, BATCH_RECORDS, upto=position)
        if not batch:
            raise LookupError(f"{notifications.log} has no position {position}")
        yield batch
        place = place_after(batch[-1])
        progress(place.position, position)
