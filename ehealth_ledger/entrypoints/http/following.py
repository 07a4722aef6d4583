"""Keep the read models up with the log while the service runs, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from fastapi import APIRouter

from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.notifications import Listener, Notifications

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reading:
    """Hold the read side as the service sees it: its routes, and how its read models are kept."""

    router: APIRouter
    word: str

    def state(self) -> str:
        """Say in a word how the read models are kept."""
        return self.word


@contextmanager
def following(
    notifications: Notifications, urls: Databases, on_fatal: Fatal, *, on: bool
) -> Iterator[Reading]:
    """Give the read side's routes and, where `on`, follow the log until the end."""
    from projections.projectors.catalogue import MODELS
    from projections.projectors.follower import Follower
    from projections.projectors.past import FoldedPast
    from projections.query_api.routes import router
    from projections.read_models.schema import prepare

    with closing(router(urls.read, FoldedPast(notifications))) as routes:
        reading = Reading(routes, "off")
        if not on:
            yield reading
            return
        prepare(urls.read)
        stop = threading.Event()

        def follow() -> None:
            try:
                with closing(Listener(urls.ledger)) as listener:
                    Follower(notifications, urls.read, MODELS, listener=listener).run(stop)
            except LedgerCorrupt as fault:
                on_fatal(fault)
                raise
            except Exception:  # noqa: BLE001 - reading stops loudly; commands go on being taken
                _log.critical("the read models have stopped", exc_info=True)
                reading.word = "stopped by a fault: see the log"

        thread = threading.Thread(target=follow, name="follower", daemon=True)
        reading.word = "following"
        thread.start()
        try:
            yield reading
        finally:
            stop.set()
            thread.join()
