"""Sign checkpoints while the service runs; say how that goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Set
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Final

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.http.beside import Beside, beside
from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.entrypoints.reader import ledger_id
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.batch import read_head
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.secrets import SecretUnusable
from ehealth_ledger.store.signer import AnotherSigns, Signer, SignerRefused
from ehealth_ledger.store.super_log import SuperSigner

LOOK_EVERY_S: Final = 0.25

_log = logging.getLogger(__name__)


def signing(settings: Settings, urls: Databases, on_fatal: Fatal) -> AbstractContextManager[Beside]:
    """Sign a checkpoint when it is time, until the end.

    It is time every `EHEALTH_CHECKPOINT_SECONDS` where something was added, or after
    `EHEALTH_CHECKPOINT_RECORDS` records; one of the super-log over it follows at once. A log that
    does not go on from what was signed ends the signing, loudly; commands go on being taken.
    """
    if not settings.checkpoint_seconds:
        return nullcontext(Beside("off"))
    try:
        ledger = ledger_id(urls.ledger)
        signer = bootstrap.signer(settings, ledger)
        over = bootstrap.super_signer(settings, ledger)
    except SecretUnusable as fault:
        _log.warning("no checkpoints are signed: %s", fault)
        return nullcontext(Beside("off: the key of checkpoints is missing or unusable"))

    def sign(told: Beside) -> None:
        try:
            with closing(
                connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer", name="signer")
            ) as connection:
                _Rounds(settings, connection, signer, over, told).run()
        except SignerRefused as fault:
            told.word = f"refused: {fault}"
            state = settings.checkpoint_state_file
            _log.critical("no checkpoint is signed any more: %s (state file %s)", fault, state)

    return beside(
        "signer", sign, on_fatal, word="starting", ended="no checkpoint is signed any more"
    )


class _Rounds:
    """Look at the head again and again, and sign when it is time; at once the first time."""

    def __init__(
        self,
        settings: Settings,
        connection: psycopg.Connection,
        signer: Signer,
        over: SuperSigner,
        told: Beside,
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._over = over
        self._connection = connection
        self._told = told
        self._size = -1  # signed last; -1 before the first look
        self._signed_at = -float(settings.checkpoint_seconds)  # of the monotonic clock

    def run(self) -> None:
        while not self._told.stop.is_set():
            self._round()
            self._told.stop.wait(LOOK_EVERY_S)
        self._sign()  # the next start signs what comes after

    def _round(self) -> None:
        added = read_head(self._connection.cursor(), RECORDS).position - self._size
        is_time = time.monotonic() - self._signed_at >= self._settings.checkpoint_seconds
        if added and (is_time or added >= self._settings.checkpoint_records):
            self._sign()

    def _sign(self) -> None:
        try:
            note = self._signer.sign(self._connection)
            if note is not None:
                self._over.sign_over(self._connection, [note])
        except AnotherSigns:
            self._told.word = "left to another process of this machine"
            return
        strangers = self._signer.strangers | self._over.strangers
        self._told.word = "signing" if not strangers else _beside_strangers(strangers)
        self._size = 0 if note is None else Checkpoint.parse(note.text).size
        self._signed_at = time.monotonic()


def _beside_strangers(strangers: Set[int]) -> str:
    return (
        f"signing; {len(strangers)} notes among the checkpoints are not of this deployment's key, "
        f"the first at size {min(strangers)}: run verify"
    )
