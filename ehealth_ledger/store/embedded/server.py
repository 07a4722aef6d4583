"""Start, share and stop the embedded server.

Any number of processes of one user may ask for the server of one data folder. The first starts
it, the others attach, and it stops when the last has left, however that one left: see `guard.py`,
which keeps their leases.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import psycopg

from ehealth_ledger.store.embedded import guard
from ehealth_ledger.store.embedded.account import Account
from ehealth_ledger.store.embedded.binaries import Binaries, find_binaries
from ehealth_ledger.store.embedded.cluster import Cluster
from ehealth_ledger.store.embedded.databases import ensure_database
from ehealth_ledger.store.embedded.failure import EmbeddedServerError
from ehealth_ledger.store.embedded.lease import attached, give_up, has_ended
from ehealth_ledger.store.embedded.options import archiving, options
from ehealth_ledger.store.file_lock import alone, take_lock

START_S_MAX: Final = 300.0  # recovery may read all of max_wal_size; a failure is noticed at once
LEFTOVERS_S_MAX: Final = 70.0  # longer than the guard gives a fast shutdown
STOP_S_MAX: Final = 90.0
POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Say whether a server accepts connections, whether we hold it, and where everything is."""

    running: bool
    attached: bool
    pid: int | None
    port: int | None
    data: Path
    logs: Path


