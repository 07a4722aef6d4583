"""Give stored certificates, trust stores and revocation lists by digest, each proved by it once."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ehealth_ledger.store.fsck.finding import NO_POSITION, Findings, Kind

if TYPE_CHECKING:
    import psycopg

CACHED_PIECES_MAX: Final = 20_000  # a staff certificate weighs about 1 kB
PAGE_PIECES: Final = 500


class EvidenceDamaged(Exception):  # noqa: N818 - the name is the finding
    """Report evidence that is absent, of another kind, or not what its digest says."""

    def __init__(self, kind: Kind, digest: bytes, wanted: str) -> None:
        self.kind = kind
        self.digest = digest
        super().__init__(f"{wanted} {digest.hex()}")


class EvidenceShelf:
    """Read each piece once; what was proved is remembered."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._proved: OrderedDict[bytes, tuple[str, bytes]] = OrderedDict()

    def bytes_of(self, digest: bytes, wanted: str) -> bytes:
        """Return a piece of the wanted kind; raise EvidenceDamaged where it cannot be relied on."""
        piece = self._proved.get(digest)
        if piece is None:
            piece = self._proved[digest] = self._read(digest, wanted)
            if len(self._proved) > CACHED_PIECES_MAX:
                self._proved.popitem(last=False)
        kind, stored = piece
        if kind != wanted:
            raise EvidenceDamaged(Kind.EVIDENCE_ALTERED, digest, wanted)
        return stored

    def _read(self, digest: bytes, wanted: str) -> tuple[str, bytes]:
        row = self._connection.execute(
            "SELECT kind, bytes FROM evidence WHERE digest = %s",
            (digest,),
            prepare=True,
            binary=True,
        ).fetchone()
        if row is None:
            raise EvidenceDamaged(Kind.EVIDENCE_MISSING, digest, wanted)
        if sha256(row[1]).digest() != digest:
            raise EvidenceDamaged(Kind.EVIDENCE_ALTERED, digest, wanted)
        return row[0], row[1]


def check_evidence(
    connection: psycopg.Connection, log: str, named: set[bytes], findings: Findings
) -> None:
    """Hash every piece, also what only erased commands rely on; `named` are findings already."""
    after = b""
    while True:
        rows = connection.execute(
            "SELECT digest, bytes FROM evidence WHERE digest > %s ORDER BY digest LIMIT %s",
            (after, PAGE_PIECES),
            binary=True,
        ).fetchall()
        for digest, stored in rows:
            if digest not in named and sha256(stored).digest() != digest:
                findings.add(Kind.EVIDENCE_ALTERED, log, NO_POSITION, digest.hex())
        if len(rows) < PAGE_PIECES:
            return
        after = rows[-1][0]
