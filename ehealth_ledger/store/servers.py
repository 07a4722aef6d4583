"""Tell servers apart: databases of one server are copied together, whatever their names."""

from __future__ import annotations

import psycopg


def server_of(connection: psycopg.Connection) -> str:
    """Name the server by the number it was made with; where that is hidden, by its address."""
    try:
        row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return f"{connection.info.host}:{connection.info.port}"
    return str(None if row is None else row[0])
