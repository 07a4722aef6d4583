"""Open the bodies of intact records and read the facts, telling the erased from the damaged."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.blobs import BlobUnreadable, Shelf, SubjectKey, body_about
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.opening import BodyDamaged, opened
from ehealth_ledger.store.fsck.pages import RecordRow

if TYPE_CHECKING:
    from ehealth_ledger.store.vault import Vault


class ReadFact(NamedTuple):
    """Carry a record with its fact; None where the person's key is gone."""

    row: RecordRow
    fact: Fact | None


class Keys:
    """Fetch keys page by page; one that is unreadable, or gone without an erasure, is one finding.

    `erasures` maps each erased patient to the position of the record that says so. Their keys are
    not used where they are still there.
    """

    def __init__(
        self, ledger: UUID, vault: Vault, findings: Findings, erasures: Mapping[UUID, int]
    ) -> None:
        self._ledger = ledger
        self.erasures = erasures
        self._gone: dict[UUID, int] = {}  # by the position at which it is missed first
        self._vault = vault
        self._findings = findings
        self._named: set[UUID] = set()
        self.known: dict[UUID, SubjectKey] = {}

    def fetch(self, log: str, rows: Iterable[RecordRow]) -> None:
        """Hold the keys of a page."""
        first_use: dict[UUID, int] = {}
        for row in rows:
            first_use.setdefault(row.key_id, row.position)
        wanted = first_use.keys() - self.erasures.keys()
        self.known, unreadable = self._vault.examine(wanted)
        for key_id in wanted - self.known.keys() - unreadable - {self._ledger}:
            self._gone.setdefault(key_id, first_use[key_id])
        damaged = dict.fromkeys(unreadable, Kind.KEY_UNREADABLE)
        if self._ledger in first_use and self._ledger not in self.known:
            damaged.setdefault(self._ledger, Kind.KEY_MISSING)
        for key_id, kind in damaged.items():
            if key_id not in self._named:
                self._named.add(key_id)
                self._findings.unread = True
                self._findings.add(kind, log, first_use[key_id], str(key_id))

    def anywhere(self, key_id: UUID) -> SubjectKey | None:
        """Return a key that the page at hand may not need; None where it is gone or damaged."""
        key = self.known.get(key_id)
        if key is not None or key_id in self.erasures:
            return key
        return self._vault.examine((key_id,))[0].get(key_id)

    def is_gone(self, key_id: UUID) -> bool:
        """Tell whether a person's key is gone, by an erasure or not; the ledger's own never is."""
        return key_id not in self.known and key_id != self._ledger and key_id not in self._named

    def name_gone(self, log: str, erased_since: Container[UUID]) -> None:
        """Name the keys that no erasure destroyed, not even one recorded while the walk went on."""
        for key_id, position in self._gone.items():
            if key_id not in erased_since:
                self._findings.add(Kind.KEY_MISSING, log, position, str(key_id))


class Bodies:
    """Check one log's bodies against their records and open them."""

    def __init__(self, ledger: UUID, log: str, keys: Keys, findings: Findings) -> None:
        self._ledger = ledger
        self._log = log
        self._keys = keys
        self._findings = findings
        self._shelf = Shelf(ledger, log, "body")

    def read(self, rows: Iterable[RecordRow], bodies: dict[int, bytes]) -> Iterator[ReadFact]:
        """Read the facts of intact records, in order; what is damaged is noted and left out."""
        for row in rows:
            body = bodies.get(row.position)
            kind = FACTS.get(row.topic)
            if kind is None:
                self._damage(Kind.TOPIC_UNKNOWN, row, row.topic)
            elif body is None and row.key_id in self._keys.erasures:
                self._findings.erased += 1
                yield ReadFact(row, None)
            elif body is None:
                self._damage(Kind.BODY_MISSING, row)
            elif sha256(body).digest() != row.body_digest:
                self._damage(Kind.BODY_ALTERED, row)
            elif self._keys.is_gone(row.key_id):
                self._findings.erased += 1
                yield ReadFact(row, None)
            else:
                fact = self._open(row, kind, body)
                if fact is not None:
                    yield ReadFact(row, fact)

    def reread(self, stored: Iterable[tuple[RecordRow, bytes]]) -> Iterator[ReadFact]:
        """Open again bodies that were checked before; what has no key is not named twice."""
        for row, body in stored:
            key = self._keys.known.get(row.key_id)
            about = body_about(row.stream_id, row.stream_version, row.topic)
            if key is not None:
                plain = self._shelf.open(key, row.command_id, row.fact_index, about, body)
                yield ReadFact(row, FACTS[row.topic].from_bytes(plain))

    def anywhere(self, stored: Iterable[tuple[RecordRow, bytes | None]]) -> Iterator[ReadFact]:
        """Open bodies from any place of the log; what cannot be read was named where it stands."""
        for row, body in stored:
            key, kind = self._keys.anywhere(row.key_id), FACTS.get(row.topic)
            about = body_about(row.stream_id, row.stream_version, row.topic)
            fact: Fact | None = None
            if key is not None and kind is not None and body is not None:
                try:
                    fact = kind.from_bytes(
                        self._shelf.open(key, row.command_id, row.fact_index, about, body)
                    )
                except (BlobUnreadable, ValidationError):
                    fact = None
            yield ReadFact(row, fact)

    def _open(self, row: RecordRow, kind: type[Fact], body: bytes) -> Fact | None:
        key = self._keys.known.get(row.key_id)
        if key is None:
            return None  # named once, as a missing or unreadable key
        try:
            return opened(self._shelf, self._ledger, key, row, kind, body)
        except BodyDamaged as fault:
            self._damage(fault.kind, row, str(fault))
            return None

    def _damage(self, kind: Kind, row: RecordRow, detail: str = "") -> None:
        self._findings.unread = True
        self._findings.add(kind, self._log, row.position, detail)
