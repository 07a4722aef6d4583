"""Say of a backup which log it holds and up to where; nobody signs it, checkpoints contradict it.

<backup>/<part>/        one server each
    backup.json         this manifest
    data/               what pg_basebackup copied; its own manifest has a digest of every file
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from uuid import UUID

import psycopg
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.batch import read_head
from ehealth_ledger.store.checkpoints import newest_believed, newest_checkpoint

FORMAT: Final = "ehealth/backup/1"
FILE: Final = "backup.json"
UNFINISHED: Final = "unfinished"  # in a folder whose parts are not all there
DATA: Final = "data"
FILES: Final = "backup_manifest"  # pg_basebackup's own, inside the data

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Held = Literal["ledger", "vault", "read"]


class Mark(BaseModel):
    """Name a place of a log by position, chain value and root, with the newest checkpoint there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ledger: UUID
    log: str
    position: Annotated[int, Field(ge=1)]
    chain_value: Digest
    root: Digest
    checkpoint: str | None
    """The note with the cosignatures there were; None before the first one."""

    @classmethod
    def of(cls, connection: psycopg.Connection, log: str, policy: Policy | None = None) -> Self:
        """Read where a log stands now, with the newest checkpoint there that a policy believes.

        Where it believes none, the newest: the witnesses may not have answered yet.
        """
        head = read_head(connection.cursor(), log)
        if head.position == 0:
            raise BackupError("the ledger is not open: there is nothing to copy")
        believed = None if policy is None else newest_believed(connection, log, policy)
        note = newest_checkpoint(connection, log) if believed is None else believed
        return cls(
            ledger=head.ledger,
            log=log,
            position=head.position,
            chain_value=head.chain_value.hex(),
            root=head.edge.root().hex(),
            checkpoint=None if note is None else note.to_bytes().decode(),
        )


class Manifest(BaseModel):
    """Describe one copied server.

    Every record up to the mark, and every key made for one, is in the copy: both were durable when
    it began. It may hold some that came in while it was taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["ehealth/backup/1"]
    mark: Mark
    taken_at: AwareDatetime
    databases: dict[Held, str]
    """Which of the three are in the copy, and their names there."""
    postgresql: str
    system: str
    """The number the server was made with."""
    files: Digest
    """SHA-256 of pg_basebackup's manifest, which names every file with its own."""

    @property
    def major(self) -> int:
        """Return the major version of PostgreSQL that can read the copy."""
        return int(self.postgresql.partition(".")[0])

    def to_bytes(self) -> bytes:
        """Write the file."""
        return self.model_dump_json(indent=2).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one copied server: its folder and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def data(self) -> Path:
        """Return the folder of the copied files."""
        return self.folder / DATA

    def holds(self, database: Held) -> bool:
        """Tell whether one of the three databases is in it."""
        return database in self.manifest.databases


def digest_of_files(data: Path) -> str:
    """Return the SHA-256 of the manifest that pg_basebackup left in a copy."""
    try:
        return sha256((data / FILES).read_bytes()).hexdigest()
    except OSError as fault:
        raise BackupError(f"{data / FILES} cannot be read: {fault}") from fault


def parts_of(folder: Path) -> Iterator[Part]:
    """Read every part of a backup; raise BackupError where there is none, or one cannot be read."""
    if (folder / UNFINISHED).exists():
        raise BackupError(f"{folder} is an unfinished backup: take another into a new folder")
    found = sorted(folder.glob(f"*/{FILE}"))
    if not found:
        raise BackupError(f"{folder} holds no backup: no folder in it has a {FILE}")
    for file in found:
        try:
            yield Part(file.parent, Manifest.model_validate_json(file.read_bytes()))
        except (OSError, ValidationError) as fault:
            raise BackupError(f"{file} is no manifest of a backup: {fault}") from fault


def part_with(folder: Path, database: Held) -> Part | None:
    """Return the part of a backup that holds one of the three databases."""
    return next((part for part in parts_of(folder) if part.holds(database)), None)
