"""Read a page of a log from the database, and check every record of it.

A reader who takes a share of the log sees only its own records; each still names the record before
it, whoever's that is, so that the readers of all shares together check every hash and every link.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.record import LEAF_PREFIX, encode_after_log, record_start
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.erasure import PatientErased

POSITION_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Say how far a reader is.

    It is the position read last and its chain value, which the next record must name.
    """

    position: int
    chain_value: bytes


class Share(NamedTuple):
    """Name one of some equal shares of the log: the ids that hash to `number`, of so many.

    `by` is the column that holds the id: everything about one stream, or one subject, is in one
    share.
    """

    by: Literal["stream_id", "key_id"]
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what of each record a reader needs: bodies of some topics, signed contents or not.

    What is not wanted is not fetched, and so not checked against its digest; the digest itself is
    part of the record's hash, which is checked in any case.
    """

    topics: frozenset[str] | None = None  # all
    contents: bool = True
    share: Share | None = None  # all

    def has(self, topic: str) -> bool:
        """Tell whether the bodies of a topic are wanted; an erasure is always."""
        return self.topics is None or topic in self.topics or topic == PatientErased.TOPIC


EVERYTHING: Final = Wanted()


class PageRow(NamedTuple):
    """Hold one row of a page: a record's columns, its body, its command's envelope and key.

    Ids are their 16 bytes, as a record's hash takes them. `before` and `before_value` are the
    position and the chain value of the record stored before it. Of a record of another share, which
    is there because it takes rows away in every share, `is_mine` is False.
    """

    position: int
    command_id: bytes
    fact_index: int
    fact_count: int
    stream_id: bytes
    stream_version: int
    topic: str
    recorded_at: int
    key_id: bytes
    body_digest: bytes
    envelope_digest: bytes
    previous: bytes
    chain_value: bytes
    ledger: bytes
    before: int
    before_value: bytes
    is_mine: bool
    body: bytes | None
    envelope_key_id: bytes | None
    envelope: bytes | None

    @property
    def first_position(self) -> int:
        """Return where the record's command begins."""
        return self.position - self.fact_index


def fetch_selected(
    cursor: psycopg.Cursor,
    log: str,
    after: int,
    upto: int,
    topics: Collection[str],
    subject: UUID | None,
    limit: int,
) -> list[PageRow]:
    """Fetch at most `limit` records of some topics after a position, of one subject where named.

    Which record stands before each is not looked at. The cursor's results must be binary.
    """
    asked = {"log": log, "after": after, "upto": upto, "topics": list(topics), "limit": limit}
    cursor.execute(_SELECTED[subject is None], {**asked, "subject": subject})
    return _rows(cursor)


def fetch(
    cursor: psycopg.Cursor, log: str, after: Place, upto: int, wanted: Wanted
) -> list[PageRow]:
    """Fetch what is wanted of the records after a place, up to a position, in order.

    The cursor's results must be binary.
    """
    asked = {
        "log": log,
        "after": after.position,
        "value": after.chain_value,
        "upto": upto,
        "topics": [] if wanted.topics is None else [*wanted.topics, PatientErased.TOPIC],
        "number": 0 if wanted.share is None else wanted.share.number,
        "shares": 1 if wanted.share is None else wanted.share.of,
        "erased": PatientErased.TOPIC,
    }
    by = None if wanted.share is None else wanted.share.by
    query = _QUERIES[wanted.topics is None, wanted.contents, by]
    cursor.execute(query, asked, prepare=True)
    return _rows(cursor)


def _rows(cursor: psycopg.Cursor) -> list[PageRow]:
    """Make the rows of a page; a command's envelope comes with its first one, and serves them all.

    Fetched with each, a command of thousands of facts would not fit into memory.
    """
    rows: list[PageRow] = []
    command_id, envelope = b"", None
    for row in map(PageRow._make, cursor):
        if row.command_id != command_id:
            command_id, envelope = row.command_id, row.envelope
        elif envelope is not None:
            row = PageRow._make((*row[:-1], envelope))
        rows.append(row)
    return rows


def streams_of(
    cursor: psycopg.Cursor, log: str, subject: UUID, share: Share | None
) -> frozenset[UUID]:
    """Name the streams about a subject that are in a share; the cursor's results are binary."""
    asked: dict[str, object] = {"log": log, "subject": subject}
    if share is not None:
        asked |= {"shares": share.of, "number": share.number}
    rows = cursor.execute(_STREAMS[None if share is None else share.by], asked)
    return frozenset(UUID(bytes=each) for (each,) in rows)


