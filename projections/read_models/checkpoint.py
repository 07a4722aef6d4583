"""Remember how far a model has read; nobody moves on from a place another runner has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psycopg

from projections.read_models.digest import EMPTY
from projections.read_models.model import Model

UNREAD_CHAIN_VALUE: Final = bytes(32)  # stands until the first batch; nobody compares it

_COLUMNS: Final = "model, version, log, position, chain_value, recorded_at, digest, rows"


class Overtaken(Exception):  # noqa: N818 - the name is the finding
    """Report that the checkpoint is not where this runner left it: somebody else moved it."""


class ModelOutdated(Exception):  # noqa: N818 - the name is the finding
    """Report tables of another version of a model than this program writes: they want a rebuild."""


class ModelMissing(Exception):  # noqa: N818 - the name is the finding
    """Report a model whose tables were never prepared."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Say what a model has read and what that came to; `recorded_at` is microseconds UTC."""

    model: str
    version: int
    log: str
    position: int
    chain_value: bytes
    recorded_at: int
    digest: bytes
    rows: int


def begin(connection: psycopg.Connection, model: Model, log: str) -> None:
    """Write a model's checkpoint before its first record, unless there is one."""
    connection.execute(
        "INSERT INTO checkpoint "
        "(model, version, log, position, chain_value, recorded_at, digest, rows) "
        "VALUES (%s, %s, %s, 0, %s, 0, %s, 0) ON CONFLICT (model) DO NOTHING",
        (model.name, model.version, log, UNREAD_CHAIN_VALUE, EMPTY),
    )


def find(cursor: psycopg.Cursor, model: str) -> Checkpoint | None:
    """Read a model's checkpoint."""
    row = cursor.execute(
        f"SELECT {_COLUMNS} FROM checkpoint WHERE model = %s",  # noqa: S608 - a constant of this module
        (model,),
    ).fetchone()
    return None if row is None else Checkpoint(*row)


def every(cursor: psycopg.Cursor) -> list[Checkpoint]:
    """Read all checkpoints, by the model's name."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM checkpoint ORDER BY model"  # noqa: S608 - a constant of this module
    ).fetchall()
    return [Checkpoint(*row) for row in rows]


def current(cursor: psycopg.Cursor, model: Model) -> Checkpoint:
    """Read a model's checkpoint; raise ModelMissing, or ModelOutdated for another version."""
    found = find(cursor, model.name)
    if found is None:
        raise ModelMissing(model.name)
    if found.version != model.version:
        raise ModelOutdated(
            f"{model.name} has tables of version {found.version}, not {model.version}: rebuild it"
        )
    return found


def lock(cursor: psycopg.Cursor, model: Model) -> Checkpoint:
    """Lock a model's checkpoint for this transaction: it orders every runner."""
    cursor.execute("SELECT FROM checkpoint WHERE model = %s FOR UPDATE", (model.name,))
    return current(cursor, model)


def advance(cursor: psycopg.Cursor, before: Checkpoint, after: Checkpoint) -> None:
    """Move a checkpoint on; raise Overtaken unless it stands where this runner read from."""
    cursor.execute(
        "UPDATE checkpoint "
        "SET position = %s, chain_value = %s, recorded_at = %s, digest = %s, rows = %s "
        "WHERE model = %s AND version = %s AND log = %s AND position = %s",
        (
            *(after.position, after.chain_value, after.recorded_at, after.digest, after.rows),
            *(before.model, before.version, before.log, before.position),
        ),
    )
    if cursor.rowcount != 1:
        raise Overtaken(f"{before.model} is no longer at {before.log}/{before.position}")
