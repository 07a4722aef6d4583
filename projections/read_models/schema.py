"""Create the tables of read models, live or shadow, and put one in the place of the other."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Final

import psycopg
from psycopg import sql

from ehealth_ledger.chain.record import RECORDS
from projections.read_models import (
    approvals,
    capitation,
    care_plans,
    checkpoint,
    contracts,
    declarations,
    diagnostics,
    episodes,
    feed,
    medical_program,
    patient_summary,
    payment_statement,
    prescription_status,
    referral_status,
    registry,
    statement_changes,
)
from projections.read_models.database import READ_SCHEMA, connect
from projections.read_models.model import Model

EVERY_MODEL: Final = (
    registry.MODEL,
    patient_summary.MODEL,
    declarations.MODEL,
    episodes.MODEL,
    diagnostics.MODEL,
    referral_status.MODEL,
    care_plans.MODEL,
    approvals.MODEL,
    contracts.MODEL,
    payment_statement.MODEL,
    statement_changes.MODEL,
    capitation.MODEL,
    medical_program.MODEL,
    prescription_status.MODEL,
    feed.MODEL,
)
_INDEXES: Final = """
    SELECT named.relname, pg_get_indexdef(i.indexrelid), pg_get_constraintdef(c.oid), a.attname
    FROM pg_index i
    JOIN pg_class named ON named.oid = i.indexrelid
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
    WHERE i.indrelid = to_regclass(%s) AND NOT i.indisprimary
    ORDER BY named.relname
"""


class NothingToRollBack(Exception):  # noqa: N818 - the name is the finding
    """Report that no earlier tables of a model are kept."""


def shadow_schema(model: Model) -> str:
    """Name the schema in which a model is rebuilt."""
    return f"{READ_SCHEMA}_shadow_{model.name}"


def previous_schema(model: Model) -> str:
    """Name the schema in which a model's tables wait after a rebuild replaced them."""
    return f"{READ_SCHEMA}_previous_{model.name}"


def prepare(read_url: str) -> list[str]:
    """Create what is missing of the live schema; return the models of another version.

    Those are left as they are: they go on answering until `rebuild` replaces them.
    """
    with connect(read_url, name="prepare") as connection:
        create(connection, READ_SCHEMA, EVERY_MODEL)
        with connection.cursor() as cursor:
            found = {each.model: each.version for each in checkpoint.every(cursor)}
    return [model.name for model in EVERY_MODEL if found[model.name] != model.version]


def create(connection: psycopg.Connection, schema: str, models: Iterable[Model]) -> None:
    """Create a schema with these models, each with its checkpoint at 0, unless they are there."""
    with connection.transaction():
        # One at a time; the lock goes with the transaction.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('ehealth read models'))")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        ddl = (files(__package__) / "checkpoint.sql").read_text(encoding="utf-8")
        connection.execute(ddl.encode())
        with connection.cursor() as cursor:
            known = {each.model for each in checkpoint.every(cursor)}
        for model in models:
            if model.name not in known:
                connection.execute(model.ddl().encode(), prepare=False)
                checkpoint.begin(connection, model, RECORDS)


def create_shadow(connection: psycopg.Connection, model: Model) -> None:
    """Create a model's shadow, empty; what an interrupted rebuild left is dropped."""
    drop(connection, shadow_schema(model))
    create(connection, shadow_schema(model), (model,))


def loosen(connection: psycopg.Connection, model: Model) -> list[str]:
    """Drop the shadow's indexes that only queries need; return the statements to make them again.

    An index that is made once over all rows costs a fraction of one that is kept with each.
    """
    statements: list[str] = []
    for table in model.tables:
        folded = {*table.grouped_by, *([table.about] if table.about else [])}
        found = connection.execute(_INDEXES, (table.name,)).fetchall()
        for name, definition, constraint, first_column in found:
            if first_column in folded:
                continue  # the fold itself finds rows by it
            if constraint is None:
                statements.append(definition)
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
            else:
                altered = sql.SQL("ALTER TABLE {} {} CONSTRAINT {} {}")
                names = (sql.Identifier(table.name), sql.Identifier(name))
                again = altered.format(names[0], sql.SQL("ADD"), names[1], sql.SQL(constraint))
                statements.append(again.as_string(connection))
                connection.execute(altered.format(names[0], sql.SQL("DROP"), names[1], sql.SQL("")))
    return statements


def tighten(connection: psycopg.Connection, statements: Iterable[str]) -> None:
    """Make the indexes again that `loosen` dropped."""
    for each in statements:
        connection.execute(each.encode())


def drop(connection: psycopg.Connection, schema: str) -> None:
    """Drop a schema of read models with everything in it."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def forget_replaced(connection: psycopg.Connection, model: Model) -> None:
    """Drop the tables beside the live ones: whoever was erased since stands in them still.

    The shadow of a rebuild that goes on is left alone: it will come to the erasure itself.
    """
    shadow = shadow_schema(model)
    drop(connection, previous_schema(model))
    row = connection.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", (shadow,)).fetchone()
    if row == (True,):
        drop(connection, shadow)


def swap(connection: psycopg.Connection, model: Model) -> None:
    """Put a model's shadow in the place of its live tables, inside the caller's transaction.

    The live tables move to the previous schema, and what waited there is dropped. Whoever reads
    meanwhile waits for the commit and then sees the new rows with the new checkpoint.
    """
    previous, shadow = previous_schema(model), shadow_schema(model)
    drop(connection, previous)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(previous)))
    connection.execute(
        sql.SQL("CREATE TABLE {} AS SELECT * FROM {} WHERE model = {}").format(
            sql.Identifier(previous, "checkpoint"),
            sql.Identifier(READ_SCHEMA, "checkpoint"),
            sql.Literal(model.name),
        )
    )
    for source, target in ((READ_SCHEMA, previous), (shadow, READ_SCHEMA)):
        for table in model.tables:
            # An earlier version of the model may lack one of today's tables.
            connection.execute(
                sql.SQL("ALTER TABLE IF EXISTS {} SET SCHEMA {}").format(
                    sql.Identifier(source, table.name), sql.Identifier(target)
                )
            )
    connection.execute(
        sql.SQL(
            "UPDATE {live} AS live "
            "SET (version, log, position, chain_value, recorded_at, digest, rows) = "
            "(s.version, s.log, s.position, s.chain_value, s.recorded_at, s.digest, s.rows) "
            "FROM {shadow} s WHERE live.model = s.model AND s.model = {model}"
        ).format(
            live=sql.Identifier(READ_SCHEMA, "checkpoint"),
            shadow=sql.Identifier(shadow, "checkpoint"),
            model=sql.Literal(model.name),
        )
    )
    drop(connection, shadow)


def roll_back(read_url: str, model: Model) -> None:
    """Bring back what the last rebuild replaced; the follower goes on from there."""
    with connect(read_url, name="roll-back") as connection, connection.transaction():
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM checkpoint WHERE model = %s FOR UPDATE", (model.name,))
            kept = cursor.execute(
                "SELECT to_regnamespace(%s) IS NOT NULL", (previous_schema(model),)
            ).fetchone()
        if kept != (True,):
            raise NothingToRollBack(model.name)
        drop(connection, shadow_schema(model))
        connection.execute(
            sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
                sql.Identifier(previous_schema(model)), sql.Identifier(shadow_schema(model))
            )
        )
        swap(connection, model)
