"""Put a statement's bytes together page by page: exactly those of its digest, which is signed.

However many lines there are, memory holds a page of them; what is large lies in a temporary file,
so nobody who downloads slowly holds a connection to the database. The digest is compared before
the first byte is handed out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from itertools import islice
from types import TracebackType
from typing import IO, Final, Self
from uuid import UUID

import orjson

from ehealth_ledger.errors import ReadModelCorrupt
from ehealth_ledger.pricing.statement import Heading, StatementKey, format_of, line_bytes
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import Month
from projections.read_models.database import Snapshot
from projections.read_models.document import Document, read
from projections.read_models.payment_statement import line_of, some_lines

LINES_AT_ONCE: Final = 1_000
IN_MEMORY_BYTES: Final = 4 * 1024 * 1024


class ExactStatement:
    """Hold the signed bytes of one statement; close it, or leave its `with`, when it was read."""

    def __init__(self, document: Document, heading: Heading, lines: IO[bytes]) -> None:
        self.document = document
        self.heading = heading
        self._lines = lines  # one line of the statement a line: its bytes hold no line break

    def pieces(self) -> Iterator[bytes]:
        """Give the bytes from the first to the last, in pieces."""
        before, after = self.heading.around()
        yield before
        self._lines.seek(0)
        comma = b""
        while some := list(islice(self._lines, LINES_AT_ONCE)):
            yield comma + b",".join(each[:-1] for each in some)
            comma = b","
        yield after

    def lines(self) -> Iterator[Json]:
        """Read the lines out of the bytes, one after another."""
        self._lines.seek(0)
        for each in self._lines:
            line: Json = orjson.loads(each)
            yield line

    def close(self) -> None:
        """Let the temporary file go."""
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def exact(snapshot: Snapshot, document: Document) -> ExactStatement:
    """Put the bytes together; raise ReadModelCorrupt where their digest is not the signed one."""
    with ExitStack() as unfinished:
        spool = unfinished.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))
        statement = _written(snapshot, document, spool)
        digest = sha256()
        for piece in statement.pieces():
            digest.update(piece)
        if digest.hexdigest() != document["digest"]:
            first = document["first"]
            raise ReadModelCorrupt(
                *("statement.digest_mismatch", first["log"], first["position"]),
                document["statement"],
            )
        unfinished.pop_all()  # from here on it is the caller's to close
    return statement


def _written(snapshot: Snapshot, document: Document, spool: IO[bytes]) -> ExactStatement:
    """Write the lines, one each, and reckon what stands around them."""
    total = count = as_of = 0
    plain = True
    after: int | None = 0
    while after is not None:
        page = some_lines(snapshot, document, after=after, limit=LINES_AT_ONCE)
        for position, text in page.rows:
            line = line_of(read(text))
            spool.write(line_bytes(line) + b"\n")
            total, count, as_of = total + line.amount, count + 1, position
            plain = plain and line.is_plain
        after = as_of if page.more else None
    key = StatementKey(
        ContractId(UUID(document["contract"])), document["package"], Month(document["period"])
    )
    provider, payer = (LegalEntityId(UUID(document[name])) for name in ("provider", "payer"))
    written = format_of(plain=plain)
    heading = Heading(key, provider, payer, as_of, count, total, written)
    return ExactStatement(document, heading, spool)
