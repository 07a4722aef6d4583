"""Compare the tables derived from the log with the log, row by row, both ways.

A table that only grows: each expected row is looked up by its key while the walk goes on, and 8
bytes of it are set aside on the disk. Where the table then counts more rows than were found, the
surplus ones are searched by those 8 bytes. A table whose rows are replaced and dropped is known at
the end of the log only: the rows in force lie on the disk until then. What a damaged record would
have given is unknown, so surplus is only judged in a log that could be read whole; what an erased
one gave to a table that only grows is unknown too. In the others nothing of an erased patient may
stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from typing import Any, Final
from uuid import UUID

import psycopg

from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.charge import ChargeFact
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.finding import NO_POSITION, Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.shelves import Prints, RowsInForce
from ehealth_ledger.store.indexes.catalogue import INDEXES, changes
from ehealth_ledger.store.indexes.erasures import ERASURES
from ehealth_ledger.store.indexes.ids import IDS
from ehealth_ledger.store.indexes.index import Change, Drop, End, Index, Row

_STREAMED_ROWS: Final = 5_000


class Indexes:
    """Collect the rows the log of acts calls for, and compare them page by page."""

    def __init__(
        self,
        connection: psycopg.Connection,
        log: str,
        findings: Findings,
        erasures: Container[UUID],
    ) -> None:
        self._connection = connection
        self._log = log
        self._findings = findings
        self._erasures = erasures
        self._expected: dict[str, list[tuple[Row, int]]] = defaultdict(list)
        self._prints: dict[str, Prints] = defaultdict(Prints)
        self._found: dict[str, int] = defaultdict(int)
        self._named: dict[str, set[Any]] = defaultdict(set)  # first key columns of rows found wrong
        self._in_force = RowsInForce()
        self._erased_streams: set[UUID] = set()
        self._lost_streams: set[UUID] = set()  # whose key is gone without an erasure
        self._erased: set[int] = set()  # first positions of commands whose content is gone

    def absorb(self, row: RecordRow, fact: Fact | None) -> None:
        """Take in what a fact changes; what an erased one did is no longer known."""
        if fact is None:
            self._erased_streams.add(row.stream_id)
            if row.key_id not in self._erasures:
                self._lost_streams.add(row.stream_id)
            return
        for change in changes(fact, row.position):
            self._take(change, row.position)

    def take_ids(self, ids: Iterable[UUID], position: int) -> None:
        """Take in the ids a command brought."""
        for each in ids:
            self._expect(IDS, (each, position), position)

    def take_erased(self, rows: Iterable[RecordRow], position: int) -> None:
        """Take in the ids an erased command surely brought: those of the streams it began."""
        self._erased.add(position)
        for row in rows:
            kind = FACTS.get(row.topic)
            if kind is not None and kind.BEGINS and not issubclass(kind, ChargeFact):
                self._expect(IDS, (row.stream_id, position), position)

    def compare(self) -> None:
        """Look up every row collected since the last call."""
        for table, expected in self._expected.items():
            keys = list({row[0] for row, _ in expected})
            columns = INDEXES[table].columns
            statement = (
                f"SELECT {', '.join(columns)} FROM {table} "  # noqa: S608 - our names
                f"WHERE {columns[0]} = ANY(%s)"
            )
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
        for index in INDEXES.values():
            if not index.grows_only:
                self._compare_in_force(index)
            elif not self._findings.unread:
                statement = f"SELECT count(*) FROM {index.name}"  # noqa: S608 - our names
                counted = self._connection.execute(statement.encode()).fetchone()
                if counted != (self._found[index.name],):
                    self._search_surplus(index)

    def _take(self, change: Change, position: int) -> None:
        index = change.index
        if isinstance(change, Drop):
            self._in_force.drop(index, change.key)
        elif isinstance(change, End):
            self._in_force.end(index, change.key, change.day, position)
        elif index.grows_only:
            self._expect(index, change.row, position)
        else:
            self._in_force.put(index, change.row, position)

    def _expect(self, index: Index, row: Row, position: int) -> None:
        self._expected[index.name].append((row, position))
        self._prints[index.name].append(hash(row))

    def _compare_in_force(self, index: Index) -> None:
        """Compare a table whose rows come and go; what an unread record did to it is unknown."""
        if self._findings.unread:
            return
        for row in self._stream(index):
            expected = self._in_force.take(index, row)
            if expected is None:
                if not _names(row, self._lost_streams):
                    self._add(index.name, NO_POSITION, "surplus", row[0])
            elif expected[0] != row:
                self._add(index.name, expected[1], "altered", row[0])
        for row, position in self._in_force.left(index):
            if not _names(row, self._lost_streams):
                self._add(index.name, position, "missing", row[0])

    def _search_surplus(self, index: Index) -> None:
        expected = self._prints[index.name].counted()  # a row may come twice where a key is gone
        at = index.columns.index("position") if "position" in index.columns else None
        for row in self._stream(index):
            if expected[hash(row)] or row[0] in self._named[index.name]:
                expected[hash(row)] -= 1
                continue
            position = NO_POSITION if at is None else row[at]
            # Which ids an erased command brought beside its streams is no longer known.
            if index is IDS and position in self._erased:
                continue
            if index is ERASURES or not _names(row, self._erased_streams):
                self._add(index.name, position, "surplus", row[0])

    def _stream(self, index: Index) -> Iterable[Row]:
        statement = f"SELECT {', '.join(index.columns)} FROM {index.name}"  # noqa: S608 - our names
        with self._connection.cursor("fsck_rows") as cursor:
            cursor.itersize = _STREAMED_ROWS
            yield from cursor.execute(statement.encode())

    def _add(self, table: str, position: int, what: str, key: object) -> None:
        self._findings.add(Kind.INDEX_ALTERED, self._log, position, f"{table} {key}: {what}")


def _names(row: Row, streams: Container[UUID]) -> bool:
    """Tell whether a row belongs to one of these streams, of which a fact could not be read."""
    return any(isinstance(each, UUID) and each in streams for each in row)
