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
from select import POLLIN, poll, select
from typing import Final, NamedTuple

import psycopg
from psycopg import pq

_DONE: Final = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


class _Load(NamedTuple):
    statement: str
    parameters: Sequence[bytes]  # of a statement that has some
    rows: bytes | None  # of a COPY


class Conveyor:
    """Run statements in order on one connection; `poll` never waits, `drain` does.

    What waits without parameters leaves as one message: fewer turns between the server and us.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._waiting: deque[_Load] = deque()
        self._rows: deque[bytes] = deque()  # for the COPYs of what was sent
        self._busy = False
        self._unflushed = False
        self._readable = poll()
        self._readable.register(self._pg.socket, POLLIN)

    def execute(self, statement: str, *parameters: bytes) -> None:
        """Queue a statement with parameters in text form, `$1` and so on."""
        self._waiting.append(_Load(statement, parameters, None))

    def copy(self, statement: str, rows: bytes) -> None:
        """Queue a COPY FROM STDIN with all its rows."""
        self._waiting.append(_Load(statement, (), rows))

    def poll(self) -> None:
        """Do what can be done without waiting.

        Raise the psycopg error of a statement that failed.
        """
        while True:
            if self._unflushed:
                self._unflushed = self._pg.flush() != 0
            if not self._busy:
                if not self._waiting:
                    return
                self._send()
            if not self._readable.poll(0):
                return
            self._pg.consume_input()
            self._take_results()

    def drain(self) -> None:
        """Wait until everything queued is done.

        Raise the psycopg error of a statement that failed.
        """
        self.poll()
        while self._busy:
            select([self._pg.socket], [self._pg.socket] if self._unflushed else [], [])
            self.poll()

    def commit(self) -> None:
        """Commit, behind everything queued, and wait until it is durable."""
        self.execute("COMMIT")
        self.drain()

    def _send(self) -> None:
        first = self._waiting.popleft()
        if first.parameters:
            self._pg.send_query_params(first.statement.encode(), first.parameters)
        else:
            together = [first]
            while self._waiting and not self._waiting[0].parameters:
                together.append(self._waiting.popleft())
            self._rows.extend(each.rows for each in together if each.rows is not None)
            self._pg.send_query("; ".join(each.statement for each in together).encode())
        self._busy = True
        self._unflushed = self._pg.flush() != 0

    def _take_results(self) -> None:
        while not self._pg.is_busy():
            result = self._pg.get_result()
            if result is None:
                self._busy = False
                return
            if result.status == pq.ExecStatus.COPY_IN and self._rows:
                self._pg.put_copy_data(self._rows.popleft())
                self._pg.put_copy_end()
                self._unflushed = self._pg.flush() != 0
            elif result.status not in _DONE:
                self._give_up(result)

    def _give_up(self, failed: pq.abc.PGresult) -> None:
        """Bring the connection back to rest, so that the caller can roll back, and raise."""
        self._waiting.clear()
        self._rows.clear()
        while self._pg.get_result() is not None:
            pass  # what is left of the failed message
        self._busy = False
        raise failure(self._pg, failed)


def failure(connection: pq.abc.PGconn, failed: pq.abc.PGresult) -> psycopg.Error:
    """Return the psycopg error of a failed result; one of a lost connection says so by its type."""
    if connection.status == pq.ConnStatus.BAD:
        return psycopg.OperationalError(failed.get_error_message())
    return psycopg.errors.error_from_result(failed)
