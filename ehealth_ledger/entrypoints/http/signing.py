"""Sign checkpoints while the service runs, on a thread of its own; say how that goes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.batch import read_head
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.ledger import RECORDS
from ehealth_ledger.store.secrets import SecretUnusable
from ehealth_ledger.store.signer import AnotherSigns, Signer, SignerRefused
from ehealth_ledger.store.super_log import SuperSigner

LOOK_EVERY_S: Final = 0.25

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Signing:
    """Say in words how the signing of checkpoints stands."""

    word: str = "off"

    def state(self) -> str:
        """Say it."""
        return self.word


@contextmanager
def signing(settings: Settings, urls: Databases, on_fatal: Fatal) -> Iterator[Signing]:
    """Sign a checkpoint when it is time, until the end.

    It is time every `EHEALTH_CHECKPOINT_SECONDS` where something was added, or after
    `EHEALTH_CHECKPOINT_RECORDS` records; one of the super-log over it follows at once. A log that
    does not go on from what was signed ends the signing, loudly; commands go on being taken.
    """
    told = Signing()
    if not settings.checkpoint_seconds:
        yield told
        return
    try:
        ledger = bootstrap.ledger_id(urls.ledger)
        signer = bootstrap.signer(settings, ledger)
        over = bootstrap.super_signer(settings, ledger)
    except SecretUnusable as fault:
        told.word = "off: the key of checkpoints is missing or unusable"
        _log.warning("no checkpoints are signed: %s", fault)
        yield told
        return
    stop = threading.Event()

    def sign() -> None:
        try:
            _Rounds(settings, urls, signer, over, told).run(stop)
        except SignerRefused as fault:
            told.word = f"refused: {fault}"
            state = settings.checkpoint_state_file
            _log.critical("no checkpoint is signed any more: %s (state file %s)", fault, state)
        except LedgerCorrupt as fault:
            told.word = "stopped: the ledger is damaged"
            on_fatal(fault)
            raise
        except Exception:  # noqa: BLE001 - signing stops loudly; commands go on being taken
            told.word = "stopped by a fault: see the log"
            _log.critical("no checkpoint is signed any more", exc_info=True)

    thread = threading.Thread(target=sign, name="signer", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()


class _Rounds:
    """Look at the head again and again, and sign when it is time."""

    def __init__(
        self,
        settings: Settings,
        urls: Databases,
        signer: Signer,
        over: SuperSigner,
        told: Signing,
    ) -> None:
        self._settings = settings
        self._urls = urls
        self._signer = signer
        self._over = over
        self._told = told
        self._size = -1  # signed last; -1 before the first look
        self._signed_at = -float(settings.checkpoint_seconds)  # of the monotonic clock

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with closing(
                    connect(
                        self._urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer", name="signer"
                    )
                ) as connection:
                    while not stop.is_set():
                        self._round(connection)
                        stop.wait(LOOK_EVERY_S)
                    self._sign(connection)  # the next start signs what comes after
            except psycopg.OperationalError as fault:
                self._told.word = "waiting for the database"
                _log.warning("the database is away, trying again: %s", type(fault).__name__)
                stop.wait(1)

    def _round(self, connection: psycopg.Connection) -> None:
        added = read_head(connection.cursor(), RECORDS).position - self._size
        is_time = time.monotonic() - self._signed_at >= self._settings.checkpoint_seconds
        if added and (is_time or added >= self._settings.checkpoint_records):
            self._sign(connection)

    def _sign(self, connection: psycopg.Connection) -> None:
        try:
            note = self._signer.sign(connection)
            if note is not None:
                self._over.sign_over(connection, [note])
        except AnotherSigns:
            self._told.word = "left to another process of this machine"
            return
        self._told.word = "signing"
        self._size = 0 if note is None else Checkpoint.parse(note.text).size
        self._signed_at = time.monotonic()