class EmbeddedServer:
    """Hold at most one lease on the server of a data folder; used by one thread at a time.

    `binaries` is the `bin` folder of a PostgreSQL installation, where the default is not wanted.
    `overrides` are server settings; those of whoever starts the server hold for all who attach.
    `wal_archive` is where its write-ahead log is kept; the folder is made where it is missing.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        binaries: Path | None = None,
        overrides: Mapping[str, str] = MappingProxyType({}),
        wal_archive: Path | None = None,
    ) -> None:
        if sys.platform != "linux":
            raise EmbeddedServerError(
                "The embedded PostgreSQL runs on Linux only. Set EHEALTH_DATABASE_URL to a server "
                "of your own."
            )
        self._cluster = Cluster(data_dir.expanduser().resolve() / "postgresql")
        self._binaries = binaries
        self._overrides = overrides
        self._wal_archive = wal_archive
        self._lease: socket.socket | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self) -> Iterator[EmbeddedServer]:
        """Start or attach to the server, and leave it at the end."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start the server or attach to it; return when it accepts connections.

        Does nothing while the server answers; after it was killed, starts it anew.
        """
        deadline = time.monotonic() + START_S_MAX
        if self._lease is not None and self._is_ready(self._lease, deadline):
            return
        self._lease = None
        while self._lease is None:
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"PostgreSQL in {self._cluster.data} is still starting or stopping. Try later."
                )
            self._lease = self._started_or_attached(deadline)

    def stop(self) -> None:
        """Give up the lease; where it was the last, return when the server has shut down."""
        if self._lease is None:
            return
        lease, self._lease = self._lease, None
        try:
            give_up(lease, STOP_S_MAX)
        except TimeoutError:
            raise EmbeddedServerError(
                f"PostgreSQL has not stopped within {STOP_S_MAX:.0f} s; it goes on by itself."
            ) from None

    def status(self) -> ServerStatus:
        """Look whether the server runs, without starting it or attaching to it."""
        cluster = self._cluster
        pid = cluster.postmaster()
        held = self._lease is not None and not has_ended(self._lease)
        return ServerStatus(pid is not None, held, pid, cluster.port(), cluster.data, cluster.logs)

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database of this server, the superuser's password included."""
        if self._lease is None:
            raise EmbeddedServerError("The embedded server was not started. Call start() first.")
        return self._cluster.url(database)

    def ensure_database(self, name: str) -> str:
        """Create the database unless it is there, and return its URL."""
        ensure_database(self.url(), name)
        return self.url(name)

    def _started_or_attached(self, deadline: float) -> socket.socket | None:
        """Try each once; None where somebody else is just starting or stopping the server."""
        account = self._cluster.prepare()
        lock = take_lock(self._cluster.lock)
        if lock is None:
            lease = attached(self._cluster.folder)
            if lease is not None and self._is_ready(lease, deadline):
                return lease
            time.sleep(POLL_S)
            return None
        try:
            self._await_departure()
            binaries = find_binaries(self._binaries).reachable_by(account, self._cluster.folder)
            self._cluster.initialise(binaries, account)
            self._cluster.forget_postmaster()
            self._cluster.forget_old_logs()
            if self._wal_archive is not None:
                make_archive(self._wal_archive, account)
            port = self._cluster.choose_port()
            identity = [str(account.uid), str(account.gid)] if account.dropped else ["-", "-"]
            lease = self._launch([*identity, str(binaries.folder / "postgres")], port, lock)
        finally:
            os.close(lock)  # the guard keeps it open
        if self._is_ready(lease, deadline):
            return lease
        if self._cluster.choose_port() != port:
            return None  # somebody took the port meanwhile: once more, with the new one
        raise EmbeddedServerError(
            f"PostgreSQL did not start. Its last words:\n{self._cluster.last_words()}"
        )

    def _launch(self, command: list[str], port: int, lock: int) -> socket.socket:
        """Start the guard, which starts the server and keeps the lock; return the first lease."""
        cluster = self._cluster
        kept = {} if self._wal_archive is None else archiving(self._wal_archive)
        settings = options(port, cluster.logs, {**kept, **self._overrides})
        arguments = [part for item in settings.items() for part in ("-c", "=".join(item))]
        ours, theirs = socket.socketpair()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        log = os.open(cluster.folder / "start.log", flags, 0o600)
        try:
            # Kept, so that a guard that ends is reaped by us and not reported as forgotten.
            self._guard = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", guard.__file__, str(cluster.folder)),
                    *(*command, "-D", str(cluster.data), *arguments),
                ],
                stdin=theirs.fileno(),
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C is for the program, not for its database
            )
        finally:
            os.close(log)
            theirs.close()
        return ours

    def _await_departure(self) -> None:
        """Wait until what a killed guard or server left behind is gone: never join the dying."""
        deadline = time.monotonic() + LEFTOVERS_S_MAX
        while inhabitants := self._cluster.inhabitants():
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"A PostgreSQL that this program did not start runs in {self._cluster.data}. "
                    f"Stop it with: kill -INT {min(inhabitants)}"
                )
            time.sleep(POLL_S)

    def _is_ready(self, lease: socket.socket, deadline: float) -> bool:
        """Wait until the server of this folder answers a query; False where it ended instead."""
        while not has_ended(lease):
            if self._cluster.postmaster() is not None and self._answers():
                return True
            if time.monotonic() > deadline:
                lease.close()
                raise EmbeddedServerError(
                    f"PostgreSQL is not ready after {START_S_MAX:.0f} s. Its last words:\n"
                    f"{self._cluster.last_words()}"
                )
            time.sleep(POLL_S)
        lease.close()
        return False

    def _answers(self) -> bool:
        query = "SELECT current_setting('data_directory')"
        try:
            with psycopg.connect(self._cluster.url("postgres"), connect_timeout=5) as connection:
                row = connection.execute(query).fetchone()
        except psycopg.OperationalError:
            return False  # it is stopping, or was just killed: the lease will tell
        return row is not None and row[0] == str(self._cluster.data)


def make_archive(folder: Path, account: Account) -> None:
    """Make the archive's folder the server's account's, closed to others; keep what is there."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        os.chown(folder, account.uid, account.gid)
    barrier = account.barrier(folder)
    if barrier is not None:
        raise EmbeddedServerError(
            f"{barrier} is closed to user {account.uid}, which the server runs as: name an archive "
            "that it can reach (EHEALTH_WAL_ARCHIVE_DIR)."
        )


def adopt(data_dir: Path, copy: Path, binaries: Binaries, wal: Path | None = None) -> None:
    """Make the server of a data folder that has none from a copy of another server's files."""
    cluster = Cluster(data_dir.expanduser().resolve() / "postgresql")
    account = cluster.prepare()
    taken = EmbeddedServerError(f"{cluster.folder} has a server already.")
    with alone(cluster.lock, taken):
        if cluster.data.exists():
            raise taken
        cluster.adopt(copy, binaries.reachable_by(account, cluster.folder), account, wal)
