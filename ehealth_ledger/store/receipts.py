"""Read the receipts that were given."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import psycopg

from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.chain.record import DIGEST_BYTES


def read_receipts(cursor: psycopg.Cursor, command_ids: Sequence[UUID]) -> dict[UUID, Receipt]:
    """Return the receipts of the commands that stand in the ledger, by command id."""
    rows = cursor.execute(
        "SELECT t.command_id, t.log, t.first_position, t.last_position, t.chain_value, "
        "t.recorded_at, t.batch_index, t.batch_size, t.path, t.signature, h.ledger "
        "FROM receipts t JOIN heads h ON h.log = t.log WHERE t.command_id = ANY(uuids(%s))",
        (b"".join([each.bytes for each in command_ids]),),
        prepare=True,
        binary=True,
    )
    return {
        row[0]: Receipt(
            Placement(row[10], row[1], row[0], row[2], row[3], row[4], row[5]),
            index=row[6],
            size=row[7],
            path=tuple(
                row[8][at : at + DIGEST_BYTES] for at in range(0, len(row[8]), DIGEST_BYTES)
            ),
            signature=row[9],
        )
        for row in rows
    }
