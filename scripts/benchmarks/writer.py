"""Append facts to a log by the store's own calls, without a law: a past to be measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import uuid4

import psycopg

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.batch import SealedCommand, SealedFact, append, lock_head
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.writer import IndexWriter


class Writer:
    """Write a command a call, sealed under the ledger's own key, at the clock's time."""

    def __init__(
        self,
        service: bootstrap.Service,
        connection: psycopg.Connection,
        now: Callable[[], int] = bootstrap.clock,
    ) -> None:
        self._mapper = service.reader.mapper
        self._connection = connection
        self._now = now
        key = service.reader.vault.key(self._mapper.ledger)
        if key is None:
            raise RuntimeError("the ledger has no key")
        self._key = key
        self.position = service.reader.notifications.head().position

    def write(self, facts: Sequence[Fact]) -> None:
        """Write the facts of one command, each the first of its stream, and their index rows."""
        command, mapper, key = uuid4(), self._mapper, self._key
        sealed = [
            SealedFact(
                *(fact.stream_id, 1, fact.TOPIC, key.key_id),
                mapper.seal_body(key, command, index, fact.stream_id, 1, fact),
            )
            for index, fact in enumerate(facts)
        ]
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
