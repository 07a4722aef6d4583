"""Follow the log: keep read models current, batch by batch, for as long as the process lives."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Final

import psycopg

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.notifications import Notification, Place
from projections.projectors.catalogue import MODELS
from projections.projectors.source import BATCH_RECORDS, Log, Waiting
from projections.projectors.writer import Writer
from projections.read_models.checkpoint import Checkpoint, Overtaken
from projections.read_models.database import connect

POLL_S: Final = 0.25
RECONNECT_S: Final = 1.0

_LOGGER: Final = logging.getLogger(__name__)


class Follower:
    """Apply new records to models, each record once, whoever else is running.

    Models at the same position share one reading of the log. A record that a projector cannot fold
    stops the follower with an error that names the model; nothing is skipped, and what was
    committed before stays. Whoever wants the other models to go on starts a follower without that
    one.
    """

    def __init__(
        self,
        notifications: Log,
        read_url: str,
        models: Iterable[str],
        *,
        listener: Waiting | None = None,
    ) -> None:
        self._notifications = notifications
        self._url = read_url
        self._projectors = [MODELS[name] for name in models]
        self._listener = listener

    def run(self, stop: Event) -> None:
        """Follow until told to stop; wake up on an announced commit, or after `POLL_S` without one.

        A lost database is waited for: what was not committed is read again.
        """
        while not stop.is_set():
            try:
                with self._writers() as writers:
                    self._follow(writers, stop)
            except psycopg.OperationalError as fault:
                _LOGGER.warning("a database is away, trying again: %s", fault)
                stop.wait(RECONNECT_S)

    def catch_up(self) -> int:
        """Apply everything up to where the log ends now; return the position reached by all."""
        head = self._notifications.head().position
        with self._writers() as writers:
            position = _lowest(writers)
            while position < head and self._step(writers):
                position = _lowest(writers)
        return position

    @contextmanager
    def _writers(self) -> Iterator[list[Writer]]:
        with connect(self._url, name="follower") as connection:
            writers = [Writer(connection, projector) for projector in self._projectors]
            for writer in writers:
                check_place(self._notifications, writer.checkpoint())
            yield writers

    def _follow(self, writers: Sequence[Writer], stop: Event) -> None:
        while not stop.is_set():
            if self._step(writers):
                continue
            if self._listener is None:
                stop.wait(POLL_S)
            else:
                self._listener.wait(POLL_S)

    def _step(self, writers: Sequence[Writer]) -> bool:
        """Move the models furthest behind on by a batch; tell whether there was one."""
        # Read anew each time: a rebuild, or another follower, may have moved a checkpoint.
        checkpoints = [writer.checkpoint() for writer in writers]
        positions = sorted({each.position for each in checkpoints})
        if not positions:
            return False
        behind = positions[0]
        due = [
            (writer, each)
            for writer, each in zip(writers, checkpoints, strict=True)
            if each.position == behind
        ]
        place = place_of(self._notifications, due[0][1])
        batch = self._notifications.read(
            place, BATCH_RECORDS, upto=positions[1] if len(positions) > 1 else None
        )
        if not batch:
            return False
        for writer, _ in due:
            _apply(writer, place, batch)
        return True


def _apply(writer: Writer, place: Place, batch: Sequence[Notification]) -> None:
    try:
        writer.apply(place, batch)
    except Overtaken as moved:
        # Another runner applied this very batch; both go on from where the checkpoint stands now.
        _LOGGER.info("%s", moved)
    except Exception as fault:
        fault.add_note(f"{writer.model} stopped in {place.position + 1} to {batch[-1].position}")
        raise


def _lowest(writers: Sequence[Writer]) -> int:
    return min((writer.checkpoint().position for writer in writers), default=0)


def place_of(notifications: Log, found: Checkpoint) -> Place:
    """Return the place a checkpoint stands at."""
    if found.position == 0:
        return notifications.beginning()
    return Place(found.position, found.chain_value)


def check_place(notifications: Log, found: Checkpoint) -> None:
    """Check that the log still holds the record a model read last.

    Raise LedgerCorrupt where it does not: the log was cut or replaced after it was read.
    """
    try:
        there = notifications.place_at(found.position)
    except LookupError as fault:
        raise LedgerCorrupt(
            "position.missing", found.log, found.position, f"{found.model} has read it"
        ) from fault
    if there != place_of(notifications, found):
        raise LedgerCorrupt(
            "link.broken", found.log, found.position, f"{found.model} has read another record"
        )
