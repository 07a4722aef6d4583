"""Write what facts changed in the index tables, one statement a table."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from ehealth_ledger.store.binary_copy import text_rows
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.indexes.catalogue import INDEXES
from ehealth_ledger.store.indexes.index import Change, Drop, End, Index, Key, Row
from ehealth_ledger.values.json import canonical


class IndexWriter:
    """Collect changes, and send them in an order that lets the guards see the end of each.

    Of several changes of one row only the last is sent. What is dropped or ended goes before what
    is put, and what was put later comes later: a unique guard sees the old row leave before the new
    one comes.
    """

    def __init__(self) -> None:
        self._grown: dict[str, list[Row]] = defaultdict(list)
        self._put: dict[str, dict[Key, Row]] = defaultdict(dict)
        self._dropped: dict[str, dict[Key, None]] = defaultdict(dict)
        self._ended: dict[str, dict[Key, date]] = defaultdict(dict)

    def take(self, change: Change) -> None:
        """Take in one change."""
        index = change.index
        if isinstance(change, Drop):
            rows = self._put[index.name]
            for key in index.dropped(change.key, rows):
                del rows[key]
            self._dropped[index.name][change.key] = None
        elif isinstance(change, End):
            self._end(change)
        elif index.grows_only:
            self._grown[index.name].append(change.row)
        else:
            put, key = self._put[index.name], index.key(change.row)
            put.pop(key, None)  # so that the last change stands last
            put[key] = change.row

    def _end(self, change: End) -> None:
        index, by, day = change.index, change.key, change.day
        rows = self._put[index.name]
        for key in index.dropped(by, rows):
            ended = index.ended(rows[key], day)
            if ended is None:
                del rows[key]
            else:
                rows[key] = ended
        days = self._ended[index.name]
        days[by] = min(day, days.get(by, day))

    def send(self, conveyor: Conveyor) -> None:
        """Send what was collected since the last time.

        store/guards.py translates a violated constraint.
        """
        for name, index in INDEXES.items():
            dropped, put = self._dropped.get(name), self._put.get(name)
            for length in sorted({len(key) for key in dropped or ()}):
                keys = [key for key in dropped or () if len(key) == length]
                conveyor.execute(_drop_statement(index, length), _json(index, keys))
            for key, day in self._ended.get(name, {}).items():
                named = dict(zip(index.columns, key, strict=False)) | {"last_day": day}
                for statement in _end_statements(index, len(key)):
                    conveyor.execute(statement, canonical([named]))
            if put:
                conveyor.execute(_put_statement(index), _json(index, put.values()))
            grown = self._grown.get(name)
            if grown:
                conveyor.copy(
                    f"COPY {name} ({', '.join(index.columns)}) FROM STDIN", text_rows(grown)
                )
        self._grown.clear()
        self._put.clear()
        self._dropped.clear()
        self._ended.clear()


def _json(index: Index, rows: Any) -> bytes:
    """Write rows, or the keys of rows, as the JSON that the statements read."""
    return canonical([dict(zip(index.columns, row, strict=False)) for row in rows])


def _put_statement(index: Index) -> str:
    columns = ", ".join(index.columns)
    key = ", ".join(index.columns[: index.key_columns])
    others = index.columns[index.key_columns :]
    replaced = ", ".join(f"{column} = excluded.{column}" for column in others)
    return (
        f"INSERT INTO {index.name} ({columns}) SELECT {columns} "  # noqa: S608 - our own names
        f"FROM jsonb_populate_recordset(NULL::{index.name}, $1::jsonb) "
        f"ON CONFLICT ({key}) " + (f"DO UPDATE SET {replaced}" if replaced else "DO NOTHING")
    )


def _drop_statement(index: Index, length: int) -> str:
    return (
        f"DELETE FROM {index.name} t "  # noqa: S608 - our own names
        f"USING jsonb_populate_recordset(NULL::{index.name}, $1::jsonb) d "
        f"WHERE {_same(index, length)}"
    )


def _end_statements(index: Index, length: int) -> tuple[str, str]:
    """Take away what begins after a day, and end what goes on after it."""
    later = f"{_drop_statement(index, length)} AND t.first_day > d.last_day"
    longer = (
        f"UPDATE {index.name} t SET last_day = d.last_day "  # noqa: S608 - our own names
        f"FROM jsonb_populate_recordset(NULL::{index.name}, $1::jsonb) d "
        f"WHERE {_same(index, length)} AND t.last_day > d.last_day"
    )
    return later, longer


def _same(index: Index, length: int) -> str:
    return " AND ".join(f"t.{column} = d.{column}" for column in index.columns[:length])
