"""Alter each column of each table of the read side, once: `compare` names the row.

The list of columns is the database's own, so that a new one is altered too; a table without a row
fails until the story fills it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from projections.projectors import compare as comparing
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.replay import fold_as_of
from projections.read_models.model import Table
from tests.projections.live import findings
from tests.projections.log import silent
from tests.projections.story import whole_story

_OTHERS: Final = {
    "uuid": "'11111111-1111-4111-8111-111111111111'",
    "bigint": "coalesce({column}, 0) + 900000",
    "integer": "coalesce({column}, 0) + 900000",
    "date": "coalesce({column}, '2026-01-01') + 1",
    "boolean": "NOT coalesce({column}, false)",
    "text": "coalesce({column}, '') || ' '",
}


@pytest.mark.parametrize("model", MODELS)
def test_every_column_of_a_model_is_compared(
    read_url: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One value of one row is another: that row is named, whichever table and column it is."""
    log = whole_story().log
    Follower(log, read_url, [model]).catch_up()
    # The log stays as it is: one fold is enough for all comparisons.
    folded = fold_as_of(log, model, len(log.records), silent)
    monkeypatch.setattr(comparing, "fold_as_of", lambda *_: folded)
    assert findings(log, read_url, model) == []
    with psycopg.connect(read_url, autocommit=True) as connection:
        for table in MODELS[model].model.tables:
            for column, kind in _columns(connection, table.name).items():
                with _altered(connection, table, column, kind) as row_id:
                    found = findings(log, read_url, model)
                said = (f"altered: {table.name} {row_id}", f"missing: {table.name} {row_id}")
                assert any(each.startswith(said) for each in found), (table.name, column, found)


def _columns(connection: psycopg.Connection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'read' AND table_name = %s",
        (table,),
    )
    return dict(rows.fetchall())


@contextmanager
def _altered(
    connection: psycopg.Connection, table: Table, column: str, kind: str
) -> Iterator[UUID]:
    """Give a column of one row another value for a while; give the row's key."""
    names = {
        "table": sql.Identifier("read", table.name),
        "key": sql.Identifier(table.key),
        "column": sql.Identifier(column),
        "other": sql.SQL(_OTHERS[kind].format(column=column)),
    }
    one = "SELECT {key}, {column} FROM {table} ORDER BY {column} IS NULL, {key} LIMIT 1"
    row = connection.execute(sql.SQL(one).format(**names)).fetchone()
    assert row is not None, f"nothing ever came into {table.name}"
    row_id, before = row
    change = "UPDATE {table} SET {column} = {other} WHERE {key} = %s RETURNING {key}"
    (changed,) = connection.execute(sql.SQL(change).format(**names), (row_id,)).fetchone() or ("",)
    try:
        yield row_id
    finally:
        back = "UPDATE {table} SET {column} = %s WHERE {key} = %s"
        connection.execute(sql.SQL(back).format(**names), (before, changed))
