"""Put copied servers into an empty folder, and run them there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.backup.manifest import Held, Part, digest_of_files
from ehealth_ledger.store.backup.programs import verify_files
from ehealth_ledger.store.backup.proof import Check, Outcome
from ehealth_ledger.store.embedded import EmbeddedServer, adopt
from ehealth_ledger.store.embedded.binaries import binaries_of


def check_files(part: Part) -> Check:
    """Compare every file of a copy with its digest, and the list of digests with the manifest's."""
    name = f"files ({part.folder.name})"
    try:
        if digest_of_files(part.data) != part.manifest.files:
            raise BackupError("the list of files is another than the manifest names")
        verify_files(part.data, part.manifest.major)
    except BackupError as fault:
        return Check(name, Outcome.FAILED, str(fault))
    taken = part.manifest.taken_at.isoformat(timespec="seconds")
    said = f"as copied from PostgreSQL {part.manifest.postgresql} at {taken}"
    return Check(name, Outcome.PROVED, said)


def refuse_full(folder: Path) -> None:
    """Raise BackupError where a folder has anything in it."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: nothing is written over what is there")


def put_back(parts: Sequence[Part], folder: Path, wal: Path | None = None) -> None:
    """Make each part a server under an empty folder.

    One part gets the folder itself, each of several a folder of its name in it. The first goes on
    to the end of the archived write-ahead log, where there is one.
    """
    for place, part in _places(parts, folder):
        archive = wal if part is parts[0] else None
        adopt(place, part.data, binaries_of(part.manifest.major), archive)


def clear(parts: Sequence[Part], folder: Path) -> None:
    """Take away what `put_back` made, and nothing else."""
    for place, _ in _places(parts, folder):
        shutil.rmtree(place / "postgresql", ignore_errors=True)
        if place != folder and place.exists():
            place.rmdir()


@contextmanager
def running(parts: Sequence[Part], folder: Path) -> Iterator[list[dict[Held, str]]]:
    """Run the servers that were put back; give for each the URLs of the databases in it."""
    urls: list[dict[Held, str]] = []
    with ExitStack() as servers:
        for place, part in _places(parts, folder):
            server = EmbeddedServer(place, binaries=binaries_of(part.manifest.major).folder)
            servers.enter_context(server.running())
            urls.append({held: server.url(name) for held, name in part.manifest.databases.items()})
        yield urls


def _places(parts: Sequence[Part], folder: Path) -> Iterator[tuple[Path, Part]]:
    for part in parts:
        yield (folder if len(parts) == 1 else folder / part.folder.name), part
