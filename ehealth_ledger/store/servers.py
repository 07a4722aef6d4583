"""Tell servers apart: databases of one server are copied together, whatever their names."""

from __future__ import annotations

from typing import Final, NamedTuple

import psycopg

_STARTED: Final = """
    SELECT extract(epoch FROM pg_postmaster_start_time())::numeric(20, 6)::text
        || ':' || current_setting('port')
"""


class Server(NamedTuple):
    """Know a server by when it started on which port, which every user of it may see.

    Its address says nothing: one server has several. `system` is the number it was made with, which
    a standby of it has too; None where this user may not see it.
    """

    started: str
    system: str | None

    def is_one_with(self, other: Server) -> bool:
        """Tell whether a copy of one holds what the other does."""
        same_system = self.system is not None and self.system == other.system
        return same_system or self.started == other.started

    @property
    def name(self) -> str:
        """Return the number it was made with; where that is hidden, when it started."""
        return self.system or self.started


def server_of(connection: psycopg.Connection) -> Server:
    """Ask a server who it is."""
    row = connection.execute(_STARTED).fetchone()
    started = str(None if row is None else row[0])
    try:
        with connection.transaction():
            row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return Server(started, None)
    return Server(started, None if row is None else str(row[0]))
