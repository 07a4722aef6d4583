"""Ask the database what one query answers best: streams, heads, stray logs, applied migrations."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.record import genesis_value
from ehealth_ledger.store.fsck.chain import Chain
from ehealth_ledger.store.fsck.finding import NO_POSITION, Findings, Kind
from ehealth_ledger.store.fsck.pages import first_record
from ehealth_ledger.store.migrate import ledger_migrations

# One window over the index of streams: the database sorts, nothing is held here.
_STREAMS: Final = """
    SELECT log, position FROM (
        SELECT log, position, stream_version,
               lag(stream_version, 1, 0::bigint) OVER w + 1 AS expected,
               lag(position) OVER w AS before, lag(log) OVER w AS log_before
        FROM records WINDOW w AS (PARTITION BY stream_id ORDER BY stream_version)) AS v
    WHERE stream_version <> expected OR position <= before OR log <> log_before
    ORDER BY log, position
"""

_TABLES: Final = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'm', 'f')
      AND NOT relispartition
    ORDER BY relname
"""


_KEYLESS: Final = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_index i
                      WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid)
    ORDER BY c.relname
"""


def check_streams(connection: psycopg.Connection, findings: Findings) -> None:
    """Find records whose stream version does not follow the stream's record before."""
    for log, position in connection.execute(_STREAMS.encode()):
        findings.add(Kind.STREAM_BROKEN, log, position)


class HeadRow(NamedTuple):
    """Hold a head's columns as stored."""

    ledger: UUID
    position: int
    chain_value: bytes
    recorded_at: int
    edge: bytes


def read_heads(connection: psycopg.Connection) -> dict[str, HeadRow]:
    """Return every log's head."""
    rows = connection.execute(
        "SELECT log, ledger, position, chain_value, recorded_at, edge FROM heads"
    )
    return {log: HeadRow(*row) for log, *row in rows}


def check_head(
    ledger: UUID, head: HeadRow | None, log: str, chain: Chain, findings: Findings
) -> None:
    """Compare a head with the end of its log; a shorter log has lost its tail."""
    if head is None:
        findings.add(Kind.HEAD_MISSING, log, chain.position)
    elif head.ledger != ledger:
        findings.add(Kind.HEAD_ALTERED, log, chain.position, "ledger")
    elif head.position > chain.position and head.chain_value != chain.chain_value:
        lost = head.position - chain.position
        findings.unread = True
        findings.add(Kind.POSITION_MISSING, log, chain.position + 1, f"{lost} missing at the end")
    elif (head.position, head.chain_value, head.recorded_at) != (
        *(chain.position, chain.chain_value),
        chain.recorded_at,
    ):
        findings.add(Kind.HEAD_ALTERED, log, chain.position)


def check_stray_logs(
    connection: psycopg.Connection,
    known: set[str],
    heads: Mapping[str, HeadRow],
    findings: Findings,
) -> None:
    """Find rows of logs that are not walked, and heads of no log: neither is without the other."""
    for log in heads.keys() - known:
        findings.add(Kind.HEAD_ALTERED, log, heads[log].position, "a head of no log")
    for table, kind in (
        ("records", Kind.HEAD_MISSING),
        ("bodies", Kind.BODY_SURPLUS),
        ("envelopes", Kind.ENVELOPE_SURPLUS),
    ):
        # Jumping from log to log along the primary key reads a row a log, however long they are.
        statement = (
            f"SELECT log, position FROM {table} "  # noqa: S608 - our names
            "WHERE log > %s ORDER BY log, position LIMIT 1"
        )
        row = connection.execute(statement.encode(), ("",)).fetchone()
        while row is not None:
            log, position = row
            if log not in known:
                findings.add(kind, log, position, "a log without a head")
            row = connection.execute(statement.encode(), (log,)).fetchone()


def check_tables(
    connection: psycopg.Connection, known: Container[str], log: str, findings: Findings
) -> None:
    """Find tables of the ledger that are neither the log nor derived from it again."""
    for (name,) in connection.execute(_TABLES.encode()):
        if name not in known:
            findings.add(
                Kind.SCHEMA_ALTERED, log, NO_POSITION, f"{name}: a table that nothing derives"
            )


def check_keys(connection: psycopg.Connection, log: str, findings: Findings) -> None:
    """Find tables whose primary key is gone: what is read by key would not show a row's double."""
    for (name,) in connection.execute(_KEYLESS):
        said = f"{name}: the key that keeps its rows apart is gone"
        findings.add(Kind.SCHEMA_ALTERED, log, NO_POSITION, said)


def check_migrations(connection: psycopg.Connection, log: str, findings: Findings) -> None:
    """Compare the applied migrations with the ones this release carries."""
    stored: dict[str, bytes] = dict(
        connection.execute("SELECT name, digest FROM migrations").fetchall()
    )
    for migration in ledger_migrations():
        if stored.pop(migration.name, None) != migration.digest:
            findings.add(Kind.SCHEMA_ALTERED, log, NO_POSITION, migration.name)
    for name in stored:
        findings.add(Kind.SCHEMA_ALTERED, log, NO_POSITION, name)


def ledger_of(connection: psycopg.Connection, log: str, head: HeadRow | None) -> UUID | None:
    """Name the ledger as its first record does, or its head where that record is not whole."""
    first = first_record(connection, log)
    if (
        first is not None
        and first.position == 1
        and first.is_intact(log)
        and first.previous == genesis_value(first.ledger, log)
    ):
        return first.ledger
    return None if head is None else head.ledger
