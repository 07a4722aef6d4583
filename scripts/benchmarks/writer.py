"""Append facts to a log by the store's own calls, without a law: a past to be measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import psycopg

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.batch import SealedCommand, SealedFact, append, lock_head
from ehealth_ledger.store.blobs import SubjectKey
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.writer import IndexWriter


class Writer:
    """Write a command a call at the clock's time, each fact sealed under its subject's key.

    Without `subjects` all are sealed under the ledger's, for people whose keys nobody opens.
    """

    def __init__(
        self,
        service: bootstrap.Service,
        connection: psycopg.Connection,
        now: Callable[[], int] = bootstrap.clock,
        *,
        subjects: bool = True,
    ) -> None:
        self._mapper = service.reader.mapper
        self._vault = service.reader.vault
        self._connection = connection
        # As the committer does: a plan made while a table was small would read it whole for ever.
        connection.execute("SET enable_seqscan = off")
        self._now = now
        self._subjects = subjects
        self.position = service.reader.notifications.head().position

    def write(self, facts: Sequence[Fact]) -> None:
        """Write the facts of one command, each the first of its stream, and their index rows."""
        command, mapper, key = uuid4(), self._mapper, self._key(self._mapper.ledger)
        sealed = [self._sealed(command, index, fact) for index, fact in enumerate(facts)]
        envelope = mapper.seal_envelope(key, command, b"")
        with self._connection.transaction(), self._connection.cursor() as cursor:
            head = lock_head(cursor, mapper.log)
            if head.position != self.position:
                raise RuntimeError("somebody else writes")
            now = max(self._now(), head.recorded_at)
            after, _ = append(
                cursor, head, [SealedCommand(command, key.key_id, envelope, sealed)], now
            )
            indexes = IndexWriter()
            for at, fact in enumerate(facts, start=self.position + 1):
                for change in changes(fact, at):
                    indexes.take(change)
            conveyor = Conveyor(self._connection)
            indexes.send(conveyor)
            conveyor.drain()
        self.position = after.position

    def _sealed(self, command: UUID, index: int, fact: Fact) -> SealedFact:
        subject = fact.subject if self._subjects else None
        key = self._key(subject or self._mapper.ledger)
        body = self._mapper.seal_body(key, command, index, fact.stream_id, 1, fact)
        return SealedFact(fact.stream_id, 1, fact.TOPIC, key.key_id, body)

    def _key(self, subject: UUID) -> SubjectKey:
        key = self._vault.key(subject)
        if key is None:
            raise RuntimeError(f"{subject} has no key")
        return key
