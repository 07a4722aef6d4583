"""Read the lines of a closed set from the charges' own records, and add them up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import psycopg

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.charge_lines import WrittenLine, parties, write_line
from ehealth_ledger.pricing.statement import FoldedStatement, Heading, StatementKey, format_of
from ehealth_ledger.store.arrays import integer_array
from ehealth_ledger.store.blobs import BlobUnreadable, Shelf, SubjectKey, packed_about, packed_place
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.money import KOPIYKAS_MAX

LINES_AT_ONCE: Final = 2_000

# The positions of a closed set: its charges but the withdrawn, and its corrections.
_LINES: Final = """
    SELECT c.position FROM charges c
    WHERE c.contract = %(contract)s AND c.package = %(package)s AND c.period = %(period)s
      AND NOT EXISTS (SELECT FROM withdrawn_charges w WHERE w.charge = c.charge)
    UNION ALL
    SELECT a.position FROM adjustments a
    WHERE a.contract = %(contract)s AND a.package = %(package)s AND a.period = %(period)s
"""


_POSITIONS: Final = f"SELECT position FROM ({_LINES}) AS lines ORDER BY position"  # noqa: S608 - our own
_COUNT: Final = f"SELECT count(*), max(position) FROM ({_LINES}) AS lines"  # noqa: S608 - our own
_PAGE: Final = f"""
    SELECT position FROM ({_LINES}) AS lines
    WHERE position > %(after)s ORDER BY position LIMIT %(most)s
"""  # noqa: S608 - our own text

# Two walks, each along one index in its order, cost the server less than joining the two does, and
# tell which of the two has no row. Ids come as bytes: they are wanted as nothing else. Without
# `unnest` the planner would look at each member of the array.
_PLACES: Final = """
    SELECT position, uuid_send(command_id), fact_index, uuid_send(stream_id), stream_version,
           topic, uuid_send(key_id)
    FROM records
    WHERE log = %s AND position = ANY(ARRAY(SELECT unnest(%s::bigint[])))
    ORDER BY log, position
"""
_BODIES: Final = """
    SELECT position, blob
    FROM bodies
    WHERE log = %s AND position = ANY(ARRAY(SELECT unnest(%s::bigint[])))
    ORDER BY log, position
"""


KeysOf = Callable[[Iterable[UUID]], Mapping[UUID, SubjectKey]]
"""Give the keys of some ids; those that are not held are absent."""


def positions_of(connection: psycopg.Connection, key: StatementKey) -> list[int]:
    """Return where the lines of a closed set stand."""
    rows = connection.execute(_POSITIONS.encode(), _asked(key)).fetchall()
    return [position for (position,) in rows]


class LineFold:
    """Fold the lines of closed sets of one log; safe on any thread."""

    def __init__(self, ledger: UUID, log: str, keys_of: KeysOf) -> None:
        self._log = log
        self._keys_of = keys_of
        self._shelf = Shelf(ledger, log, "body")

    def end_of(self, cursor: psycopg.Cursor, key: StatementKey) -> tuple[int, int | None]:
        """Count the lines of a set, and tell where the last one stands; None where none does."""
        row = cursor.execute(_COUNT, _asked(key)).fetchone()
        return (0, None) if row is None else (row[0], row[1])

    def fold(self, cursor: psycopg.Cursor, key: StatementKey) -> FoldedStatement | None:
        """Return what a set adds up to, or None where it has no line.

        Of a statement of any length a page of bodies is held at a time. Pages are of several
        moments, yet count and last position tell whether all lines are there: positions are given
        in the order of commits, so whoever read the last line could read every earlier one, and one
        that was withdrawn meanwhile makes the count too high.
        """
        pages: list[bytes] = []
        count = total = last = 0
        is_plain, body = True, b""
        while positions := self._positions(cursor, key, last):
            lines, body = self._page(cursor, positions)
            texts, amounts, plain = zip(*lines, strict=True)
            pages.append(b",".join(texts))
            count += len(texts)
            total += sum(amounts)
            is_plain = is_plain and all(plain)
            last = positions[-1]
            if len(positions) < LINES_AT_ONCE:
                break
        if not pages:
            return None
        if abs(total) > KOPIYKAS_MAX:
            raise ValueError("the total does not fit a bigint")
        provider, payer = parties(body)
        heading = Heading(
            key,
            LegalEntityId(UUID(provider)),
            LegalEntityId(UUID(payer)),
            as_of=last,
            count=count,
            total=total,
            format=format_of(plain=is_plain),
        )
        before, after = heading.around()
        digest = sha256(before)
        digest.update(pages[0])
        for page in pages[1:]:
            digest.update(b",")
            digest.update(page)
        digest.update(after)
        return FoldedStatement(last, count, total, digest.hexdigest())

    def _positions(self, cursor: psycopg.Cursor, key: StatementKey, after: int) -> list[int]:
        asked = {**_asked(key), "after": after, "most": LINES_AT_ONCE}
        return [position for (position,) in cursor.execute(_PAGE, asked, binary=True).fetchall()]

    def _page(
        self, cursor: psycopg.Cursor, positions: Sequence[int]
    ) -> tuple[list[WrittenLine], bytes]:
        """Write the lines at some positions; return them and the last one's body.

        Raise LedgerCorrupt for a line whose record or body is not there or not its own.
        """
        log, opened = self._log, self._shelf.open_at
        asked = (log, integer_array(positions))
        places = cursor.execute(_PLACES, asked, binary=True).fetchall()
        bodies = cursor.execute(_BODIES, asked, binary=True).fetchall()
        _all_there("position.missing", log, positions, places)
        _all_there("body.missing", log, positions, bodies)
        held = self._keys_of([UUID(bytes=each) for each in {row[-1] for row in places}])
        keys = {key_id.bytes: key for key_id, key in held.items()}
        lines: list[WrittenLine] = []
        body = b""
        for (position, command, index, stream, version, topic, key_id), (_, blob) in zip(
            places, bodies, strict=True
        ):
            key = keys.get(key_id)
            if key is None:
                raise LedgerCorrupt("charge.not_a_charge", log, position)
            about = packed_about(stream, version, topic)
            try:
                body = opened(key, packed_place(command, index), about, blob)
            except BlobUnreadable as fault:
                raise LedgerCorrupt("body.unreadable", log, position, str(fault)) from fault
            line = write_line(topic, body, position)
            if line is None:
                raise LedgerCorrupt("charge.not_a_charge", log, position)
            lines.append(line)
        return lines, body


def _asked(key: StatementKey) -> dict[str, object]:
    return {"contract": key.contract, "package": key.package, "period": key.period}


def _all_there(
    kind: str, log: str, positions: Sequence[int], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Raise LedgerCorrupt for the first position that has no row."""
    if len(rows) != len(positions):
        found = {row[0] for row in rows}
        raise LedgerCorrupt(kind, log, next(each for each in positions if each not in found))
