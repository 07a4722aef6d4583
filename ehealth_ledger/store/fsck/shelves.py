"""Set aside on the disk what a check has to remember of every row, so that memory stays flat.

Both files are temporary, nameless and the process's own; they hold ids, digests and numbers as the
index tables do, and go with the check.
"""

from __future__ import annotations

import pickle
import sqlite3
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import IO, Final

from ehealth_ledger.store.indexes.index import Index, Key, Row

PRINTS_AT_ONCE: Final = 8_192
ROWS_AT_ONCE: Final = 8_192
CACHE_KIB: Final = 8_192

_TABLE: Final = """
    CREATE TABLE in_force (name TEXT, key BLOB, row BLOB, position INTEGER,
                           PRIMARY KEY (name, key)) WITHOUT ROWID
"""
_PUT: Final = "INSERT OR REPLACE INTO in_force VALUES (?, ?, ?, ?)"
_FIND: Final = "SELECT row, position FROM in_force WHERE name = ? AND key = ?"
_TAKE: Final = "DELETE FROM in_force WHERE name = ? AND key = ?"
_DROP: Final = "DELETE FROM in_force WHERE name = ? AND key >= ? AND key < ?"
_BEGIN: Final = "SELECT key, row FROM in_force WHERE name = ? AND key >= ? AND key < ?"
_LEFT: Final = "SELECT row, position FROM in_force WHERE name = ? ORDER BY key"


class Prints:
    """Remember a number for each row; they are read again only where something is wrong."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
        self._recent = array("q")

    def append(self, print_: int) -> None:
        """Remember one."""
        self._recent.append(print_)
        if len(self._recent) >= PRINTS_AT_ONCE:
            self._recent.tofile(self._file)
            self._recent = array("q")

    def counted(self) -> Counter[int]:
        """Read them all: memory then holds each once."""
        self._file.seek(0)
        found = Counter(self._recent)
        while joined := self._file.read(PRINTS_AT_ONCE * self._recent.itemsize):
            found.update(memoryview(joined).cast("q"))
        return found


class RowsInForce:
    """Hold the rows of tables whose rows come and go, by table and key."""

    def __init__(self, rows_at_once: int = ROWS_AT_ONCE) -> None:
        self._rows_at_once = rows_at_once
        self._rows = sqlite3.connect("", isolation_level=None)  # a temporary file of its own
        for each in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            self._rows.execute(f"PRAGMA {each}")
        self._rows.execute("BEGIN")
        self._rows.execute(_TABLE)
        self._recent: dict[tuple[str, bytes], tuple[bytes, int]] = {}
        self._gone: list[tuple[str, bytes, bytes]] = []

    def put(self, index: Index, row: Row, position: int) -> None:
        """Add a row, or replace the one of its key."""
        self._recent[index.name, _coded(index.key(row))] = pickle.dumps(row), position
        if len(self._recent) >= self._rows_at_once:
            self._write()

    def drop(self, index: Index, by: Key) -> None:
        """Take away the row of a key, or all rows whose keys begin so."""
        first = _coded(by)
        if len(by) == index.key_columns:
            self._recent.pop((index.name, first), None)
        else:
            for name, key in [each for each in self._recent if each[0] == index.name]:
                if key.startswith(first):
                    del self._recent[name, key]
        self._gone.append((index.name, first, first + b"\xff"))
        if len(self._gone) >= self._rows_at_once:
            self._write()

    def end(self, index: Index, by: Key, day: date, position: int) -> None:
        """End on a day the rows whose keys begin so; `position` is that of the fact that does."""
        self._write()
        first = _coded(by)
        found = self._rows.execute(_BEGIN, (index.name, first, first + b"\xff")).fetchall()
        for key, stored in found:
            row = _row(stored)
            ended = index.ended(row, day)
            if ended is None:
                self._gone.append((index.name, key, key + b"\xff"))
            elif ended != row:
                self._recent[index.name, key] = pickle.dumps(ended), position

    def _write(self) -> None:
        """Write what came in since the last time, in the order in which it lies there."""
        if not self._recent and not self._gone:
            return
        self._rows.executemany(_DROP, sorted(self._gone))  # what came after a drop is still recent
        self._rows.executemany(
            _PUT, ((*place, *self._recent[place]) for place in sorted(self._recent))
        )
        self._gone.clear()
        self._recent.clear()

    def take(self, index: Index, row: Row) -> tuple[Row, int] | None:
        """Take out the row of another's key, with its position; None where there is none."""
        self._write()
        place = (index.name, _coded(index.key(row)))
        found = self._rows.execute(_FIND, place).fetchone()
        if found is None:
            return None
        self._rows.execute(_TAKE, place)
        return _row(found[0]), found[1]

    def left(self, index: Index) -> Iterator[tuple[Row, int]]:
        """Give what nobody has taken out."""
        self._write()
        for row, position in self._rows.execute(_LEFT, (index.name,)):
            yield _row(row), position


def _coded(key: Key) -> bytes:
    """Write a key so that the bytes of its beginning are a beginning of its bytes.

    No byte of UTF-8 is 0xFF, which therefore stands behind every continuation.
    """
    return b"".join(f"{type(each).__name__} {each}".encode() + b"\x00" for each in key)


def _row(stored: bytes) -> Row:
    row: Row = pickle.loads(stored)  # noqa: S301 - written by this process a moment ago
    return row
