"""Load and write the rows of a model: many at a time, by COPY."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import psycopg
from psycopg import sql

from projections.read_models.digest import row_hash
from projections.read_models.document import Document
from projections.read_models.model import Group, Key, Model, Table

FETCHED_AT_ONCE: Final = 2_000


def load(cursor: psycopg.Cursor, model: Model, keys: Iterable[Key]) -> dict[Key, str]:
    """Load the documents that exist among these keys."""
    wanted: dict[str, list[UUID]] = {}
    for key in keys:
        wanted.setdefault(key.table, []).append(key.id)
    found: dict[Key, str] = {}
    for name, ids in wanted.items():
        query = sql.SQL("SELECT {key}, document FROM {table} WHERE {key} = ANY(%s)").format(
            key=sql.Identifier(model.by_name[name].key), table=sql.Identifier(name)
        )
        for row_id, text in cursor.execute(query, (ids,)):
            found[Key(name, row_id)] = text
    return found


def load_groups(cursor: psycopg.Cursor, model: Model, groups: Iterable[Group]) -> dict[Key, str]:
    """Load every document of these groups."""
    found: dict[Key, str] = {}
    for group in groups:
        table = model.by_name[group.table]
        query = sql.SQL("SELECT {key}, document FROM {table} WHERE {group}").format(
            key=sql.Identifier(table.key),
            table=sql.Identifier(table.name),
            group=sql.SQL(" AND ").join(
                sql.SQL("{} = %s").format(sql.Identifier(column)) for column in table.grouped_by
            ),
        )
        for row_id, text in cursor.execute(query, group.values):
            found[Key(table.name, row_id)] = text
    return found


def load_about(cursor: psycopg.Cursor, model: Model, streams: Collection[UUID]) -> dict[Key, str]:
    """Load the documents of every row about these streams."""
    found = load(
        cursor, model, (Key(table.name, each) for table in model.tables for each in streams)
    )
    for table in model.tables:
        if table.about is not None and streams:
            query = sql.SQL("SELECT {key}, document FROM {table} WHERE {about} = ANY(%s)").format(
                key=sql.Identifier(table.key),
                table=sql.Identifier(table.name),
                about=sql.Identifier(table.about),
            )
            for row_id, text in cursor.execute(query, (list(streams),)):
                found[Key(table.name, row_id)] = text
    return found


@dataclass(slots=True)
class Changes:
    """Collect what becomes of rows, and what that does to the digest."""

    inserted: dict[Key, tuple[Document, str]] = field(default_factory=dict)
    updated: dict[Key, tuple[Document, str]] = field(default_factory=dict)
    deleted: set[Key] = field(default_factory=set)
    difference: int = 0

    def note(
        self, key: Key, before: str | None, document: Document | None, after: str | None
    ) -> None:
        """Take in one row's text before and after; the document is what `after` says."""
        if before == after:
            return
        if before is not None:
            self.difference -= row_hash(key.table, key.id, before)
        if document is None or after is None:
            self.deleted.add(key)
            return
        self.difference += row_hash(key.table, key.id, after)
        (self.inserted if before is None else self.updated)[key] = (document, after)

    @property
    def rows(self) -> int:
        """Return by how many rows the model grows."""
        return len(self.inserted) - len(self.deleted)


def write(cursor: psycopg.Cursor, model: Model, changes: Changes) -> None:
    """Write the changes inside the caller's transaction."""
    for table in model.tables:
        _insert(cursor, table, table.name, changes.inserted)
        _update(cursor, table, changes.updated)
        _delete(cursor, table, [key.id for key in changes.deleted if key.table == table.name])


def stream(
    cursor: psycopg.ServerCursor, table: Table
) -> Iterator[tuple[UUID, list[str | None], str]]:
    """Read all rows of a table: key, copied columns as text, document."""
    copied = [sql.SQL("{}::text").format(sql.Identifier(column)) for column in table.copied]
    cursor.itersize = FETCHED_AT_ONCE
    cursor.execute(
        sql.SQL("SELECT {columns} FROM {table}").format(
            columns=sql.SQL(", ").join(
                (sql.Identifier(table.key), *copied, sql.Identifier("document"))
            ),
            table=sql.Identifier(table.name),
        )
    )
    for row_id, *columns, text in cursor:
        yield row_id, columns, text


def _insert(
    cursor: psycopg.Cursor, table: Table, into: str, rows: dict[Key, tuple[Document, str]]
) -> None:
    mine = [(key.id, each) for key, each in rows.items() if key.table == table.name]
    if not mine:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(into), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with cursor.copy(statement) as copy:
        for row_id, (document, text) in mine:
            copy.write_row((row_id, *table.copies(document), text))


def _update(cursor: psycopg.Cursor, table: Table, rows: dict[Key, tuple[Document, str]]) -> None:
    if not any(key.table == table.name for key in rows):
        return
    incoming = f"incoming_{table.name}"
    cursor.execute(
        sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DELETE ROWS").format(
            sql.Identifier(incoming), sql.Identifier(table.name)
        )
    )
    _insert(cursor, table, incoming, rows)
    changing = table.columns[1:]
    cursor.execute(
        sql.SQL("UPDATE {table} t SET {set} FROM {incoming} i WHERE t.{key} = i.{key}").format(
            table=sql.Identifier(table.name),
            set=sql.SQL(", ").join(
                sql.SQL("{0} = i.{0}").format(sql.Identifier(column)) for column in changing
            ),
            incoming=sql.Identifier("pg_temp", incoming),
            key=sql.Identifier(table.key),
        )
    )


def _delete(cursor: psycopg.Cursor, table: Table, ids: list[UUID]) -> None:
    if ids:
        cursor.execute(
            sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(
                sql.Identifier(table.name), sql.Identifier(table.key)
            ),
            (ids,),
        )
