"""Reach stored verdicts again: what `store` proves with `verification`, which may not see it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ehealth_ledger.commands.signed import LEDGER_KEY_POLICY, Evidence, Signer, StaffSigner
from ehealth_ledger.errors import Refusal, Refused
from ehealth_ledger.store.fsck.evidence import EvidenceDamaged
from ehealth_ledger.store.fsck.proof import StoredBytes
from ehealth_ledger.verification import ledger_key
from ehealth_ledger.verification.certificates import as_patient
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Stored, reopen_all

CACHED_TRUST_STORES_MAX: Final = 16
CACHED_REVOCATION_SETS_MAX: Final = 64  # the lists of one path on one day; a large one weighs MBs


class Reopening:
    """Reach verdicts again with the trust store and lists of their day, each loaded once."""

    def __init__(self) -> None:
        self._trust_stores = lru_cache(CACHED_TRUST_STORES_MAX)(self._trust_store)
        self._lists = lru_cache(CACHED_REVOCATION_SETS_MAX)(self._revocation_lists)

    def __call__(
        self, signed: Sequence[tuple[Evidence, bytes]], stored: StoredBytes
    ) -> list[Signer | Exception]:
        """Give each its signer, or why the stored bytes yield another verdict."""
        prepared = [self._prepared(evidence, content, stored) for evidence, content in signed]
        staff = iter(reopen_all([each for each in prepared if isinstance(each, Stored)]))
        signers = [next(staff) if isinstance(each, Stored) else each for each in prepared]
        return [
            as_patient(signer) if evidence.personal and isinstance(signer, StaffSigner) else signer
            for (evidence, _), signer in zip(signed, signers, strict=True)
        ]

    def _prepared(
        self, evidence: Evidence, content: bytes, stored: StoredBytes
    ) -> Stored | Signer | Exception:
        try:
            if evidence.policy == LEDGER_KEY_POLICY:
                return ledger_key.reopen(evidence, content)
            trust = self._trust_stores(evidence.trust_store, stored)
            return Stored(evidence, content, trust, self._lists(evidence.revocation, stored))
        except (EvidenceDamaged, Refusal, ValueError, OverflowError) as fault:
            return fault

    @staticmethod
    def _trust_store(digest: bytes, stored: StoredBytes) -> TrustStore:
        try:
            return TrustStore.load(stored(digest, "trust_store"))
        except ValueError as fault:
            raise Refused("evidence.mismatch", what="trust store", reason=fault) from fault

    @staticmethod
    def _revocation_lists(digests: tuple[bytes, ...], stored: StoredBytes) -> RevocationLists:
        try:
            return RevocationLists([stored(each, "revocation_list") for each in digests])
        except ValueError as fault:
            raise Refused("evidence.mismatch", what="revocation list", reason=fault) from fault