class Checker:
    """Check the records of one log, one by one."""

    def __init__(self, ledger: UUID, log: str) -> None:
        self._ledger = ledger.bytes
        self._log = log
        self._start = LEAF_PREFIX + record_start(ledger, log)
        self._hashed: tuple[bytes, bytes] = b"", b""  # the envelope checked last, and its digest

    def check(self, row: PageRow, wanted: Wanted, gone: Container[int] = ()) -> None:
        """Check one row and that it follows the one before it.

        `gone` holds the first positions of commands that an erasure took something of.
        Raise LedgerCorrupt naming the position and the kind of damage.
        """
        expected = row.before + 1
        if row.position != expected:
            raise LedgerCorrupt("position.missing", self._log, expected, f"found {row.position}")
        if row.ledger != self._ledger:
            raise LedgerCorrupt("record.altered", self._log, expected, "ledger")
        said = encode_after_log(
            *(row.position, row.command_id, row.fact_index, row.fact_count, row.stream_id),
            *(row.stream_version, row.topic, row.recorded_at, row.key_id, row.body_digest),
            *(row.envelope_digest, row.previous),
        )
        if sha256(self._start + said).digest() != row.chain_value:
            raise LedgerCorrupt("record.altered", self._log, expected)
        if row.previous != row.before_value:
            raise LedgerCorrupt("link.broken", self._log, expected)
        if wanted.has(row.topic):
            self._check_blob("body", row.body, row.body_digest, row, gone)
        if wanted.contents and not self._is_hashed(row):
            self._check_blob("envelope", row.envelope, row.envelope_digest, row, gone)
            if row.envelope is not None:
                self._hashed = row.envelope, row.envelope_digest

    def _is_hashed(self, row: PageRow) -> bool:
        """Tell whether the row's envelope is the very bytes that were checked last."""
        blob, digest = self._hashed  # read in one step: several threads check by one checker
        return row.envelope is blob and row.envelope_digest == digest

    def _check_blob(
        self, name: str, blob: bytes | None, digest: bytes, row: PageRow, gone: Container[int]
    ) -> None:
        if blob is None:
            if row.first_position not in gone:
                raise LedgerCorrupt(f"{name}.missing", self._log, row.position)
        elif sha256(blob).digest() != digest:
            raise LedgerCorrupt(f"{name}.altered", self._log, row.position)


def lacking(rows: Collection[PageRow], wanted: Wanted) -> set[bytes]:
    """Name the commands of which something wanted is not there."""
    return {
        row.command_id
        for row in rows
        if (row.body is None and wanted.has(row.topic))
        or (row.envelope is None and wanted.contents)
    }


_COLUMNS: Final = """
    r.position, uuid_send(r.command_id), r.fact_index, r.fact_count, uuid_send(r.stream_id),
    r.stream_version, r.topic, r.recorded_at, uuid_send(r.key_id), r.body_digest,
    r.envelope_digest, r.previous, r.chain_value, uuid_send(r.ledger)
"""
# Every table is bounded by position, so that a page costs the same however long the log is.
_PAGE: Final = """
    SELECT {columns}, r.before, r.before_value, {is_mine}, b.blob, {envelope}
    FROM (
        SELECT *, lag(position, 1, %(after)s) OVER w AS before,
               lag(chain_value, 1, %(value)s) OVER w AS before_value
        FROM records WHERE log = %(log)s AND position > %(after)s AND position <= %(upto)s
        WINDOW w AS (ORDER BY position)
    ) r
    LEFT JOIN bodies b ON b.log = %(log)s AND b.position = r.position
        AND b.position > %(after)s AND b.position <= %(upto)s {of_topics}
    {envelopes}
    {of_share}
    ORDER BY r.position
"""
_ENVELOPES: Final = """
    LEFT JOIN envelopes e ON e.log = %(log)s AND e.position = r.position - r.fact_index
        AND e.position <= %(upto)s AND e.position >= coalesce((
            SELECT position - fact_index FROM records
            WHERE log = %(log)s AND position = %(after)s + 1), 0)
"""
_IS_MINE: Final = "(uuid_hash(r.{by}) & 2147483647) %% %(shares)s = %(number)s"


_STREAMS_OF: Final = """
    SELECT DISTINCT uuid_send(r.stream_id) FROM records r
    WHERE r.key_id = %(subject)s AND r.log = %(log)s AND {is_mine}
"""
_STREAMS: Final = {
    by: _STREAMS_OF.format(is_mine="true" if by is None else _IS_MINE.format(by=by))
    for by in (None, "stream_id", "key_id")
}
# A command's envelope once, with the first of its records that is there.
_ENVELOPE: Final = """
    uuid_send(e.key_id),
    CASE WHEN lag(r.command_id) OVER (ORDER BY r.position) IS DISTINCT FROM r.command_id
        THEN e.blob END
"""
_OF_TOPICS: Final = """
    SELECT {columns}, r.position - 1, r.previous, true, b.blob, {envelope}
    FROM records r
    LEFT JOIN bodies b ON b.log = r.log AND b.position = r.position
    LEFT JOIN envelopes e ON e.log = r.log AND e.position = r.position - r.fact_index
    WHERE r.log = %(log)s AND r.position > %(after)s AND r.position <= %(upto)s
      AND r.topic = ANY(%(topics)s) AND {of_subject}
    ORDER BY r.position LIMIT %(limit)s
"""
_SELECTED: Final = {
    True: _OF_TOPICS.format(columns=_COLUMNS, envelope=_ENVELOPE, of_subject="true"),
    False: _OF_TOPICS.format(
        columns=_COLUMNS, envelope=_ENVELOPE, of_subject="r.key_id = %(subject)s"
    ),
}


def _query(*, every_topic: bool, contents: bool, by: str | None) -> str:
    is_mine = "true" if by is None else _IS_MINE.format(by=by)
    return _PAGE.format(
        columns=_COLUMNS,
        is_mine=is_mine,
        envelope=_ENVELOPE if contents else "NULL::bytea, NULL::bytea",
        envelopes=_ENVELOPES if contents else "",
        of_topics="" if every_topic else "AND r.topic = ANY(%(topics)s)",
        # An erasure takes rows away in every share.
        of_share="" if by is None else f"WHERE {is_mine} OR r.topic = %(erased)s",
    )


_QUERIES: Final = {
    (every_topic, contents, by): _query(every_topic=every_topic, contents=contents, by=by)
    for every_topic in (True, False)
    for contents in (True, False)
    for by in (None, "stream_id", "key_id")
}
