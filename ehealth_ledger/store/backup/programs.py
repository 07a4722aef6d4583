"""Run the programs that come with PostgreSQL: pg_basebackup and pg_verifybackup."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.embedded.binaries import folders
from ehealth_ledger.store.embedded.guard import ENVIRONMENT

COPY: Final = "pg_basebackup"
VERIFY: Final = "pg_verifybackup"
_VERSION: Final = re.compile(r"\b(\d+)(?:\.\d+)*")
_REASON_LINES_MAX: Final = 3


def programs(major: int) -> Path:
    """Return the folder of the two programs of a major version: the server's must be the same.

    The system's come before the wheel's, which speak no TLS.
    """
    on_path = shutil.which(COPY)
    known = [*reversed(folders()), *([] if on_path is None else [Path(on_path).parent])]
    for folder in known:
        if all(_major(folder / name) == major for name in (COPY, VERIFY)):
            return folder
    raise BackupError(
        f"{COPY} and {VERIFY} of PostgreSQL {major} were not found. Install them (the system's "
        f"package is called postgresql-client-{major}, or postgresql{major})."
    )


def copy_server(url: str, data: Path, major: int) -> None:
    """Copy a server's files while it goes on, with the write-ahead log that makes them whole."""
    given = {key: value for key, value in conninfo_to_dict(url).items() if key != "dbname"}
    password = str(given.pop("password", ""))
    command = [
        *(str(programs(major) / COPY), f"--dbname={make_conninfo('', **given)}"),
        *(f"--pgdata={data}", "--format=plain", "--wal-method=stream", "--checkpoint=fast"),
        *("--manifest-checksums=SHA256", "--no-password"),
    ]
    # The password stands in no argument, where every user of the machine could read it.
    _run(command, {"HOME": str(Path.home()), "PGPASSWORD": password})


def verify_files(data: Path, major: int) -> None:
    """Compare every file of a copy with its digest; raise BackupError naming the first that differ.

    The copied write-ahead log is read too: without it the files do not become whole.
    """
    _run([str(programs(major) / VERIFY), "--quiet", str(data)])


def tablespaces(connection: psycopg.Connection) -> list[str]:
    """List the tablespaces that lie outside the server's own folder."""
    rows = connection.execute(
        "SELECT spcname FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')"
    )
    return sorted(name for (name,) in rows)


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        env={**ENVIRONMENT, **(more or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[:_REASON_LINES_MAX]
        raise BackupError("; ".join(said) or f"{command[0]} ended with {done.returncode}")


def _major(program: Path) -> int | None:
    if not program.is_file():
        return None
    try:
        said = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None  # built for another machine, or a library is missing: as good as not there
    found = _VERSION.search(said)
    return None if found is None else int(found[1])
