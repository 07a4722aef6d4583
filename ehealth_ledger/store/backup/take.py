"""Take a backup of one server, with a manifest that says which log it holds and up to where."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.backup.manifest import (
    DATA,
    FILE,
    FORMAT,
    UNFINISHED,
    Held,
    Manifest,
    Mark,
    Part,
    digest_of_files,
)
from ehealth_ledger.store.backup.programs import copy_server, tablespaces
from ehealth_ledger.store.connections import connect
from ehealth_ledger.store.durable_file import write_durably
from ehealth_ledger.store.servers import server_of


@contextmanager
def whole(folder: Path) -> Iterator[None]:
    """Make a folder a backup once all its parts are there; where one fails, take away all of them.

    A mark says meanwhile that it is none: it stays where the program is killed.
    """
    made = not folder.exists()
    mark = folder / UNFINISHED
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        write_durably(mark, b"a backup was begun here and not finished: remove this folder\n")
        yield
    except BaseException:
        # The mark goes last, and stays where something else does.
        for each in folder.glob("*/"):
            shutil.rmtree(each, ignore_errors=True)
        if not any(folder.glob("*/")):
            mark.unlink(missing_ok=True)
            if made and folder.exists():
                folder.rmdir()
        raise
    mark.unlink()


def take(
    url: str, folder: Path, mark: Mark, databases: Mapping[Held, str], *, taken_at: datetime
) -> Part:
    """Copy the server behind a URL into a new folder, inside `whole`.

    `mark` was read before: whatever was durable then is in the copy.
    """
    with connect(url, schema="public", name="backup") as connection:
        outside = tablespaces(connection)
        version = connection.info.parameter_status("server_version") or ""
        system = server_of(connection).name
    if outside:
        raise BackupError(
            f"the server keeps tablespaces elsewhere ({', '.join(outside)}), and their copies "
            "would be written over them. Move their tables into the server's own folder first."
        )
    postgresql = version.partition(" ")[0]
    folder.mkdir(mode=0o700)
    copy_server(url, folder / DATA, int(postgresql.partition(".")[0]))
    manifest = Manifest(
        format=FORMAT,
        mark=mark,
        taken_at=taken_at,
        databases=dict(databases),
        postgresql=postgresql,
        system=system,
        files=digest_of_files(folder / DATA),
    )
    write_durably(folder / FILE, manifest.to_bytes())
    return Part(folder, manifest)
