"""Run something beside the commands, on a thread of its own, until the end; say how it stands."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg

from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.connections import RoleLacking

AGAIN_S: Final = 1.0  # after a database was away

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Beside:
    """Hold what runs beside the commands as others see it: a word for how it stands.

    What runs keeps the word and ends soon after `stop` is set.
    """

    word: str
    stop: threading.Event = field(default_factory=threading.Event)


Run = Callable[[Beside], None]
"""Do one's work until told to stop; raise psycopg.OperationalError where a database is away."""


@contextmanager
def beside(name: str, run: Run, on_fatal: Fatal, *, word: str, ended: str) -> Iterator[Beside]:
    """Run it on a thread of that name, and stop it at the end.

    A database that is away is waited for, and the work begun again. Damage ends the process. Any
    other fault ends the work alone, loudly, with what `ended` says: commands go on being taken.
    """
    told = Beside(word)

    def work() -> None:
        try:
            while not told.stop.is_set() and not _done(run, told):
                told.stop.wait(AGAIN_S)
        except LedgerCorrupt as fault:
            told.word = "stopped: the ledger is damaged"
            on_fatal(fault)
            raise
        except RoleLacking as fault:
            told.word = f"stopped: {fault}"
            _log.critical("%s: %s", ended, fault)
        except Exception:  # noqa: BLE001 - it stops loudly; commands go on being taken
            told.word = "stopped by a fault: see the log"
            _log.critical(ended, exc_info=True)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.stop.set()
        thread.join()


def _done(run: Run, told: Beside) -> bool:
    """Tell whether the work came to its end, and not upon a database that is away."""
    try:
        run(told)
    except psycopg.OperationalError as fault:
        told.word = "waiting for the database"
        _log.warning("a database is away, trying again: %s", type(fault).__name__)
        return False
    return True
