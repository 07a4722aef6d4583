"""Hold content for its signature, sealed, for as long as was said and no longer.

    named = SHA-256("ehealth/preview/1" ‖ preview id)
    blob  = blob format 1 of purpose "preview", under the ledger's key and the preview's id

The id itself stands nowhere but in what the caller signs, and there under the patient's key. So a
copy of this table opens nothing without the ids, and what was never signed opens for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from ehealth_ledger.errors import LedgerCorrupt, Undecided
from ehealth_ledger.store.blobs import BlobUnreadable, Shelf, SubjectKey
from ehealth_ledger.store.connections import LEDGER_SCHEMA
from ehealth_ledger.store.vault import Vault

NAME_FORMAT: Final = "ehealth/preview/1"
CONNECTIONS_MAX: Final = 2
WAIT_S_MAX: Final = 5.0


class Held(NamedTuple):
    """Hold what was previewed; `expires_at` is microseconds UTC."""

    content: bytes
    expires_at: int


class PreviewStore:
    """Keep previews of one deployment."""

    def __init__(self, url: str, vault: Vault, ledger: UUID, log: str) -> None:
        self._vault = vault
        self._ledger = ledger
        self._log = log
        self._shelf = Shelf(ledger, log, "preview")
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=CONNECTIONS_MAX,
            timeout=WAIT_S_MAX,
            kwargs={
                "autocommit": True,
                "options": f"-c search_path={LEDGER_SCHEMA} -c role=ledger_writer -c timezone=UTC",
            },
            name="previews",
            check=ConnectionPool.check_connection,  # a restarted server costs a look, not an answer
            open=True,
        )

    def close(self) -> None:
        """Give back the connections."""
        self._pool.close()

    def hold(self, preview: UUID, held: Held, *, now: int) -> None:
        """Hold content until its time; what has passed it goes."""
        blob = self._shelf.seal(self._key(), preview, 0, b"", held.content)
        with self._asking() as connection:
            self._forget(connection, now)
            connection.execute(
                "INSERT INTO previews (named, blob, expires_at) VALUES (%s, %s, %s)",
                (_named(preview), blob, held.expires_at),
            )

    def find(self, preview: UUID) -> Held | None:
        """Return what is held under an id, its time passed or not; None where nothing is."""
        with self._asking() as connection:
            row = connection.execute(
                "SELECT blob, expires_at FROM previews WHERE named = %s", (_named(preview),)
            ).fetchone()
        if row is None:
            return None
        try:
            return Held(self._shelf.open(self._key(), preview, 0, b"", row[0]), row[1])
        except BlobUnreadable:
            return None  # no truth of the ledger's: what does not open is not held

    def release(self, preview: UUID) -> None:
        """Forget a preview: its command is recorded."""
        with self._asking() as connection:
            connection.execute("DELETE FROM previews WHERE named = %s", (_named(preview),))

    def forget_expired(self, now: int) -> None:
        """Forget what has passed its time (microseconds UTC)."""
        with self._asking() as connection:
            self._forget(connection, now)

    def _forget(self, connection: psycopg.Connection, now: int) -> None:
        connection.execute("DELETE FROM previews WHERE expires_at < %s", (now,))

    @contextmanager
    def _asking(self) -> Iterator[psycopg.Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as fault:
            raise Undecided("preview.unavailable") from fault

    def _key(self) -> SubjectKey:
        key = self._vault.key(self._ledger)
        if key is None:
            raise LedgerCorrupt("key.missing", self._log, 0, str(self._ledger))
        return key


def _named(preview: UUID) -> bytes:
    return sha256(NAME_FORMAT.encode() + preview.bytes).digest()
