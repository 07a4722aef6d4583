"""Keep one random key a subject, wrapped by a master key that no database holds.

A key exists, durably, before the first record under it is written. Whoever holds the vault without
the master key, or the ledger without the vault, holds noise. Persons at work are found by a keyed
blind index of the tax id. A patient's key can be destroyed; its row stays, so that no other key
ever gets its id.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import ConnectionPool

from ehealth_ledger.chain.fields import encode
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.blobs import KEY_BYTES, NONCE_BYTES, SubjectKey, extract
from ehealth_ledger.store.connections import VAULT_SCHEMA
from ehealth_ledger.values.identifiers import LedgerId, PartyId, PatientId, PrescriptionId

WRAP_FORMAT: Final = "ehealth/wrap/1"
CACHED_KEYS_MAX: Final = 100_000
POOL_CONNECTIONS_MAX: Final = 4
_INDEX_KEY_NAMESPACE: Final = UUID("2b1cf1c8-9f9e-4d0b-8a62-3f6b6a6d6f55")


class Vault:
    """Give out subjects' keys; every process of a deployment shares one vault.

    The ledger's own keys are made once, while it is being founded: a lost one is damage, and a new
    one in its place would hide that and open nothing.
    """

    def __init__(
        self, url: str, master_key: bytes, ledger: LedgerId, *, founding: bool = False
    ) -> None:
        self._url = url
        self._ledger = ledger
        self._wrapping = AESGCM(master_key)
        self._cache: dict[UUID, SubjectKey] = {}
        self._parties: dict[bytes, PartyId] = {}
        self._tax_indexes: dict[str, bytes] = {}
        self._forgotten: set[UUID] = set()
        self._lock = Lock()
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=POOL_CONNECTIONS_MAX,
            kwargs={
                "autocommit": True,
                "options": f"-c search_path={VAULT_SCHEMA} -c role=vault_writer",
            },
            name="vault",
            check=ConnectionPool.check_connection,  # a restarted server costs a look, not an answer
            open=True,
        )
        self._index_key = uuid5(_INDEX_KEY_NAMESPACE, str(ledger))
        if founding:
            self._ensure(ledger, "ledger")
            self._ensure(self._index_key, "index")
        try:
            self._index_secret = self._secret(self._index_key)
        except LedgerCorrupt:
            self._pool.close()
            raise

    def close(self) -> None:
        """Give back the connections."""
        self._pool.close()

    def ensure_patient(self, patient: PatientId) -> None:
        """Make the patient's key unless it exists; durable when this returns."""
        if patient not in self._cache:
            self._ensure(patient, "patient")

    def blind_index(self, domain: str, *parts: str) -> bytes:
        """Return the keyed blind index of some texts within a domain of their own.

        It is equal for equal texts of one domain, and meaningless without the key.
        """
        return hmac.digest(self._index_secret, encode(domain, *parts), "sha256")

    def dispense_code(self, prescription: PrescriptionId) -> str:
        """Return the four digits that the patient shows when a prescription is dispensed.

        They follow from the prescription's id and a secret of the deployment (as RFC 4226 cuts a
        digest), so no table and no fact holds them, and whoever tells the patient asks for them.
        """
        digest = self.blind_index("dispense_code", str(prescription))
        at = digest[-1] & 0x0F
        number = int.from_bytes(digest[at : at + 4]) & 0x7FFF_FFFF
        return f"{number % 10_000:04}"

    def tax_index(self, tax_id: str) -> bytes:
        """Return the keyed blind index of the tax id of a person at work."""
        known = self._tax_indexes.get(tax_id)
        if known is None:
            known = self.blind_index("tax_id", tax_id)
            self._remember(self._tax_indexes, {tax_id: known})
        return known

    def ensure_party(self, tax_id: str) -> PartyId:
        """Return the person at work behind a tax id; make the id and the key on first sight."""
        index = self.tax_index(tax_id)
        known = self._parties.get(index)
        if known is not None:
            return known
        with self._pool.connection() as connection, connection.transaction():
            # One registrar at a time for one person; the lock goes with the transaction.
            connection.execute(
                "SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(index[:8], "big", signed=True),)
            )
            row = connection.execute(
                "SELECT party FROM parties WHERE tax_index = %s", (index,)
            ).fetchone()
            if row is None:
                party = uuid4()
                connection.execute(_INSERT_KEY, (party, "party", self._wrap(party, "party")))
                connection.execute(
                    "INSERT INTO parties (tax_index, party) VALUES (%s, %s)", (index, party)
                )
            else:
                party = row[0]
        self._remember(self._parties, {index: PartyId(party)})
        return PartyId(party)

    def known_party(self, tax_id: str) -> PartyId | None:
        """Return the person at work behind a tax id; None where nobody is known by it."""
        index = self.tax_index(tax_id)
        known = self._parties.get(index)
        if known is not None:
            return known
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT party FROM parties WHERE tax_index = %s", (index,)
            ).fetchone()
        if row is None:
            return None
        self._remember(self._parties, {index: PartyId(row[0])})
        return PartyId(row[0])

    def parties(self) -> Iterator[tuple[bytes, PartyId]]:
        """Give the person behind each blind index of a tax id: the auditor's way in."""
        with self._pool.connection() as connection, connection.cursor() as cursor:
            for index, party in cursor.stream("SELECT tax_index, party FROM parties"):
                yield index, PartyId(party)

    def forget(self, key_ids: Iterable[UUID]) -> None:
        """Give these keys to nobody any more: their patients are erased, destroyed yet or not."""
        with self._lock:
            for key_id in key_ids:
                self._forgotten.add(key_id)
                self._cache.pop(key_id, None)

    def is_forgotten(self, key_id: UUID) -> bool:
        """Tell whether this process was told that the key's patient is erased."""
        return key_id in self._forgotten

    def destroy(self, key_ids: Iterable[UUID]) -> None:
        """Destroy patients' keys for ever; an id without a key can have none from now on.

        Raise psycopg.errors.IntegrityError where a key is not a patient's.
        """
        wanted = list(key_ids)
        if wanted:
            self.forget(wanted)
            with self._pool.connection() as connection:
                connection.execute(_DESTROY, (wanted,))

    def destroyed(self, key_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return those of the keys that were destroyed here."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT key_id FROM subject_keys WHERE key_id = ANY(%s) AND wrapped IS NULL",
                (list(key_ids),),
            ).fetchall()
        return frozenset(row[0] for row in rows)

    def tombstones(self) -> frozenset[UUID]:
        """Return every key that was ever destroyed here."""
        with self._pool.connection() as connection:
            rows = connection.execute("SELECT key_id FROM subject_keys WHERE wrapped IS NULL")
            return frozenset(row[0] for row in rows)

    def key(self, key_id: UUID) -> SubjectKey | None:
        """Return a subject's key, or None where the vault never held it or has destroyed it."""
        if key_id in self._forgotten:
            return None
        key = self._cache.get(key_id)
        return key if key is not None else self.keys((key_id,)).get(key_id)

    def own_extracted(self) -> bytes:
        """Return the ledger's own key, extracted, for a process of this service that folds money.

        It opens no blob of a person. Raise LedgerCorrupt where the key is gone.
        """
        return extract(self._secret(self._ledger))

    def keys(self, wanted: Iterable[UUID]) -> dict[UUID, SubjectKey]:
        """Return the keys of the subjects the vault holds; those it does not hold are absent."""
        found: dict[UUID, SubjectKey] = {}
        missing: list[UUID] = []
        for key_id in wanted:
            key = self._cache.get(key_id)
            if key is None:
                missing.append(key_id)
            else:
                found[key_id] = key
        if missing:
            with self._pool.connection() as connection:
                rows = connection.execute(
                    "SELECT key_id, kind, wrapped FROM subject_keys "
                    "WHERE key_id = ANY(%s) AND wrapped IS NOT NULL",
                    (missing,),
                ).fetchall()
            for key_id, kind, wrapped in rows:
                found[key_id] = SubjectKey.from_secret(key_id, self._unwrap(key_id, kind, wrapped))
            self._remember(self._cache, {each: found[each] for each in missing if each in found})
        if self._forgotten:
            # What was forgotten while it was being read is not given out either.
            for key_id in [each for each in found if each in self._forgotten]:
                del found[key_id]
                self._cache.pop(key_id, None)
        return found

    def held(self, wanted: Iterable[UUID]) -> set[UUID]:
        """Tell which subjects the vault holds a key of, without opening one."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT key_id FROM subject_keys WHERE key_id = ANY(%s) AND wrapped IS NOT NULL",
                (list(wanted),),
            ).fetchall()
        return {key_id for (key_id,) in rows}

    def _remember(self, cache: dict[Any, Any], new: Mapping[Any, Any]) -> None:
        """Keep what was read; the oldest go first.

        Readers take no lock: a dict's own steps are atomic.
        """
        with self._lock:
            cache.update(new)
            while len(cache) > CACHED_KEYS_MAX:
                del cache[next(iter(cache))]

    def examine(self, wanted: Iterable[UUID]) -> tuple[dict[UUID, SubjectKey], set[UUID]]:
        """Return the keys held and the ids of those that do not unwrap: the auditor's way in.

        What was destroyed is neither.
        """
        found: dict[UUID, SubjectKey] = {}
        unreadable: set[UUID] = set()
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT key_id, kind, wrapped FROM subject_keys "
                "WHERE key_id = ANY(%s) AND wrapped IS NOT NULL",
                (list(wanted),),
            ).fetchall()
        for key_id, kind, wrapped in rows:
            secret = self._unwrapped(key_id, kind, wrapped)
            if secret is None:
                unreadable.add(key_id)
            else:
                found[key_id] = SubjectKey.from_secret(key_id, secret)
        return found, unreadable

    def _ensure(self, key_id: UUID, kind: str) -> None:
        with self._pool.connection() as connection:
            connection.execute(_INSERT_KEY, (key_id, kind, self._wrap(key_id, kind)))

    def _secret(self, key_id: UUID) -> bytes:
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT kind, wrapped FROM subject_keys WHERE key_id = %s", (key_id,)
            ).fetchone()
        if row is None or row[1] is None:
            raise LedgerCorrupt("vault.key_missing", "vault", 0, str(key_id))
        return self._unwrap(key_id, *row)

    def _wrap(self, key_id: UUID, kind: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(
            nonce, os.urandom(KEY_BYTES), self._about(key_id, kind)
        )

    def _unwrap(self, key_id: UUID, kind: str, wrapped: bytes) -> bytes:
        secret = self._unwrapped(key_id, kind, wrapped)
        if secret is None:
            detail = f"{key_id}: other master key, or altered"
            raise LedgerCorrupt("vault.key_unreadable", "vault", 0, detail)
        return secret

    def _unwrapped(self, key_id: UUID, kind: str, wrapped: bytes) -> bytes | None:
        try:
            return self._wrapping.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._about(key_id, kind)
            )
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            return None

    def _about(self, key_id: UUID, kind: str) -> bytes:
        return encode(WRAP_FORMAT, self._ledger, key_id, kind)


_INSERT_KEY: Final = (
    "INSERT INTO subject_keys (key_id, kind, wrapped) VALUES (%s, %s, %s) "
    "ON CONFLICT (key_id) DO NOTHING"
)
_DESTROY: Final = (
    "INSERT INTO subject_keys (key_id, kind, wrapped, destroyed_at) "
    "SELECT each, 'patient', NULL, now() FROM unnest(%s::uuid[]) AS each "
    "ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, destroyed_at = excluded.destroyed_at "
    "WHERE subject_keys.wrapped IS NOT NULL"
)
