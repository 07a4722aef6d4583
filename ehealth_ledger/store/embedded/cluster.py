"""Know one cluster on disk: its folders, password and port, and the processes that live in it.

<data_dir>/postgresql/            ours
    lock  guard.sock  state.json  password  start.log
    cluster/                      the server's account's, closed to others
        data/  log/
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ehealth_ledger.store.embedded.account import Account, account_for
from ehealth_ledger.store.embedded.binaries import Binaries
from ehealth_ledger.store.embedded.failure import EmbeddedServerError
from ehealth_ledger.store.embedded.guard import ENVIRONMENT
from ehealth_ledger.store.embedded.options import replaying

ADDRESS: Final = "127.0.0.1"
SUPERUSER: Final = "ehealth"
# Below the range the kernel gives to outgoing connections: nobody takes one between two starts.
PORTS: Final = range(20_000, 32_000)
LOGS_KEPT: Final = 10
READY_LINE: Final = 7  # of postmaster.pid: the server's state
# What a copied server is not to keep: settings of its old place, and orders to follow another.
FOREIGN: Final = ("postgresql.auto.conf", "standby.signal", "recovery.signal", "backup_manifest")
LOOPBACK_ONLY: Final = (
    "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"
)
OWN_SUPERUSER: Final = (  # one line: the server alone with its files ends a statement at its end
    "DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN "
    "CREATE ROLE {name}; END IF; "
    "ALTER ROLE {name} LOGIN SUPERUSER REPLICATION PASSWORD '{password}'; END$$\n"
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Find everything one embedded server keeps in `folder`."""

    folder: Path

    @property
    def lock(self) -> Path:
        """Return the lock file of whoever starts the server; its guard keeps it while it runs."""
        return self.folder / "lock"

    @property
    def home(self) -> Path:
        """Return the folder that belongs to the server's account."""
        return self.folder / "cluster"

    @property
    def data(self) -> Path:
        """Return what PostgreSQL calls the data directory."""
        return self.home / "data"

    @property
    def logs(self) -> Path:
        """Return the folder of the server's log files."""
        return self.home / "log"

    def prepare(self) -> Account:
        """Make the folders that are missing, change none that is there; return the account."""
        for missing in reversed([p for p in (self.folder, *self.folder.parents) if not p.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                # The server's account passes through what root makes here, and lists none of it.
                missing.chmod(0o711)
        account = account_for(self.home)
        barrier = account.barrier(self.folder)
        if barrier is not None:
            raise EmbeddedServerError(
                f"The server runs as user {account.uid}, because root must not, and {barrier} is "
                f"closed to that user. Name a data folder elsewhere (EHEALTH_DATA_DIR), or let "
                f"others pass through this one: chmod o+x {barrier}"
            )
        return account

    def initialise(self, binaries: Binaries, account: Account) -> None:
        """Make the cluster unless it is there: checksums, UTF-8, byte order, a random password."""
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._make(binaries, account)
            return
        major = version.read_text().strip()
        if major != str(binaries.major):
            raise EmbeddedServerError(
                f"{self.data} was written by PostgreSQL {major}, but the programs found are "
                f"{binaries.version}. Name the folder of programs of version {major}, or carry the "
                "data over with pg_dump into an empty folder."
            )
        if not (self.folder / "password").exists():
            raise EmbeddedServerError(
                f"{self.folder / 'password'} is gone. Restore it from a backup of the folder."
            )

    def adopt(self, copy: Path, binaries: Binaries, account: Account, wal: Path | None) -> None:
        """Make the cluster of a copy of another server's files, with a password of its own.

        Where there is an archive of its write-ahead log it goes on to the end of that.

        Who may log in from where and every setting of the other server stay behind: a restored
        server answers on the loopback address alone, and archives into nobody's folder.
        """
        unfinished = self._begun(account)
        shutil.copytree(copy, unfinished, symlinks=True)
        for name in FOREIGN:
            (unfinished / name).unlink(missing_ok=True)
        (unfinished / "pg_hba.conf").write_text(LOOPBACK_ONLY)
        (unfinished / "postgresql.conf").write_text("" if wal is None else replaying(wal))
        if wal is not None:
            (unfinished / "recovery.signal").touch(mode=0o600)
        (unfinished / "pg_ident.conf").write_text("")
        for each in (unfinished, *unfinished.rglob("*")):
            os.chown(each, account.uid, account.gid, follow_symlinks=False)
        password = secrets.token_urlsafe(24)
        self._write("password", password)
        # Alone with its files and with nobody else connected; the copied log is replayed first.
        done = subprocess.run(
            [str(binaries.folder / "postgres"), "--single", "-D", str(unfinished), "postgres"],
            input=OWN_SUPERUSER.format(name=SUPERUSER, password=password),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            **account.as_arguments(),
        )
        if done.returncode != 0 or "ERROR:" in done.stderr:
            words = "\n".join(done.stderr.strip().splitlines()[-12:])
            raise EmbeddedServerError(f"the copied files do not become a server:\n{words}")
        (unfinished / "postgresql.conf").write_text("")
        unfinished.rename(self.data)

    def _begun(self, account: Account) -> Path:
        """Make the account's folder, and name the one for data that are not whole yet."""
        if not self.home.exists():
            self.home.mkdir(mode=0o700)
            os.chown(self.home, account.uid, account.gid)
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        return unfinished

    def _make(self, binaries: Binaries, account: Account) -> None:
        unfinished = self._begun(account)
        password = secrets.token_urlsafe(24)
        self._write("password", password)
        command = [
            *(str(binaries.folder / "initdb"), f"--pgdata={unfinished}", f"--username={SUPERUSER}"),
            *("--auth=scram-sha-256", "--pwfile=/dev/stdin", "--data-checksums"),
            *("--encoding=UTF8", "--no-locale"),
        ]
        # Through a pipe of the account's own the password stands in no argument and no second file.
        reader, writer = os.pipe()
        if account.dropped:
            os.fchown(reader, account.uid, account.gid)
        with os.fdopen(reader) as stdin:
            with os.fdopen(writer, "w") as pipe:
                pipe.write(f"{password}\n")
            done = subprocess.run(
                command,
                stdin=stdin,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env=ENVIRONMENT,
                **account.as_arguments(),
            )
        if done.returncode != 0:
            words = done.stderr.strip() or done.stdout.strip()
            raise EmbeddedServerError(f"initdb could not make {unfinished}:\n{words}")
        unfinished.rename(self.data)  # initdb may die half-way; under its own name it is whole

    def url(self, database: str) -> str:
        """Return the URL of `database`; the server has no certificate, and loopback needs none."""
        password = (self.folder / "password").read_text().strip()
        server = f"postgresql://{SUPERUSER}:{password}@{ADDRESS}:{self.port()}"
        return f"{server}/{database}?sslmode=disable"

    def port(self) -> int | None:
        """Return the port of the last start, None before the first."""
        try:
            port = json.loads((self.folder / "state.json").read_text())["port"]
        except FileNotFoundError:
            return None
        return int(port)

    def choose_port(self) -> int:
        """Return the port of the last start if it is still free, else another; remember it."""
        port = self.port()
        while port is None or not _is_free(port):
            port = PORTS[secrets.randbelow(len(PORTS))]
        self._write("state.json", json.dumps({"port": port}))
        return port

    def postmaster(self) -> int | None:
        """Return the process id of a server that is alive, at home here, and ready."""
        lines = self._postmaster_file()
        if len(lines) <= READY_LINE or lines[READY_LINE].strip() != "ready":
            return None
        return int(lines[0]) if self._is_home_of(lines[0]) else None

    def inhabitants(self) -> list[int]:
        """Return the processes alive in the data folder: a server, or what a killed one left."""
        return [int(entry) for entry in os.listdir("/proc") if self._is_home_of(entry)]

    def _is_home_of(self, pid: str) -> bool:
        # Each process of a server works in its data folder; a zombie works nowhere any more.
        try:
            return os.readlink(f"/proc/{pid}/cwd") == os.path.realpath(self.data)
        except OSError:
            return False  # gone, a zombie, somebody else's, or no process at all

    def forget_postmaster(self) -> None:
        """Remove a `postmaster.pid` whose number now stands for a zombie or a stranger.

        PostgreSQL would take either for a living server. Only to be called under the lock when
        nobody lives in the data folder. Where the number stands for nothing, PostgreSQL decides.
        """
        lines = self._postmaster_file()
        if lines and Path("/proc", lines[0]).exists():
            (self.data / "postmaster.pid").unlink()

    def _postmaster_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def forget_old_logs(self) -> None:
        """Delete all but the newest log files; PostgreSQL rotates them and deletes none."""
        for old in self._log_files()[:-LOGS_KEPT]:
            old.unlink()

    def last_words(self) -> str:
        """Return the end of what the server wrote at its last start."""
        files = [self.folder / "start.log", *self._log_files()[-1:]]
        texts = [file.read_text(errors="replace") for file in files if file.exists()]
        return "\n".join("\n".join(texts).splitlines()[-12:])

    def _log_files(self) -> list[Path]:
        return sorted(self.logs.glob("*.log"))

    def _write(self, name: str, content: str) -> None:
        unfinished = self.folder / f"{name}.unfinished"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(unfinished, flags, 0o600), "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.folder / name)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL does: connections of the last run that are still being buried do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
        return True
