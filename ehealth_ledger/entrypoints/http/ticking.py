"""Do what is due while the service runs, every so often; say how that goes."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.http.beside import Beside, beside
from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.intake.tick import Scheduler
from ehealth_ledger.settings import Databases, Settings

_log = logging.getLogger(__name__)


def ticking(settings: Settings, urls: Databases, on_fatal: Fatal) -> AbstractContextManager[Beside]:
    """Run the scheduler every `EHEALTH_TICK_SECONDS` until the end; 0 runs none.

    What is due stays due: whatever stands in the way, it is done once that is gone.
    """
    if not settings.tick_seconds:
        return nullcontext(Beside("off"))

    def tick(told: Beside) -> None:
        with bootstrap.scheduling(settings, urls) as scheduler:
            told.word = "done as they fall due"
            while not told.stop.wait(settings.tick_seconds):
                told.word = _once(scheduler)

    ended = "what is due is no longer done: see `tick`"
    return beside("ticker", tick, on_fatal, word="starting", ended=ended)


def _once(scheduler: Scheduler) -> str:
    """Do what is due by now; say in words how that went."""
    done = scheduler.run(scheduler.now())
    left = len(done.refused) + len(done.undecided)
    if done.recorded or left:
        _log.info("done by itself: %s, still due: %s", done.recorded, left)
    return f"{left} could not be done: see `tick`" if left else "done as they fall due"
