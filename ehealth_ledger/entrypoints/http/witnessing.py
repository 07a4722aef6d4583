"""Collect cosignatures while the service runs, on a thread of its own; say how that goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import httpx
import psycopg

from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.super_log import SUPER, is_super
from ehealth_ledger.entrypoints.cosigning import ANSWER_S_MAX, Collector
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.ledger import RECORDS

ASK_EVERY_S: Final = 1.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Witnessing:
    """Say in words how far the witnesses are."""

    word: str = "none: the checkpoints' own key is all there is to believe"

    def state(self) -> str:
        """Say it."""
        return self.word


@contextmanager
def witnessing(
    policy: Policy | None, urls: Databases, on_fatal: Callable[[BaseException], None]
) -> Iterator[Witnessing]:
    """Ask the witnesses of a policy again and again, until the end; without one, ask nobody."""
    told = Witnessing()
    if policy is None:
        yield told
        return
    stop = threading.Event()

    def ask(wanted: Policy) -> None:
        try:
            with httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as http:
                collectors = {
                    log: Collector(wanted, log, http)
                    for log in (RECORDS, SUPER)
                    if log == RECORDS or any(is_super(each.key.name) for each in wanted.logs)
                }
                while not stop.is_set():
                    _ask_while_connected(collectors, urls, stop, told)
                    stop.wait(ASK_EVERY_S)
        except LedgerCorrupt as fault:
            told.word = "stopped: the ledger is damaged"
            on_fatal(fault)
            raise
        except Exception:  # noqa: BLE001 - asking stops loudly; commands go on being taken
            told.word = "stopped by a fault: see the log"
            _log.critical("no cosignatures are collected any more", exc_info=True)

    told.word = "being asked"
    thread = threading.Thread(target=ask, args=(policy,), name="witnesses", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()


def _ask_while_connected(
    collectors: Mapping[str, Collector], urls: Databases, stop: threading.Event, told: Witnessing
) -> None:
    try:
        with closing(
            connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer", name="witnesses")
        ) as connection:
            while not stop.is_set():
                words = {log: each.collect(connection) for log, each in collectors.items()}
                told.word = words.pop(RECORDS)
                for log, word in words.items():
                    told.word += f"; {log}: {word}"
                stop.wait(ASK_EVERY_S)
    except psycopg.OperationalError as fault:
        told.word = "waiting for the database"
        _log.warning("the database is away, trying again: %s", type(fault).__name__)
