"""Fold a closed period's charges into its statement, from the charges' own records."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import psycopg

from ehealth_ledger.chain.record import sized_topic
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.charge_lines import WrittenLine, parties, write_line
from ehealth_ledger.pricing.statement import FoldedStatement, Heading, StatementKey, format_of
from ehealth_ledger.store.arrays import integer_array
from ehealth_ledger.store.blobs import packed_place
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.money import KOPIYKAS_MAX

CACHED_FOLDS_MAX: Final = 1_000
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

# Two walks, each along one index in its order, cost the server half of what joining the two does.
# Ids come as bytes: they are wanted as nothing else. `unnest`: the planner looks at each member of
# an array it can see.
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


def positions_of(connection: psycopg.Connection, key: StatementKey) -> list[int]:
    """Return where the lines of a closed set stand."""
    asked = {"contract": key.contract, "package": key.package, "period": key.period}
    rows = connection.execute(_POSITIONS.encode(), asked).fetchall()
    return [position for (position,) in rows]


class PeriodFolder:
    """Fold periods outside the head's lock, and check under it that no charge was missed.

    The check is by count and last position.
    """

    def __init__(self, mapper: FactMapper) -> None:
        self._mapper = mapper
        self._folded: dict[StatementKey, FoldedStatement] = {}

    def prepare(self, cursor: psycopg.Cursor, key: StatementKey) -> None:
        """Fold now, without a lock; the result waits for the law."""
        statement = self._fold(cursor, key)
        if statement is not None:
            if len(self._folded) >= CACHED_FOLDS_MAX:
                self._folded.clear()
            self._folded[key] = statement

    def complete(self, cursor: psycopg.Cursor, key: StatementKey) -> FoldedStatement | None:
        """Return what the statement of all charges the log holds now adds up to.

        Fold again where some came in between.
        """
        row = cursor.execute(_COUNT, self._asked(key)).fetchone()
        if row is None or row[0] == 0:
            return None
        prepared = self._folded.pop(key, None)
        if prepared is not None and (prepared.count, prepared.as_of) == row:
            return prepared
        return self._fold(cursor, key)

    def _fold(self, cursor: psycopg.Cursor, key: StatementKey) -> FoldedStatement | None:
        """Fold page by page: of a statement of any length a page of bodies is held at a time.

        Pages are of several moments, yet `complete` can still tell whether all are there: positions
        are given in the order of commits, so whoever read the last line could read every earlier
        one, and one that was withdrawn meanwhile makes the count too high.
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
        asked = {**self._asked(key), "after": after, "most": LINES_AT_ONCE}
        return [position for (position,) in cursor.execute(_PAGE, asked, binary=True).fetchall()]

    def _page(
        self, cursor: psycopg.Cursor, positions: Sequence[int]
    ) -> tuple[list[WrittenLine], bytes]:
        """Write the lines at some positions; return them and the last one's body.

        Raise LedgerCorrupt for a line whose record or body is not there or not its own.
        """
        log, open_packed = self._mapper.log, self._mapper.open_packed
        asked = (log, integer_array(positions))
        places = cursor.execute(_PLACES, asked, binary=True).fetchall()
        bodies = cursor.execute(_BODIES, asked, binary=True).fetchall()
        _all_there("position.missing", log, positions, places)
        _all_there("body.missing", log, positions, bodies)
        held = self._mapper.vault.keys([UUID(bytes=each) for each in {row[-1] for row in places}])
        keys = {key_id.bytes: key for key_id, key in held.items()}
        topics = {place[-2]: sized_topic(place[-2]) for place in places}
        lines: list[WrittenLine] = []
        body = b""
        for (position, command, index, stream, version, topic, key_id), (_, blob) in zip(
            places, bodies, strict=True
        ):
            key = keys.get(key_id)
            if key is not None:
                about = packed_place(stream, version) + topics[topic]
                body = open_packed(key, packed_place(command, index), about, blob, position)
            line = None if key is None else write_line(topic, body, position)
            if line is None:
                raise LedgerCorrupt("charge.not_a_charge", log, position)
            lines.append(line)
        return lines, body

    def _asked(self, key: StatementKey) -> dict[str, object]:
        return {
            "log": self._mapper.log,
            "contract": key.contract,
            "package": key.package,
            "period": key.period,
        }


def _all_there(
    kind: str, log: str, positions: Sequence[int], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Raise LedgerCorrupt for the first position that has no row."""
    if len(rows) != len(positions):
        found = {row[0] for row in rows}
        raise LedgerCorrupt(kind, log, next(each for each in positions if each not in found))
