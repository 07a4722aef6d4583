"""Show a model as of a past moment: its rows in tables of one session, in front of the live ones.

The tables are made from the model's own statements, filled, and gone when the look is over; so a
query asks the past exactly as it asks the present.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol
from uuid import UUID

import psycopg
from psycopg import sql

from projections.read_models import rows
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.database import READ_SCHEMA, Snapshot
from projections.read_models.document import Document, write
from projections.read_models.model import Key, Model
from projections.read_models.rows import Changes


class Standing(NamedTuple):
    """Say where the log stood; `recorded_at` is microseconds UTC."""

    position: int
    chain_value: bytes
    recorded_at: int


class Past(Protocol):
    """Fold models as of a past position; `projectors.past.FoldedPast` is the real one."""

    @property
    def log(self) -> str:
        """Name the log."""

    def standing_at(self, position: int) -> Standing:
        """Return where the log stood; raise LookupError where it does not reach the position."""

    def position_at(self, moment_us: int) -> int:
        """Return the last position recorded at or before a moment; 0 before the first."""

    def chain_values(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the chain values of records, by position; of one that is not there, nothing."""

    def documents(
        self, model: Model, position: int, subject: UUID | None
    ) -> Mapping[Key, Document]:
        """Fold a model; only the rows about one subject, where one is named."""


@contextmanager
def shown(
    connection: psycopg.Connection,
    model: Model,
    log: str,
    standing: Standing,
    documents: Mapping[Key, Document],
) -> Iterator[Snapshot]:
    """Open a moment of one model that holds these documents and no others."""
    changes = Changes()
    for key, document in documents.items():
        changes.note(key, None, document, write(document))
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        path = sql.SQL("SET LOCAL search_path = pg_temp, {}").format(sql.Identifier(READ_SCHEMA))
        cursor.execute(path)
        cursor.execute(model.ddl().encode(), prepare=False)
        rows.write(cursor, model, changes)
        checkpoint = Checkpoint(
            *(model.name, model.version, log, standing.position, standing.chain_value),
            *(standing.recorded_at, b"", changes.rows),
        )
        yield Snapshot(cursor, checkpoint)
