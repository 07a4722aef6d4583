"""Check the receipts: one a command, true of its records, signed with the ledger's key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.chain.record import DIGEST_BYTES
from ehealth_ledger.store.fsck.chain import StoredCommand
from ehealth_ledger.store.fsck.finding import Findings, Kind

KNOWN_SIGNATURES_MAX: Final = 1_000

_RECEIPTS: Final = """
    SELECT command_id, log, first_position, last_position, chain_value, recorded_at, batch_index,
           batch_size, path, signature
    FROM receipts WHERE command_id = ANY(%s)
"""
_SURPLUS: Final = """
    SELECT t.log, t.first_position, t.command_id FROM receipts t
    WHERE NOT EXISTS (
        SELECT FROM records r
        WHERE r.log = t.log AND r.position = t.first_position
          AND r.command_id = t.command_id AND r.fact_index = 0)
    ORDER BY t.log, t.first_position
"""


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
        self._held: dict[tuple[bytes, bytes], bool] = {}  # a batch shares one signature

    def check(self, commands: Sequence[StoredCommand]) -> None:
        """Check the receipts of whole commands."""
        ids = [command.first.command_id for command in commands]
        with self._connection.cursor(binary=True) as cursor:
            rows = {row[0]: row for row in cursor.execute(_RECEIPTS.encode(), (ids,), prepare=True)}
        for command in commands:
            row = rows.get(command.first.command_id)
            position = command.first.position
            if row is None:
                self._findings.add(Kind.RECEIPT_MISSING, self._log, position)
                continue
            placement = Placement(
                *(self._ledger, self._log, command.first.command_id, position),
                *(command.last.position, command.last.chain_value, command.last.recorded_at),
            )
            if row[1:6] != (self._log, position, *_rest(placement)):
                self._findings.add(Kind.RECEIPT_ALTERED, self._log, position, "placement")
            elif not self._holds(_receipt(placement, *row[6:])):
                self._findings.add(Kind.RECEIPT_ALTERED, self._log, position, "proof")

    def _holds(self, receipt: Receipt) -> bool:
        try:
            signed = receipt.signed_bytes()
        except ValueError:
            return False
        if self.signing_key is None or len(b"".join(receipt.path)) % DIGEST_BYTES:
            return self.signing_key is None  # the damaged opening is a finding of its own
        known = self._held.get((signed, receipt.signature))
        if known is None:
            known = _verifies(self.signing_key, receipt.signature, signed)
            if len(self._held) >= KNOWN_SIGNATURES_MAX:
                self._held.clear()
            self._held[signed, receipt.signature] = known
        return known


def check_surplus_receipts(connection: psycopg.Connection, findings: Findings) -> None:
    """Find receipts that no command's first record stands for, by one anti-join in the database."""
    for log, position, command_id in connection.execute(_SURPLUS.encode()):
        findings.add(Kind.RECEIPT_SURPLUS, log, position, str(command_id))


def _rest(placement: Placement) -> tuple[int, bytes, int]:
    return placement.last_position, placement.chain_value, placement.recorded_at


def _receipt(placement: Placement, index: int, size: int, path: bytes, signature: bytes) -> Receipt:
    cut = tuple(path[at : at + DIGEST_BYTES] for at in range(0, len(path), DIGEST_BYTES))
    return Receipt(placement, index, size, cut, signature)


def _verifies(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
