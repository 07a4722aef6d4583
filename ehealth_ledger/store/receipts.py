"""Read the receipts that were given.

One row keeps the signature of the commands that were written together. What each was promised is
read from their records, and the batch's tree is built again: the same bytes, the same receipt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.chain.receipt import Placement, Receipt, ReceiptBatch
from ehealth_ledger.store.arrays import uuid_array
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault

_BATCHES: Final = """
    SELECT DISTINCT t.log, t.first_position, t.last_position, t.signature, h.ledger
    FROM records r
    JOIN LATERAL (
        SELECT * FROM receipts c WHERE c.log = r.log AND c.first_position <= r.position
        ORDER BY c.first_position DESC LIMIT 1) t ON t.last_position >= r.position
    JOIN heads h ON h.log = r.log
    WHERE r.fact_index = 0 AND r.command_id = ANY(%s::uuid[])
"""
_PLACEMENTS: Final = """
    SELECT f.command_id, f.position, l.position, l.chain_value, l.recorded_at
    FROM records f JOIN records l ON l.log = f.log AND l.position = f.position + f.fact_count - 1
    WHERE f.log = %s AND f.position BETWEEN %s AND %s AND f.fact_index = 0 ORDER BY f.position
"""


_ENVELOPE: Final = "SELECT key_id, blob FROM envelopes WHERE log = %s AND position = %s"


def read_receipts(cursor: psycopg.Cursor, command_ids: Iterable[UUID]) -> dict[UUID, Receipt]:
    """Return the receipts of the commands that stand in the ledger, by command id."""
    wanted = set(command_ids)
    batches = cursor.execute(_BATCHES, (uuid_array(wanted),), prepare=True, binary=True).fetchall()
    found: dict[UUID, Receipt] = {}
    for log, first, last, signature, ledger in batches:
        rows = cursor.execute(_PLACEMENTS, (log, first, last), prepare=True, binary=True)
        placements = [Placement(ledger, log, *row) for row in rows]
        for receipt in ReceiptBatch(placements).receipts(signature):
            if receipt.placement.command_id in wanted:
                found[receipt.placement.command_id] = receipt
    return found


def receipted_content(
    cursor: psycopg.Cursor, mapper: FactMapper, vault: Vault, receipt: Receipt
) -> bytes | None:
    """Return the signed content that a receipt was given for; None where it went with its key."""
    placed = receipt.placement
    row = cursor.execute(_ENVELOPE, (placed.log, placed.first_position)).fetchone()
    key = None if row is None else vault.key(row[0])
    if row is None or key is None:
        return None
    plaintext = mapper.open_envelope(key, placed.command_id, row[1], placed.first_position)
    return Envelope.from_bytes(plaintext).content
