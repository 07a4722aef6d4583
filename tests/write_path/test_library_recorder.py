"""Run the `eventsourcing` library's own recorder test cases against the ledger's recorder.

The library's events carry no command; the subclass below, which only tests own, makes one up
for each call.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    Notification,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.tests import persistence as library
from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.entrypoints.bootstrap import clock
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.batch import begin_log
from ehealth_ledger.store.connections import connect
from ehealth_ledger.store.migrate import apply, ledger_migrations
from ehealth_ledger.store.recorder import LedgerRecorder

SCRATCH = "library_scratch"


class CommandlessRecorder(LedgerRecorder):
    """Supply the envelope that plain stored events lack."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        command = (uuid4(), uuid4(), os.urandom(64))
        positions = super().insert_events(
            stored_events, command=command, recorded_at=clock(), **kwargs
        )
        return None if positions is None else list(positions)

    def select_events(self, *args: Any, **kwargs: Any) -> list[StoredEvent]:
        return [
            StoredEvent(
                originator_id=each.originator_id,
                originator_version=each.originator_version,
                topic=each.topic,
                state=each.state,
            )
            for each in super().select_events(*args, **kwargs)
        ]


def datastore_on(url: str, **options: Any) -> PostgresDatastore:
    """Connect the library to the scratch schema as the ledger's writer."""
    parts = conninfo_to_dict(url)
    datastore = PostgresDatastore(  # a subscription keeps one connection
        dbname=str(parts["dbname"]),
        host=str(parts["host"]),
        port=str(parts.get("port") or "5432"),
        user=str(parts["user"]),
        password=str(parts.get("password") or ""),
        schema=SCRATCH,
        pool_size=4,
        **options,
    )
    assert isinstance(datastore.pool.kwargs, dict)
    datastore.pool.kwargs["options"] = f"-c search_path={SCRATCH},public -c role=ledger_writer"
    return datastore


@pytest.fixture
def scratch(database: Databases) -> str:
    """Migrate a scratch schema with the project's own files and begin an empty log in it."""
    apply(database.ledger, SCRATCH, ledger_migrations())
    with connect(database.ledger, schema=SCRATCH) as connection, connection.cursor() as cursor:
        begin_log(cursor, uuid4(), "records")
    return database.ledger


class OnScratch:
    """Give each test case a recorder on a scratch schema of its own."""

    datastore: PostgresDatastore

    @pytest.fixture(autouse=True)
    def connected(self, scratch: str) -> Iterator[None]:
        self.datastore = datastore_on(scratch)
        yield
        self.datastore.close()

    def create_recorder(self) -> CommandlessRecorder:
        return CommandlessRecorder(self.datastore)


class TestApplicationRecorder(  # the promises of an application recorder
    OnScratch, library.ApplicationRecorderTestCase[CommandlessRecorder]
):
    """The library's promises of an application recorder hold, its subscription included."""

    def test_insert_subscribe(self) -> None:
        """A subscriber receives what is recorded before and while it listens."""
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIds(OnScratch, library.NonInterleavingNotificationIDsBaseCase):
    """Positions of one call never interleave with another's."""

    insert_num = 1000


def test_positions_are_those_of_the_log(scratch: str) -> None:
    """After a conflict the next position follows the last that was written: no gap, whatever
    failed.
    """
    datastore = datastore_on(scratch)
    try:
        recorder = CommandlessRecorder(datastore)
        event = StoredEvent(uuid4(), 1, "topic", b"state")
        assert recorder.insert_events([event]) == [1]
        for _ in range(3):
            with pytest.raises(Exception, match="records_stream_version_taken"):
                recorder.insert_events([event])
        assert recorder.insert_events([StoredEvent(uuid4(), 1, "topic", b"state")]) == [2]
        found: Sequence[Notification] = recorder.select_notifications(None, 10)
        assert [each.id for each in found] == [1, 2]
    finally:
        datastore.close()


def test_no_event_is_recorded_without_an_envelope(scratch: str) -> None:
    """The product's own recorder takes no event without its command; no setting changes that."""
    datastore = datastore_on(scratch)
    try:
        with pytest.raises(KeyError, match="command"):
            LedgerRecorder(datastore).insert_events([StoredEvent(uuid4(), 1, "topic", b"state")])
    finally:
        datastore.close()
    with psycopg.connect(scratch) as connection:
        row = connection.execute(f"SELECT count(*) FROM {SCRATCH}.records").fetchone()
    assert row == (0,)


def test_the_librarys_database_functions_are_refused(scratch: str) -> None:
    """They lose events for tail readers, so a recorder is not built with them on."""
    datastore = datastore_on(scratch, enable_db_functions=True)
    try:
        with pytest.raises(ProgrammingError, match="DB_FUNCTIONS"):
            LedgerRecorder(datastore)
    finally:
        datastore.close()
