"""Tell the payer what changed on statements, position by position.

A change is told of a set: a contract's package and month. Which statement adds the set up is asked
when a change is read, and only a statement formed before the change counts, so a change read once
never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from psycopg import sql

from projections.read_models.database import Snapshot
from projections.read_models.document import read, write
from projections.read_models.model import Key, Model, Table
from projections.read_models.paging import Page

CHANGES: Final = Table(
    "statement_change",
    key="change",
    copied={
        "position": "/position",
        "contract": "/contract",
        "package": "/package",
        "period": "/period",
        "provider": "/provider",
    },
)
THREADS: Final = Table(
    "statement_change_thread",
    key="stream",
    copied={
        "statement": "/statement",
        "contract": "/contract",
        "package": "/package",
        "period": "/period",
    },
)
MODEL: Final = Model("statement_changes", version=1, tables=(CHANGES, THREADS))

_CHANGES_NAMESPACE: Final = UUID("0c5e4b1f-7d7e-4f0a-9a5e-2f6f5f0c9d38")


def change_key(position: int) -> Key:
    """Name the change that a record is."""
    return Key(CHANGES.name, uuid5(_CHANGES_NAMESPACE, str(position)))


def changes(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List what changed after a position, each with the statement that had added its set up."""
    conditions: list[sql.Composable] = [sql.SQL("c.position > %s")]
    conditions += [sql.SQL("c.{} = %s").format(sql.Identifier(column)) for column in wanted]
    query = sql.SQL(
        "SELECT c.position, c.document, t.statement FROM statement_change c "
        "LEFT JOIN statement_change_thread t ON t.statement IS NOT NULL "
        "AND (t.contract, t.package, t.period) = (c.contract, c.package, c.period) "
        "AND (t.document::jsonb ->> 'began')::bigint <= c.position "
        "WHERE {} ORDER BY c.position LIMIT %s"
    ).format(sql.SQL(" AND ").join(conditions))
    found = snapshot.rows(query, (after, *wanted.values(), limit + 1))
    rows = [(position, _of(text, statement)) for position, text, statement in found[:limit]]
    return Page(rows, more=len(found) > limit)


def _of(text: str, statement: UUID | None) -> str:
    return write({**read(text), "statement": None if statement is None else str(statement)})
