"""Carry out what a recorded erasure orders, and make every process forget the erased.

The fact comes first, then the key, then the blobs. Each step can be repeated, and each is found out
by looking: an erasure whose key or blobs are still there is pending. So a process that dies in
between leaves nothing to remember, and whoever starts next finishes it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.vault import Vault

_log = logging.getLogger(__name__)

# One function call removes all of a patient's blobs or none, so the first body tells of all.
_ERASED: Final = (
    "SELECT patient FROM erasures WHERE %(only)s::uuid[] IS NULL OR patient = ANY(%(only)s)"
)
_WITH_BLOBS: Final = """
    SELECT e.patient FROM erasures e
    CROSS JOIN LATERAL (
        SELECT r.log, r.position FROM records r
        WHERE r.key_id = e.patient ORDER BY r.position LIMIT 1
    ) AS f
    JOIN bodies b ON b.log = f.log AND b.position = f.position
    WHERE %(only)s::uuid[] IS NULL OR e.patient = ANY(%(only)s)
"""
_OF_ERASED: Final = """
    SELECT EXISTS (
        SELECT FROM records r JOIN erasures e ON e.patient = r.key_id
        WHERE r.log = %s AND r.position BETWEEN %s AND %s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Say who was erased, and whose key or blobs are still there."""

    erased: frozenset[UUID]
    with_key: frozenset[UUID]  # held by the vault, or not known to be destroyed there
    with_blobs: frozenset[UUID]

    @property
    def pending(self) -> frozenset[UUID]:
        """Return the erasures that are to be carried out."""
        return self.with_key | self.with_blobs


class ErasureWatch:
    """Learn who was erased since the last look, and make the vault forget them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._position = 0

    def look(self, cursor: psycopg.Cursor) -> list[UUID]:
        """Return the patients erased since the last look."""
        rows = cursor.execute(
            "SELECT patient, position FROM erasures WHERE position > %s ORDER BY position",
            (self._position,),
            prepare=True,
        ).fetchall()
        if not rows:
            return []
        learned = [row[0] for row in rows]
        self._vault.forget(learned)
        self._position = rows[-1][1]
        return learned


class Eraser:
    """Destroy the keys and remove the blobs of the erased; any number of processes may."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._url = url
        self._vault = vault

    def look(self) -> Standing:
        """Compare the ledger's erasures with the vault's keys and the blobs that are there."""
        with connect(
            self._url, schema=LEDGER_SCHEMA, role="ledger_reader", name="eraser"
        ) as ledger:
            return self._standing(ledger)

    def finish(self, only: Iterable[UUID] | None = None) -> Standing:
        """Carry out every pending erasure, or those of some patients; return what was pending."""
        with connect(
            self._url, schema=LEDGER_SCHEMA, role="ledger_writer", name="eraser"
        ) as ledger:
            found = self._standing(ledger, only)
            self._vault.forget(found.erased)
            returned = found.with_key - found.with_blobs
            if returned:
                _log.warning(
                    "the vault is older than the ledger: %d keys of erased patients are destroyed "
                    "again",
                    len(returned),
                )
            self._vault.destroy(found.with_key)
            for patient in sorted(found.with_blobs):
                ledger.execute("SELECT erase_blobs(%s)", (patient,))
        if found.pending:
            _log.info("%d erasures were carried out", len(found.pending))
        return found

    def _standing(self, ledger: psycopg.Connection, only: Iterable[UUID] | None = None) -> Standing:
        asked = {"only": None if only is None else list(only)}
        erased = frozenset(row[0] for row in ledger.execute(_ERASED, asked))
        blobs = frozenset(row[0] for row in ledger.execute(_WITH_BLOBS, asked))
        return Standing(erased, erased - self._vault.destroyed(erased), blobs)


def is_of_erased(cursor: psycopg.Cursor, placed: Placement) -> bool:
    """Tell whether anything of a recorded command went with a patient's key."""
    row = cursor.execute(
        _OF_ERASED, (placed.log, placed.first_position, placed.last_position)
    ).fetchone()
    return row is not None and bool(row[0])
