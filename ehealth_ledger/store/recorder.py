"""Stand where the `eventsourcing` library expects its PostgreSQL recorder.

The tables and the way of writing are ours.

What is kept of the library: its interface, its pool, its errors, its subscription. What is
replaced: tables, insert (one commit under the head's lock, by COPY), positions (gap-free, from the
head). The database functions of the library lose events for tail readers and stay off (checked at
construction).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import Notification, ProgrammingError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import TupleRow, tuple_row

from ehealth_ledger.store.batch import (
    NOTIFY_CHANNEL,
    SealedCommand,
    SealedFact,
    append,
    lock_head,
)
from ehealth_ledger.store.mapper import StoredFactEvent
from ehealth_ledger.store.stored_fact import StoredFact

_COLUMNS: Final = (
    "r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, r.topic, r.key_id, "
    "b.blob FROM records r JOIN bodies b ON b.log = r.log AND b.position = r.position"
)


class LedgerRecorder(PostgresApplicationRecorder):
    """Record facts in one log.

    `insert_events` takes the command they belong to, and refuses without one.
    """

    log: str = "records"

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "records") -> None:
        if datastore.enable_db_functions:
            raise ProgrammingError("POSTGRES_ENABLE_DB_FUNCTIONS loses events and must be off")
        super().__init__(datastore, events_table_name=events_table_name)
        self.sql_create_statements = []  # the tables come from store/migrations
        self.channel_name = NOTIFY_CHANNEL

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append one command's facts; return their positions.

        `command` (command id, key id, sealed envelope) is mandatory: no record exists without an
        envelope.
        """
        if not stored_events:
            return None
        command: tuple[UUID, UUID, bytes] = kwargs["command"]
        facts = [
            SealedFact(
                UUID(str(each.originator_id)),
                each.originator_version,
                each.topic,
                command[1],
                each.state,
            )
            for each in stored_events
        ]
        recorded_at: int = kwargs["recorded_at"]
        with self.datastore.transaction(commit=True) as outer:
            cursor = _tuples(outer)
            head = lock_head(cursor, self.log)
            sealed = SealedCommand(*command, facts)
            _, placed = append(cursor, head, [sealed], max(recorded_at, head.recorded_at))
        return range(placed[0].first_position, placed[0].last_position + 1)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read one stream's records between two versions."""
        order = "DESC" if desc else "ASC"
        statement = (
            f"SELECT {_COLUMNS} WHERE r.stream_id = %(stream)s "
            "AND (%(gt)s::bigint IS NULL OR r.stream_version > %(gt)s) "
            "AND (%(lte)s::bigint IS NULL OR r.stream_version <= %(lte)s) "
            f"ORDER BY r.stream_version {order} LIMIT %(limit)s"
        )
        parameters = {"stream": originator_id, "gt": gt, "lte": lte, "limit": limit}
        with self.datastore.get_connection() as connection:
            rows = _tuples_of(connection).execute(statement.encode(), parameters).fetchall()
        return [_stored_event(StoredFact(*row)) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read the log's records between two positions, in order."""
        after = None if start is None else start - inclusive_of_start
        statement = (
            f"SELECT {_COLUMNS} WHERE r.log = %(log)s "
            "AND (%(after)s::bigint IS NULL OR r.position > %(after)s) "
            "AND (%(stop)s::bigint IS NULL OR r.position <= %(stop)s) "
            "AND (%(topics)s::text[] IS NULL OR r.topic = ANY(%(topics)s)) "
            "ORDER BY r.position LIMIT %(limit)s"
        )
        parameters = {
            "log": self.log,
            "after": after,
            "stop": stop,
            "topics": list(topics) or None,
            "limit": limit,
        }
        with self.datastore.get_connection() as connection:
            rows = _tuples_of(connection).execute(statement.encode(), parameters).fetchall()
        return [
            Notification(
                originator_id=stored.stream_id,
                originator_version=stored.stream_version,
                topic=stored.topic,
                state=stored.body or b"",  # never absent: the query joins them
                id=stored.position,
            )
            for stored in (StoredFact(*row) for row in rows)
        ]

    def max_notification_id(self) -> int | None:
        """Return the log's last position, from its head; None while it is empty."""
        with self.datastore.get_connection() as connection:
            row = (
                _tuples_of(connection)
                .execute("SELECT position FROM heads WHERE log = %s", (self.log,))
                .fetchone()
            )
        return None if row is None or row[0] == 0 else int(row[0])


def _stored_event(stored: StoredFact) -> StoredEvent:
    return StoredFactEvent(
        originator_id=stored.stream_id,
        originator_version=stored.stream_version,
        topic=stored.topic,
        state=stored.body or b"",  # never absent: the query joins them
        stored=stored,
    )


def _tuples_of(connection: psycopg.Connection[Any]) -> psycopg.Cursor[TupleRow]:
    return connection.cursor(row_factory=tuple_row)


def _tuples(cursor: psycopg.Cursor[Any]) -> psycopg.Cursor[TupleRow]:
    """Read tuples on the library's connection, inside the transaction its cursor is in."""
    return _tuples_of(cursor.connection)
