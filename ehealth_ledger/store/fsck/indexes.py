"""Compare the tables derived from the log with the log, row by row, both ways.

Each expected row is looked up by its key while the walk goes on, so memory holds 8 bytes a row and
no row. Where a table then counts more rows than were found, the surplus ones are searched by those
8 bytes. What a damaged record would have given is unknown, so surplus is only judged in a log that
could be read whole.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import psycopg

from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.charge import ChargeFact
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.finding import NO_POSITION, Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.index_rows import (
    INDEX_COLUMNS,
    Row,
    ended_declaration,
    index_rows,
    index_rows_without_body,
)

_DECLARED: Final = (
    "declaration, patient"  # whether it is still active is known at the end of the log
)
_COLUMNS: Final = {**INDEX_COLUMNS, "declarations": _DECLARED}
_STREAMED_ROWS: Final = 5_000


class Indexes:
    """Collect the rows the log of acts calls for, and compare them page by page."""

    def __init__(self, connection: psycopg.Connection, log: str, findings: Findings) -> None:
        self._connection = connection
        self._log = log
        self._findings = findings
        self._expected: dict[str, list[tuple[Row, int]]] = defaultdict(list)
        self._prints: dict[str, array[int]] = defaultdict(lambda: array("q"))
        self._found: dict[str, int] = defaultdict(int)
        self._named: dict[str, set[Any]] = defaultdict(set)  # first key columns of rows found wrong
        self._cut_offs: dict[str, tuple[int, int]] = {}
        self._ended: dict[UUID, int] = {}
        self._erased: set[int] = set()  # first positions of commands whose content is gone

    def absorb(self, row: RecordRow, fact: Fact | None) -> None:
        """Take in what a fact adds, or what the header of an erased one does."""
        ended = ended_declaration(row.topic, row.stream_id)
        if ended is not None:
            self._ended[ended] = row.position
        rows = (
            index_rows_without_body(row.topic, row.stream_id, row.key_id, row.position)
            if fact is None
            else index_rows(fact, row.position)
        )
        for table, columns in rows:
            if table == "cut_offs":
                self._cut_offs[columns[0]] = (columns[1], row.position)
            elif table == "declarations":
                self._expect(table, columns[:2], row.position)
            else:
                self._expect(table, columns, row.position)

    def take_ids(self, ids: Iterable[UUID], position: int) -> None:
        """Take in the ids a command brought."""
        for each in ids:
            self._expect("ids", (each, position), position)

    def take_erased(self, rows: Iterable[RecordRow], position: int) -> None:
        """Take in the ids an erased command surely brought: those of the streams it began."""
        self._erased.add(position)
        for row in rows:
            kind = FACTS.get(row.topic)
            if kind is not None and kind.BEGINS and not issubclass(kind, ChargeFact):
                self._expect("ids", (row.stream_id, position), position)

    def compare(self) -> None:
        """Look up every row collected since the last call."""
        for table, expected in self._expected.items():
            keys = list({row[0] for row, _ in expected})
            columns = _COLUMNS[table]
            key = columns.split(",", 1)[0]
            statement = f"SELECT {columns} FROM {table} WHERE {key} = ANY(%s)"  # noqa: S608 - our names
            stored = set(self._connection.execute(statement.encode(), (keys,), prepare=True))
            for row, position in expected:
                if row in stored:
                    self._found[table] += 1
                else:
                    self._named[table].add(row[0])
                    self._add(table, position, "missing or altered", row[0])
        self._expected.clear()

    def finish(self) -> None:
        """Compare what is known at the end of the log only, and search the surplus rows."""
        self.compare()
        self._compare_cut_offs()
        self._compare_endings()
        if self._findings.unread:
            return
        for table, columns in _COLUMNS.items():
            if table == "cut_offs":
                continue
            statement = f"SELECT count(*) FROM {table}"  # noqa: S608 - our names
            counted = self._connection.execute(statement.encode()).fetchone()
            if counted != (self._found[table],):
                self._search_surplus(table, columns)

    def _expect(self, table: str, row: Row, position: int) -> None:
        self._expected[table].append((row, position))
        self._prints[table].append(hash(row))

    def _compare_cut_offs(self) -> None:
        stored: dict[str, int] = dict(
            self._connection.execute("SELECT period, at FROM cut_offs").fetchall()
        )
        for period, (at, position) in self._cut_offs.items():
            if stored.pop(period, None) != at:
                self._add("cut_offs", position, "missing or altered", period)
        if not self._findings.unread:
            for period in stored:
                self._add("cut_offs", NO_POSITION, "surplus", period)

    def _compare_endings(self) -> None:
        missing = dict(self._ended)
        for (declaration,) in self._stream("SELECT declaration FROM declarations WHERE NOT active"):
            if missing.pop(declaration, None) is None and not self._findings.unread:
                self._add("declarations", self._began(declaration), "not active", declaration)
        for declaration, position in missing.items():
            self._add("declarations", position, "still active, or missing", declaration)

    def _search_surplus(self, table: str, columns: str) -> None:
        expected = set(self._prints[table])
        at = columns.split(", ").index("position") if "position" in columns.split(", ") else None
        for row in self._stream(f"SELECT {columns} FROM {table}"):  # noqa: S608 - our names
            if hash(row) in expected or row[0] in self._named[table]:
                continue
            position = NO_POSITION if at is None else row[at]
            # Which ids an erased command brought beside its streams is no longer known.
            if not (table == "ids" and position in self._erased):
                self._add(table, position, "surplus", row[0])

    def _stream(self, statement: str) -> Iterable[Row]:
        with self._connection.cursor("fsck_rows") as cursor:
            cursor.itersize = _STREAMED_ROWS
            yield from cursor.execute(statement.encode())

    def _began(self, stream_id: UUID) -> int:
        row = self._connection.execute(
            "SELECT position FROM records WHERE stream_id = %s AND stream_version = 1", (stream_id,)
        ).fetchone()
        return NO_POSITION if row is None else int(row[0])

    def _add(self, table: str, position: int, what: str, key: object) -> None:
        self._findings.add(Kind.INDEX_ALTERED, self._log, position, f"{table} {key}: {what}")
