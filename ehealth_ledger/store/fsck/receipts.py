"""Check the receipts: every command promised once, each batch true of its records and signed.

A batch's row is one promise to all its commands, so it holds or fails as a whole; a finding names
the batch's first position.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.chain.receipt import Placement, ReceiptBatch
from ehealth_ledger.store.fsck.chain import StoredCommand
from ehealth_ledger.store.fsck.finding import Findings, Kind

_RECEIPTS: Final = """
    SELECT first_position, last_position, size, signature FROM receipts
    WHERE log = %s AND first_position <= %s AND last_position >= %s ORDER BY first_position
"""
_SURPLUS: Final = """
    SELECT t.log, t.first_position FROM receipts t
    WHERE NOT EXISTS (
        SELECT FROM records r
        WHERE r.log = t.log AND r.position = t.first_position AND r.fact_index = 0)
    ORDER BY t.log, t.first_position
"""


class _Row(NamedTuple):
    first_position: int
    last_position: int
    size: int
    signature: bytes


@dataclass(slots=True)
class _Batch:
    """Collect the commands of a row; `damaged` where one of them is a finding already."""

    row: _Row
    next_position: int
    damaged: bool = False
    placements: list[Placement] = field(default_factory=list)


class Receipts:
    """Check one log's receipts."""

    def __init__(
        self, connection: psycopg.Connection, ledger: UUID, log: str, findings: Findings
    ) -> None:
        self._connection = connection
        self._ledger = ledger
        self._log = log
        self._findings = findings
        self.signing_key: Ed25519PublicKey | None = None  # None until `ledger.opened` is read
        self._open: _Batch | None = None
        self._unpromised = -1  # the position up to which a missing row was reported

    def check(self, commands: Sequence[StoredCommand]) -> None:
        """Take the next whole commands; check each batch that they complete."""
        if not commands:
            return
        reach = (self._log, commands[-1].last.position, commands[0].first.position)
        with self._connection.cursor(binary=True) as cursor:
            rows = [_Row(*row) for row in cursor.execute(_RECEIPTS, reach, prepare=True)]
        starts = [row.first_position for row in rows]
        for command in commands:
            position = command.first.position
            at = bisect_right(starts, position) - 1
            row = rows[at] if at >= 0 else None
            if row is not None and row.last_position >= position:
                self._take(row, command)
            else:
                self._note_missing(command)

    def finish(self) -> None:
        """Name the promise that the log ends before."""
        if self._open is not None and not self._open.damaged:
            detail = f"promised up to {self._open.row.last_position}"
            self._add(Kind.RECEIPT_ALTERED, self._open.next_position, detail)

    def _take(self, row: _Row, command: StoredCommand) -> None:
        batch = self._open
        if batch is None or batch.row != row:
            if batch is not None and not batch.damaged:  # another row begins before this one ends
                self._add(Kind.RECEIPT_ALTERED, batch.row.first_position, "placement")
            batch = self._open = _Batch(row, row.first_position)
        if command.first.position != batch.next_position:
            batch.damaged = True  # what lies between is a finding of the chain
        batch.next_position = command.last.position + 1
        batch.placements.append(
            Placement(
                *(self._ledger, self._log, command.first.command_id, command.first.position),
                *(command.last.position, command.last.chain_value, command.last.recorded_at),
            )
        )
        if command.last.position >= row.last_position:
            self._close(batch)

    def _close(self, batch: _Batch) -> None:
        self._open = None
        row = batch.row
        if batch.damaged:
            return
        if (row.last_position, row.size) != (batch.next_position - 1, len(batch.placements)):
            self._add(Kind.RECEIPT_ALTERED, row.first_position, "placement")
        elif not self._is_signed(batch):
            self._add(Kind.RECEIPT_ALTERED, row.first_position, "proof")

    def _is_signed(self, batch: _Batch) -> bool:
        if self.signing_key is None:
            return True  # the damaged opening is a finding of its own
        try:
            signed = ReceiptBatch(batch.placements).signed_bytes()
            self.signing_key.verify(batch.row.signature, signed)
        except InvalidSignature:
            return False
        return True

    def _note_missing(self, command: StoredCommand) -> None:
        """Report a missing row once, not for each command it was to promise."""
        if command.first.position != self._unpromised + 1:
            self._add(Kind.RECEIPT_MISSING, command.first.position, "")
        self._unpromised = command.last.position

    def _add(self, kind: Kind, position: int, detail: str) -> None:
        self._findings.add(kind, self._log, position, detail)


def check_surplus_receipts(connection: psycopg.Connection, findings: Findings) -> None:
    """Find receipts that begin at no command's first record, by one anti-join in the database."""
    for log, position in connection.execute(_SURPLUS):
        findings.add(Kind.RECEIPT_SURPLUS, log, position)
