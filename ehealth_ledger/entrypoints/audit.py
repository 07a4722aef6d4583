"""Verify a live ledger as its auditor: from stored bytes and keys, never from a stored verdict."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from uuid import UUID

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import Evidence, Signer
from ehealth_ledger.entrypoints.bootstrap import NotReady
from ehealth_ledger.errors import Refused
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.fsck.check import Progress, check, named_ledger
from ehealth_ledger.store.fsck.finding import Report
from ehealth_ledger.store.fsck.proof import StoredBytes
from ehealth_ledger.store.fsck.walk import Ports
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import reopen

CACHED_TRUST_STORES_MAX: Final = 16
CACHED_REVOCATION_SETS_MAX: Final = 64  # the lists of one path on one day; a large one weighs MBs


def verify_ledger(
    urls: Databases, master_key: bytes, *, progress: Progress, limit: int | None = None
) -> Report:
    """Check every stored byte of a ledger; the report names the first bad position first.

    `progress` is told records done and records in all; `limit` stops after so many findings. Raise
    NotReady where there is no ledger, LedgerCorrupt where the vault cannot be opened at all.
    """
    ledger = named_ledger(urls.ledger)
    if ledger is None:
        raise NotReady("the ledger is not open: run `ehealth-ledger db init OPENING`")
    vault = Vault(urls.vault, master_key, LedgerId(ledger))
    try:
        ports = Ports(_Reopening(), vault.tax_index, _ids_of)
        return check(urls.ledger, vault, ledger, ports, progress=progress, limit=limit)
    finally:
        vault.close()


class _Reopening:
    """Reach verdicts again with the trust store and lists of their day, each loaded once."""

    def __init__(self) -> None:
        self._trust_stores = lru_cache(CACHED_TRUST_STORES_MAX)(self._trust_store)
        self._lists = lru_cache(CACHED_REVOCATION_SETS_MAX)(self._revocation_lists)

    def __call__(self, evidence: Evidence, content: bytes, stored: StoredBytes) -> Signer:
        """Return who signed; raise Refusal where the stored bytes yield another verdict."""
        return reopen(
            evidence,
            content,
            trust=self._trust_stores(evidence.trust_store, stored),
            revocation=self._lists(evidence.revocation, stored),
        )

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


def _ids_of(command: Command) -> Iterable[UUID]:
    return LAWS[type(command)].brings(command)
