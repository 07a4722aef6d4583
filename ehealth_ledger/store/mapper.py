"""Turn facts into sealed rows and back: our bytes, our keys, our closed table of topics.

The mapper stands where the `eventsourcing` library expects one, and uses none of its defaults: no
topic is ever resolved by import, no object is built without validation, no byte is written that
this project did not define.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic import ValidationError

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.blobs import BlobUnreadable, Shelf, SubjectKey, body_about, packed_place
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """Carry a fact with its place; a domain event to the `eventsourcing` library.

    `fact` is None where the subject's key was destroyed: that the fact happened stays provable,
    what it said is gone.
    """

    originator_id: UUID
    originator_version: int
    position: int
    command_id: UUID
    fact: Fact | None


@dataclass(frozen=True)
class StoredFactEvent(StoredEvent):
    """Carry, beside the library's four fields, what opening the state needs."""

    stored: StoredFact


class FactMapper(Mapper[UUID]):
    """Seal facts under their subjects' keys and open them again."""

    def __init__(self, vault: Vault, ledger: LedgerId, log: str) -> None:
        super().__init__(transcoder=JSONTranscoder())  # never used: the library asks for one
        self.vault = vault
        self.ledger = ledger
        self.log = log
        self._bodies = Shelf(ledger, log, "body")
        self._envelopes = Shelf(ledger, log, "envelope")

    def seal_body(
        self,
        key: SubjectKey,
        command_id: UUID,
        index: int,
        stream_id: UUID,
        version: int,
        fact: Fact,
    ) -> bytes:
        """Seal a fact's body; `version` is its place in its stream."""
        about = body_about(stream_id, version, fact.TOPIC)
        return self._bodies.seal(key, command_id, index, about, fact.to_bytes())

    def seal_envelope(self, key: SubjectKey, command_id: UUID, plaintext: bytes) -> bytes:
        """Seal a command's envelope."""
        return self._envelopes.seal(key, command_id, 0, b"", plaintext)

    def open_envelope(self, key: SubjectKey, command_id: UUID, blob: bytes, position: int) -> bytes:
        """Open a command's envelope.

        Raise LedgerCorrupt where its bytes are not the sealed ones.
        """
        try:
            return self._envelopes.open(key, command_id, 0, b"", blob)
        except BlobUnreadable as fault:
            raise LedgerCorrupt("envelope.unreadable", self.log, position, str(fault)) from fault

    def open_body(self, key: SubjectKey, stored: StoredFact) -> bytes:
        """Open a body; raise LedgerCorrupt where its bytes are not the sealed ones."""
        place = packed_place(stored.command_id.bytes, stored.fact_index)
        about = body_about(stored.stream_id, stored.stream_version, stored.topic)
        return self.open_body_at(key, stored.position, place, about, stored.body)

    def open_body_at(
        self, key: SubjectKey, position: int, place: bytes, about: bytes, blob: bytes | None
    ) -> bytes:
        """Open a body as `open_body` does, what it is bound to packed already."""
        if blob is None:
            raise LedgerCorrupt("body.missing", self.log, position)
        try:
            return self._bodies.open_at(key, place, about, blob)
        except BlobUnreadable as fault:
            raise LedgerCorrupt("body.unreadable", self.log, position, str(fault)) from fault

    def open_facts(self, stored: Sequence[StoredFact]) -> Iterable[RecordedFact]:
        """Open many facts, fetching each key once; None where the key was destroyed."""
        keys = self.vault.keys({each.key_id for each in stored})
        for each in stored:
            key = keys.get(each.key_id)
            fact = None if key is None else self._opened(key, each)
            yield RecordedFact(
                each.stream_id, each.stream_version, each.position, each.command_id, fact
            )

    def _opened(self, key: SubjectKey, stored: StoredFact) -> Fact:
        return self.read_fact(stored.topic, self.open_body(key, stored), stored.position)

    def read_fact(self, topic: str, body: bytes, position: int) -> Fact:
        """Read the opened body of the record at a position.

        Raise LedgerCorrupt for a topic or a shape that was never published.
        """
        kind = FACTS.get(topic)
        if kind is None:
            raise LedgerCorrupt("topic.unknown", self.log, position, topic)
        try:
            return kind.from_bytes(body)
        except ValidationError as fault:
            raise LedgerCorrupt(
                "body.malformed", self.log, position, f"{fault.error_count()} violations"
            ) from fault

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Open one stored event (called by the library's event store)."""
        if not isinstance(stored_event, StoredFactEvent):
            raise TypeError("only the ledger's own recorder reads the ledger")
        (recorded,) = self.open_facts((stored_event.stored,))
        return recorded

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> NoReturn:
        """Refuse: facts enter by a verified command and the committer, never through `save`."""
        raise TypeError(f"{type(domain_event).__name__} cannot be saved without a command")
