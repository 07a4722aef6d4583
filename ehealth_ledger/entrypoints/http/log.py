"""Show the log's outside: where it ends, one record's columns; never a body or what was signed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Annotated, Final
from uuid import UUID

import psycopg
from fastapi import APIRouter, Path, Request
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from pydantic import BaseModel, Field

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.receipts import Hex, instant
from ehealth_ledger.errors import Refused
from ehealth_ledger.store.batch import Head, read_head
from ehealth_ledger.store.connections import LEDGER_SCHEMA

CONNECTIONS_MAX: Final = 2
WAIT_S_MAX: Final = 5.0
POSITION_MAX: Final = 2**63 - 1

_COLUMNS: Final = (
    "SELECT ledger, log, position, command_id, fact_index, fact_count, stream_id, stream_version, "
    "topic, recorded_at AS recorded_at_us, key_id, encode(body_digest, 'hex') AS body_digest, "
    "encode(envelope_digest, 'hex') AS envelope_digest, encode(previous, 'hex') AS previous, "
    "encode(chain_value, 'hex') AS chain_value "
    "FROM records WHERE log = %s AND position = %s"
)


LogName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]*$", examples=["records"])]


class HeadAnswer(BaseModel):
    """Say where a log ends."""

    ledger: UUID
    log: str = Field(examples=["records"])
    position: int = Field(examples=[1043])
    chain_value: Hex = Field(description="SHA-256 that binds the whole log up to the position")
    recorded_at: str = Field(examples=["2026-11-23T08:00:00.123456Z"])
    recorded_at_us: int


class RecordAnswer(BaseModel):
    """Show one record's columns: exactly what its chain value is the hash of."""

    ledger: UUID
    log: str = Field(examples=["records"])
    position: int = Field(examples=[1043])
    command_id: UUID
    fact_index: int
    fact_count: int
    stream_id: UUID
    stream_version: int
    topic: str = Field(examples=["referral.issued.v1"])
    recorded_at: str = Field(examples=["2026-11-23T08:00:00.123456Z"])
    recorded_at_us: int
    key_id: UUID
    body_digest: Hex
    envelope_digest: Hex
    previous: Hex = Field(description="the chain value of the record before")
    chain_value: Hex


class LogReader:
    """Read headers of records; the role sees no key and opens no blob."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=CONNECTIONS_MAX,
            timeout=WAIT_S_MAX,
            check=ConnectionPool.check_connection,
            kwargs={
                "autocommit": True,
                "options": f"-c search_path={LEDGER_SCHEMA} -c role=ledger_reader -c timezone=UTC",
            },
            name="headers",
            open=False,
        )

    def open(self) -> None:
        """Begin to connect."""
        self._pool.open()

    def close(self) -> None:
        """Give back the connections."""
        self._pool.close()

    def connection(self) -> AbstractContextManager[psycopg.Connection]:
        """Lend a reading connection."""
        return self._pool.connection()

    def head(self) -> Head:
        """Return where the log of acts ends."""
        with self._pool.connection() as connection, connection.cursor() as cursor:
            return read_head(cursor, RECORDS)

    def record(self, log: str, position: int) -> RecordAnswer | None:
        """Return a record's columns, or None where there is no such record."""
        with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            row = cursor.execute(_COLUMNS, (log, position)).fetchone()
        if row is None:
            return None
        return RecordAnswer(recorded_at=instant(row["recorded_at_us"]), **row)


def router(reader: LogReader) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["log"])

    @routes.get("/head", summary="Ask where the log ends")
    def head(request: Request) -> HeadAnswer:
        """Give the last position and its chain value, which binds all before: keep it, compare."""
        refuse_parameters(request)
        found = reader.head()
        return HeadAnswer(
            ledger=found.ledger,
            log=found.log,
            position=found.position,
            chain_value=found.chain_value.hex(),
            recorded_at=instant(found.recorded_at),
            recorded_at_us=found.recorded_at,
        )

    @routes.get("/records/{log}/{position}", summary="Read one record's columns")
    def record(
        request: Request,
        log: LogName,
        position: Annotated[int, Path(ge=1, le=POSITION_MAX, examples=[1])],
    ) -> RecordAnswer:
        """Give the columns a chain value binds, for anybody to hash again; no body, no content."""
        refuse_parameters(request)
        found = reader.record(log, position)
        if found is None:
            raise Refused("request.not_found", "$.position")
        return found

    return routes
