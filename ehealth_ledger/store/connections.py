"""Open database connections: one place for roles, schemas and session settings."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

LEDGER_SCHEMA: Final = "ledger"
VAULT_SCHEMA: Final = "vault"
CONNECT_TIMEOUT_S: Final = 10


class RoleLacking(psycopg.ProgrammingError):
    """Report a role that the database's user may not become, or that nobody has made."""


def connect(
    url: str, *, schema: str, role: str | None = None, autocommit: bool = True, name: str = "ledger"
) -> psycopg.Connection:
    """Connect with tuple rows, UTC, and the schema on the search path.

    Where a role is given, the session is narrowed to it. Raise RoleLacking where this user may not
    become it.
    """
    connection = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name=f"ehealth-{name}",
        options="-c timezone=UTC -c client_min_messages=warning",
    )
    connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
    if role is not None:
        try:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.InvalidParameterValue,  # there is no such role
        ) as fault:
            user = connection.info.user
            connection.close()
            raise RoleLacking(f"run GRANT {role} TO {user} in the database") from fault
    connection.autocommit = autocommit
    return connection


def connect_to_moments(url: str, *, role: str | None = None, name: str) -> psycopg.Connection:
    """Connect to the ledger, read-only.

    Every statement of a transaction sees the database as of its first one.
    """
    connection = connect(url, schema=LEDGER_SCHEMA, role=role, autocommit=False, name=name)
    connection.rollback()
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection
