"""Keep the server busy while we go on working.

Statements are sent one after another, without waiting in between.

The driver's own calls wait for each answer. On the append path that wait is as long as our own
work, and a second thread does not help (both want the interpreter). So the committer judges the
next commands while the server stores and re-hashes the ones before, and only looks in from time to
time whether the next statement can go.

Uses the public `psycopg.pq` layer of an open connection, inside a transaction that the caller
began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from select import select
from typing import Final, NamedTuple

import psycopg
from psycopg import pq

_DONE: Final = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


class _Load(NamedTuple):
    statement: bytes
    parameters: Sequence[bytes] | None  # of a plain statement
    rows: bytes | None  # of a COPY


class Conveyor:
    """Run statements in order on one connection; `poll` never waits, `drain` does."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._waiting: deque[_Load] = deque()
        self._sent: _Load | None = None
        self._unflushed = False

    def execute(self, statement: str, *parameters: bytes) -> None:
        """Queue a statement with parameters in text form, `$1` and so on."""
        self._waiting.append(_Load(statement.encode(), parameters, None))
        self.poll()

    def copy(self, statement: str, rows: bytes) -> None:
        """Queue a COPY FROM STDIN with all its rows."""
        self._waiting.append(_Load(statement.encode(), None, rows))
        self.poll()

    def poll(self) -> None:
        """Do what can be done without waiting.

        Raise the psycopg error of a statement that failed.
        """
        while True:
            if self._unflushed:
                self._unflushed = self._pg.flush() != 0
            if self._sent is None:
                if not self._waiting:
                    return
                self._send(self._waiting.popleft())
            if not select([self._pg.socket], [], [], 0)[0]:
                return
            self._pg.consume_input()
            self._take_results()

    def drain(self) -> None:
        """Wait until everything queued is done.

        Raise the psycopg error of a statement that failed.
        """
        self.poll()
        while self._sent is not None:
            select([self._pg.socket], [self._pg.socket] if self._unflushed else [], [])
            self.poll()

    def _send(self, load: _Load) -> None:
        self._sent = load
        if load.parameters:
            self._pg.send_query_params(load.statement, load.parameters)
        else:
            self._pg.send_query(load.statement)
        self._unflushed = self._pg.flush() != 0

    def _take_results(self) -> None:
        while not self._pg.is_busy():
            result = self._pg.get_result()
            if result is None:
                self._sent = None
                return
            if (
                result.status == pq.ExecStatus.COPY_IN
                and self._sent is not None
                and self._sent.rows is not None
            ):
                self._pg.put_copy_data(self._sent.rows)
                self._pg.put_copy_end()
                self._unflushed = self._pg.flush() != 0
            elif result.status not in _DONE:
                self._give_up(result)

    def _give_up(self, failed: pq.abc.PGresult) -> None:
        """Bring the connection back to rest, so that the caller can roll back, and raise."""
        self._waiting.clear()
        while self._pg.get_result() is not None:
            pass  # what is left of the failed statement
        self._sent = None
        raise psycopg.errors.error_from_result(failed)
