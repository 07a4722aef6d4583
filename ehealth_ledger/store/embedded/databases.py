"""Create and drop whole databases, on the embedded server or any other."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

NAME_BYTES_MAX: Final = 63  # PostgreSQL cuts a longer name without a word: two could become one


def ensure_database(admin_url: str, name: str) -> bool:
    """Create the database `name`, UTF-8 in byte order, unless it exists; tell whether it was made.

    `admin_url` names any other database of the server and a user who may create databases.
    Several processes may ask for the same name at once.
    """
    if len(name.encode()) > NAME_BYTES_MAX:
        raise ValueError(f"a database name has at most {NAME_BYTES_MAX} bytes: {name!r}")
    with psycopg.connect(admin_url, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
        if known.fetchone() is not None:
            return False
        create = sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            connection.execute(create.format(sql.Identifier(name)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return False  # another process was quicker: long before us, or by a hair
        return True


def drop_database(admin_url: str, name: str) -> None:
    """Drop the database `name` if it is there, closing whatever connections it still has."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(drop)
