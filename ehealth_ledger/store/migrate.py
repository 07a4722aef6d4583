"""Apply numbered SQL files in order, each once; refuse one that changed after it was applied."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

import psycopg
from psycopg import sql

from ehealth_ledger.store.connections import connect


@dataclass(frozen=True, slots=True)
class Migration:
    """Hold one SQL file: `0002_log.sql` and its text."""

    name: str
    text: str

    @property
    def digest(self) -> bytes:
        """Return the SHA-256 of the file, so that a changed file is noticed."""
        return sha256(self.text.encode()).digest()


class MigrationChanged(Exception):  # noqa: N818 - the name is the finding
    """Report an applied migration whose file has changed since."""


def migrations_in(folder: Traversable) -> list[Migration]:
    """List the SQL files of a folder in their number order."""
    return sorted(
        (
            Migration(each.name, each.read_text(encoding="utf-8"))
            for each in folder.iterdir()
            if each.name.endswith(".sql")
        ),
        key=lambda migration: migration.name,
    )


def ledger_migrations() -> list[Migration]:
    """List the migrations of the ledger's database."""
    return migrations_in(files(__package__) / "migrations" / "ledger")


def vault_migrations() -> list[Migration]:
    """List the migrations of the vault's database."""
    return migrations_in(files(__package__) / "migrations" / "vault")


def apply(url: str, schema: str, migrations: list[Migration]) -> list[str]:
    """Bring a schema up to date in one transaction; return the names of the files applied now."""
    with connect(url, schema="public", name="migrate") as connection:
        connection.autocommit = False
        # One migrator at a time; the lock goes with the transaction.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('ehealth migrations'))")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connection.execute(
            sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(schema))
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(name text PRIMARY KEY, digest bytea NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied: dict[str, bytes] = dict(
            connection.execute("SELECT name, digest FROM migrations").fetchall()
        )
        return [
            migration.name
            for migration in migrations
            if _apply_one(connection, migration, applied.get(migration.name))
        ]


def _apply_one(connection: psycopg.Connection, migration: Migration, before: bytes | None) -> bool:
    if before is not None:
        if before != migration.digest:
            raise MigrationChanged(f"{migration.name} was applied with other text")
        return False
    connection.execute(migration.text.encode(), prepare=False)
    connection.execute("SET LOCAL ROLE NONE")
    connection.execute(
        "INSERT INTO migrations (name, digest) VALUES (%s, %s)", (migration.name, migration.digest)
    )
    return True


def pending(url: str, schema: str, migrations: list[Migration]) -> list[str]:
    """List the migrations a schema has not seen; all of them where there is no schema yet."""
    with connect(url, schema=schema, name="migrate") as connection:
        table = connection.execute("SELECT to_regclass('migrations')").fetchone()
        if table is None or table[0] is None:
            return [migration.name for migration in migrations]
        applied = {name for (name,) in connection.execute("SELECT name FROM migrations")}
    return [migration.name for migration in migrations if migration.name not in applied]
