"""Open the read side's database, and look at it as of one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from ehealth_ledger.errors import Undecided
from projections.read_models import checkpoint
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.model import Model

READ_SCHEMA: Final = "read"
CONNECT_TIMEOUT_S: Final = 10
QUERY_CONNECTIONS_MAX: Final = 8

Query = str | sql.Composed


def session_options(schema: str) -> str:
    """Write the settings of a session in one schema, as libpq takes them."""
    return f"-c timezone=UTC -c client_min_messages=warning -c search_path={schema}"


def connect(url: str, *, schema: str = READ_SCHEMA, name: str = "projector") -> psycopg.Connection:
    """Connect with tuple rows, in UTC, with this schema alone; commit each statement."""
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name=f"ehealth-{name}",
        options=session_options(schema),
    )


def query_pool(url: str) -> ConnectionPool:
    """Open the pool of the query API; it comes up before the database does, and waits for it."""
    return ConnectionPool(
        url,
        min_size=1,
        max_size=QUERY_CONNECTIONS_MAX,
        kwargs={
            "autocommit": True,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "ehealth-query",
            "options": session_options(READ_SCHEMA),
        },
        check=ConnectionPool.check_connection,
        name="query",
        open=True,
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Look at a model's rows and its checkpoint as of the same moment."""

    cursor: psycopg.Cursor[Any]
    checkpoint: Checkpoint

    def rows(self, query: Query, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.cursor.execute(query, parameters).fetchall()

    def text(self, query: Query, parameters: Sequence[object]) -> str | None:
        """Return the one text of the one row of a query; None where there is no row."""
        row = self.cursor.execute(query, parameters).fetchone()
        return None if row is None else str(row[0])


@contextmanager
def snapshot(connection: psycopg.Connection, model: Model) -> Iterator[Snapshot]:
    """Open a moment of one model; raise Undecided where it was never built."""
    with moment(connection, *(table.name for table in model.tables)) as cursor:
        found = checkpoint.find(cursor, model.name)
        if found is None or found.position == 0:
            raise Undecided("read_model.not_ready", model=model.name)
        yield Snapshot(cursor, found)


@contextmanager
def moment(connection: psycopg.Connection, *tables: str) -> Iterator[psycopg.Cursor[Any]]:
    """Read checkpoints and tables as of one moment; raise Undecided where they are missing.

    The tables are locked first: a name is resolved when its statement runs, but the rows seen are
    those of the first statement, so that a rebuild swapping tables in between would show its rows
    under the old checkpoint.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, (*tables, "checkpoint")))
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
            yield cursor
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as fault:
        raise Undecided("read_model.not_ready") from fault
