"""Read the moment that somebody names on the command line, and open a read model as of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail

if TYPE_CHECKING:
    from ehealth_ledger.settings import Databases, Settings
    from ehealth_ledger.store.notifications import Notifications
    from projections.projectors.past import FoldedPast
    from projections.read_models.database import Snapshot
    from projections.read_models.model import Model
    from projections.read_models.past import Standing

AtPosition = Annotated[
    int | None, typer.Option("--at-position", min=0, help="As of this position of the log,")
]
AtTime = Annotated[
    str | None, typer.Option("--at-time", help="or as of this moment, with its offset.")
]


def a_moment(text: str) -> datetime:
    """Read a moment with its offset; end the command where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise fail(f"{text} is no moment such as 2026-11-05T00:00:00+02:00", UNDECIDED) from None
    if moment.tzinfo is None:
        raise fail(f"{text} lacks its offset: write 2026-11-05T00:00:00+02:00", UNDECIDED)
    return moment


def a_position(notifications: Notifications, at_position: int | None, at_time: str | None) -> int:
    """Return the position that is asked about: the head where none is; end where both are."""
    from projections.projectors.replay import position_at

    if at_time is None:
        return notifications.head().position if at_position is None else at_position
    if at_position is not None:
        raise fail("give --at-position or --at-time, not both", UNDECIDED)
    return position_at(notifications, a_moment(at_time))


@dataclass(frozen=True, slots=True)
class Look:
    """Open read models as of one moment, one at a time: as they stand, or folded from the log."""

    _read_url: str
    _past: tuple[FoldedPast, Standing] | None = None

    @contextmanager
    def at(self, model: Model) -> Iterator[Snapshot]:
        """Open a model; raise Undecided where it is asked as it stands and was never built."""
        from projections.read_models.database import connect, snapshot
        from projections.read_models.past import shown

        with connect(self._read_url, name="look") as connection:
            if self._past is None:
                with snapshot(connection, model) as seen:
                    yield seen
                return
            past, standing = self._past
            documents = past.documents(model, standing.position, None)
            with shown(connection, model, past.log, standing, documents) as seen:
                yield seen


@contextmanager
def look(
    settings: Settings, urls: Databases, at_position: int | None, at_time: str | None
) -> Iterator[Look]:
    """Look at the read models now, or as of a moment; end the command where the log ends before.

    Of the past nothing of the read side is read, only the log: any read model can be asked, whether
    it was built or not.
    """
    if at_position is None and at_time is None:
        yield Look(urls.read)
        return
    from ehealth_ledger.entrypoints.reader import open_reader
    from ehealth_ledger.store.secrets import read_secret
    from projections.projectors.past import FoldedPast

    with open_reader(urls, read_secret(settings.master_key_file)) as reading:
        position = a_position(reading.notifications, at_position, at_time)
        past = FoldedPast(reading.notifications)
        try:
            standing = past.standing_at(position)
        except LookupError as fault:
            raise fail(f"{fault}: nothing was recorded up to then", UNDECIDED) from None
        yield Look(urls.read, (past, standing))
