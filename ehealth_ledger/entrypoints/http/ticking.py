"""Do what is due while the service runs, every so often, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.intake.tick import Scheduler
from ehealth_ledger.settings import Databases, Settings

_log = logging.getLogger(__name__)


@contextmanager
def ticking(settings: Settings, urls: Databases, on_fatal: Fatal) -> Iterator[None]:
    """Run the scheduler every `EHEALTH_TICK_SECONDS` until the end; 0 runs none."""
    if not settings.tick_seconds:
        yield
        return
    stop = threading.Event()

    def tick() -> None:
        try:
            with bootstrap.scheduling(settings, urls) as scheduler:
                while not stop.wait(settings.tick_seconds):
                    _once(scheduler)
        except LedgerCorrupt as fault:
            on_fatal(fault)
            raise
        except Exception:  # noqa: BLE001 - what is due stays due; commands go on being taken
            _log.critical("what is due is no longer done: see `tick`", exc_info=True)

    thread = threading.Thread(target=tick, name="ticker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _once(scheduler: Scheduler) -> None:
    try:
        done = scheduler.run(scheduler.now())
    except psycopg.OperationalError as fault:
        _log.warning("a database is away, trying again: %s", type(fault).__name__)
        return
    if done.recorded or done.refused or done.undecided:
        left = len(done.refused) + len(done.undecided)
        _log.info("done by itself: %s, still due: %s", done.recorded, left)
