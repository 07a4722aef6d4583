"""Write a statement as CSV (RFC 4180, UTF-8): a heading, then one row a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from projections.renderings.columns import COLUMNS, Cell, rows
from projections.renderings.printed import Printed

MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
PIECE_ROWS: Final = 500
# With one of these in front a spreadsheet takes a text for a formula.
_BEGIN_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def pieces(printed: Printed) -> Iterator[bytes]:
    """Give the file in pieces of some hundred rows; memory holds one of them."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows(printed), start=1):
        writer.writerow(_safe(row))
        if number % PIECE_ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _safe(row: Iterable[Cell]) -> list[Cell]:
    """Put an apostrophe before a text that a spreadsheet would run; numbers are what they are."""
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGIN_FORMULAS) else cell
        for cell in row
    ]


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece
