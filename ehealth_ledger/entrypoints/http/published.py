"""Lend what a log's checkpoints cover: that alone the operator is bound to, and shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import psycopg
from fastapi import Query, Response

from ehealth_ledger.chain.note import VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.entrypoints.http.log import POSITION_MAX, LogReader
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.store.proofs import Signed, signed_tree, signed_tree_from
from ehealth_ledger.store.tree import Tree

TEXT: Final = "text/plain; charset=utf-8"
BINARY: Final = "application/octet-stream"
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"

Size = Annotated[int, Query(ge=1, le=POSITION_MAX, description="a number of records")]


class Published:
    """Find a log's checkpoints; under a policy only those that its quorum has cosigned.

    Without one, those that one of the logs' keys signed.
    """

    def __init__(
        self, reader: LogReader, policy: Policy | None, keys: Sequence[VerifierKey]
    ) -> None:
        self.reader: Final = reader
        self.policy: Final = policy
        self.keys: Final = keys

    @contextmanager
    def newest(self, log: str) -> Iterator[Signed]:
        """Give the newest checkpoint and its tree while a connection is lent."""
        with self._lent(log) as (_, found):
            yield found

    @contextmanager
    def signed_at(self, log: str, size: int | None, place: str) -> Iterator[Signed]:
        """Give the checkpoint that was signed at a size, the newest by default.

        Refuse a size between two checkpoints, at `place`, and name the next one that was signed.
        """
        with self._lent(log) as (connection, found):
            if size is not None and size <= found.tree.size:
                older = signed_tree_from(connection, log, size, self.policy, self.keys)
                found = found if older is None else older
            if size is not None and found.tree.size < size:
                raise Undecided("checkpoint.pending", size=found.tree.size)
            if size is not None and found.tree.size > size:
                raise Refused("request.not_found", place, expected=str(found.tree.size))
            yield found

    @contextmanager
    def _lent(self, log: str) -> Iterator[tuple[psycopg.Connection, Signed]]:
        if log not in (RECORDS, SUPER):
            raise Refused("request.not_found", "$.log")
        with self.reader.connection() as connection:
            found = signed_tree(connection, log, self.policy, self.keys)
            if found is None:
                raise Undecided("checkpoint.pending")
            yield connection, found


def covered(found: Signed, position: int, size: int | None) -> Tree:
    """Return the tree of a size that holds a position, both covered by the checkpoint."""
    if size is not None and position > size:
        raise Refused("request.not_found", "$.size", expected=f"{position} or more")
    if max(position, size or 0) > found.tree.size:
        raise Undecided("checkpoint.pending", size=found.tree.size)
    return found.tree if size is None else found.tree.at(size)


def file_answer(media: str, description: str) -> dict[int | str, dict[str, Any]]:
    """Describe an answer that is a file."""
    schema = {"type": "string"} | ({"format": "binary"} if media == BINARY else {})
    return {200: {"description": description, "content": {media: {"schema": schema}}}}


def text_file(content: bytes) -> Response:
    """Answer with a text that another checkpoint will change."""
    return Response(content, media_type=TEXT, headers={"cache-control": ASK_AGAIN})
