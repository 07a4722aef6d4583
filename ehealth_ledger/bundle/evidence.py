"""Give the stored evidence of a bundle's folder by digest, each piece proved by it once."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ehealth_ledger.bundle.layout import evidence_of
from ehealth_ledger.store.fsck.evidence import EvidenceDamaged
from ehealth_ledger.store.fsck.finding import Kind


class FolderEvidence:
    """Read each piece once, and remember which files were asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._proved: dict[tuple[str, bytes], bytes] = {}
        self.asked: set[str] = set()

    def bytes_of(self, digest: bytes, wanted: str) -> bytes:
        """Return a piece of the wanted kind; raise EvidenceDamaged where it cannot be relied on."""
        known = self._proved.get((wanted, digest))
        if known is not None:
            return known
        name = evidence_of(wanted, digest)
        self.asked.add(name)
        try:
            content = (self._folder / name).read_bytes()
        except OSError as fault:
            raise EvidenceDamaged(Kind.EVIDENCE_MISSING, digest, wanted) from fault
        if sha256(content).digest() != digest:
            raise EvidenceDamaged(Kind.EVIDENCE_ALTERED, digest, wanted)
        self._proved[wanted, digest] = content
        return content
