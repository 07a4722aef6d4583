"""Fold one statement after the other in a process of its own, for the service that started it.

It is told everything on standard input, a JSON object a line: first what it may read, then a set a
line; it answers each on standard output. It holds the one key that money facts are sealed under,
and reads the ledger as `ledger_reader`: no patient's key, no master key. When the service is gone,
however it went, its input ends, and so does it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO, Any
from uuid import UUID

import psycopg

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.pricing.statement import FoldedStatement, StatementKey
from ehealth_ledger.store.blobs import SubjectKey
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.folding.lines import LineFold
from ehealth_ledger.values.garbage import collect_rarely
from ehealth_ledger.values.identifiers import ContractId
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.time import Month


class _Reading:
    """Keep one connection to the ledger, and open another when it is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def cursor(self) -> psycopg.Cursor:
        if self._connection is None or self._connection.closed:
            self._connection = connect(
                self._url, schema=LEDGER_SCHEMA, role="ledger_reader", name="folding"
            )
            self._connection.execute("SET max_parallel_workers_per_gather = 0")
        return self._connection.cursor()


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until there is nothing more to read."""
    told = json.loads(asked.readline())
    key = SubjectKey(UUID(told["ledger"]), bytes.fromhex(told["key"]))
    lines = LineFold(key.key_id, told["log"], _only(key))
    reading = _Reading(told["url"])
    for line in asked:
        asked_for = json.loads(line)
        answer = {"asked": asked_for, **_answer(lines, reading, asked_for)}
        answers.write(canonical(answer) + b"\n")
        answers.flush()


def _only(key: SubjectKey) -> Any:
    def keys_of(wanted: Iterable[UUID]) -> Mapping[UUID, SubjectKey]:
        return {each: key for each in wanted if each == key.key_id}

    return keys_of


def _answer(lines: LineFold, reading: _Reading, asked: dict[str, str]) -> dict[str, Any]:
    key = StatementKey(
        ContractId(UUID(asked["contract"])), asked["package"], Month(asked["period"])
    )
    try:
        with reading.cursor() as cursor:
            found = lines.fold(cursor, key)
    except LedgerCorrupt as fault:
        return {"corrupt": [fault.kind, fault.log, fault.position, fault.detail]}
    except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
        return {"unreachable": type(fault).__name__}
    return {"folded": None if found is None else _said(found)}


def _said(folded: FoldedStatement) -> list[Any]:
    return [folded.as_of, folded.count, folded.total, folded.digest]


def main() -> None:
    """Serve the process that holds the other ends."""
    collect_rarely()
    with suppress(BrokenPipeError):  # nobody is left to be answered
        serve(sys.stdin.buffer, sys.stdout.buffer)
