"""Store certificates, trust stores, revocation lists and the ledger's key once, by SHA-256."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final

from ehealth_ledger.commands.signed import LEDGER_KEY_POLICY, Evidence
from ehealth_ledger.store.conveyor import Conveyor

SEEN_MAX: Final = 100_000

BytesOf = Callable[[bytes], bytes]
"""Return the bytes of a trust store or revocation list by its SHA-256."""


class EvidenceStore:
    """Write evidence with the batch that relies on it.

    What is committed is remembered and not written again.
    """

    def __init__(self, trust_store_bytes: BytesOf, revocation_list_bytes: BytesOf) -> None:
        self._trust_store_bytes = trust_store_bytes
        self._revocation_list_bytes = revocation_list_bytes
        self._stored: set[bytes] = set()
        self._uncommitted: set[bytes] = set()
        # What one command relies on, seen whole before: nearly every command ends here.
        self._complete: set[tuple[bytes, bytes, tuple[bytes, ...]]] = set()
        self._seen: list[tuple[bytes, bytes, tuple[bytes, ...]]] = []

    def send(self, conveyor: Conveyor, evidences: Iterable[Evidence]) -> None:
        """Queue what is not there yet."""
        rows: list[tuple[bytes, str, bytes]] = []
        self._uncommitted.clear()
        self._seen.clear()
        for evidence in evidences:
            whole = (evidence.certificate, evidence.trust_store, evidence.revocation)
            if whole in self._complete:
                continue
            self._seen.append(whole)
            digest = sha256(evidence.certificate).digest()
            # A patient's certificate names a person who may ask to be forgotten: it lies in the
            # envelope, under the patient's key.
            if not evidence.personal and self._is_new(digest):
                is_ours = evidence.policy == LEDGER_KEY_POLICY
                kind = "ledger_key" if is_ours else "certificate"
                rows.append((digest, kind, evidence.certificate))
            if evidence.trust_store and self._is_new(evidence.trust_store):
                stored = self._trust_store_bytes(evidence.trust_store)
                rows.append((evidence.trust_store, "trust_store", stored))
            rows.extend(
                (consulted, "revocation_list", self._revocation_list_bytes(consulted))
                for consulted in evidence.revocation
                if self._is_new(consulted)
            )
        for digest, kind, stored in rows:
            conveyor.execute(
                "INSERT INTO evidence (digest, kind, bytes) VALUES ($1, $2, $3) "
                "ON CONFLICT (digest) DO NOTHING",
                b"\\x" + digest.hex().encode(),
                kind.encode(),
                b"\\x" + stored.hex().encode(),
            )

    def committed(self) -> None:
        """Remember that what was written last is durable."""
        self._stored |= self._uncommitted
        self._uncommitted.clear()
        if len(self._complete) > SEEN_MAX:
            self._complete.clear()
        self._complete.update(self._seen)
        self._seen.clear()

    def _is_new(self, digest: bytes) -> bool:
        if digest in self._stored or digest in self._uncommitted:
            return False
        self._uncommitted.add(digest)
        return True
