"""Keep what a witnessed log's key signed against what was cosigned of it.

Two kinds, since only one of them proves anything:

- **split view**: two checkpoints that cannot be of one log. Either they are of one size and have
  different roots, or the path that came with the larger shows that its tree begins with another
  than the smaller's. Who has the log's key checks the file alone.
- **rollback**: a checkpoint of fewer records than were cosigned. An honest one of earlier, sent
  again by anybody, looks just so; another root of its size is what would prove a lie, and the
  witness keeps no roots of the past. So the note is kept, and the next of its size held against it.

Only notes that a known key of the log signed come here. Each is kept once, however often it is
sent, and of each kind only so many: nobody fills the disk.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle_proof import is_of_another
from ehealth_ledger.chain.note import Note, NoteInvalid
from ehealth_ledger.store.durable_file import write_durably

Kind = Literal["split view", "rollback"]

# Of each log. What strangers can send again, old checkpoints, crowds out no proof.
KEPT_MAX: Final[dict[Kind, int]] = {"split view": 1_000, "rollback": 100}
SUFFIX: Final = ".contradiction"

_log = logging.getLogger(__name__)


class ContradictionUnreadable(Exception):  # noqa: N818 - the name is the finding
    """Report a kept file that is none."""


class Contradiction(BaseModel):
    """Hold two signed checkpoints of one log: the one known before, and the one signed against it.

    `path` (base64) leads from the size of the first to the second, where that is how it shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["ehealth/contradiction/1"] = "ehealth/contradiction/1"
    kind: Kind
    noted_at: AwareDatetime
    known: str
    signed: str
    path: tuple[str, ...] = ()

    @property
    def checkpoints(self) -> tuple[Checkpoint, Checkpoint]:
        """Return what was known and what was signed, read; raise NoteInvalid."""
        first, second = (
            Checkpoint.parse(Note.parse(each.encode()).text) for each in (self.known, self.signed)
        )
        return first, second

    @classmethod
    def read(cls, file: Path) -> Contradiction:
        """Read a kept file; raise ContradictionUnreadable where it is none."""
        try:
            found = cls.model_validate_json(file.read_bytes())
            _ = found.checkpoints
        except (ValidationError, NoteInvalid) as fault:
            raise ContradictionUnreadable(f"{file} cannot be read: {fault}") from fault
        return found


class Contradictions:
    """Keep a witness's contradictions in its folder, a file each; one process writes there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self, origin: str | None = None) -> list[Path]:
        """List what is kept of one log, or of all."""
        begins = "*" if origin is None else f"{_hashed(origin)}.*"
        return sorted(self._folder.glob(f"{begins}{SUFFIX}"))

    def look(self, known: Note, signed: Note, path: Sequence[bytes], now_s: int) -> None:
        """Keep a checkpoint that the log signed where it contradicts the one cosigned last.

        `path` is what was sent to lead from there to it. Say loudly what is kept, once.
        """
        before, against = Checkpoint.parse(known.text), Checkpoint.parse(signed.text)
        if against.size == before.size:
            if against.root != before.root:
                self._keep("split view", known, signed, (), now_s)
        elif against.size > before.size:
            if is_of_another(before.size, before.root, against.size, against.root, path):
                self._keep("split view", known, signed, path, now_s)
        elif not self._is_kept(signed):
            earlier = self._of_another_root(against)
            if earlier is not None:
                self._keep("split view", earlier, signed, (), now_s)
            else:
                self._keep("rollback", known, signed, (), now_s)

    def _of_another_root(self, checkpoint: Checkpoint) -> Note | None:
        """Return a note kept earlier that names another root at this size."""
        for each in self._readable(checkpoint.origin):
            _, kept = each.checkpoints
            if kept.size == checkpoint.size and kept.root != checkpoint.root:
                return Note.parse(each.signed.encode())
        return None

    def _readable(self, origin: str) -> Iterator[Contradiction]:
        for file in self.files(origin):
            try:
                yield Contradiction.read(file)
            except ContradictionUnreadable as fault:
                _log.warning("%s", fault)

    def _keep(
        self, kind: Kind, known: Note, signed: Note, path: Sequence[bytes], now_s: int
    ) -> None:
        if self._is_kept(signed):
            return
        before, against = Checkpoint.parse(known.text), Checkpoint.parse(signed.text)
        ending = f".{_ending(kind)}"
        left = KEPT_MAX[kind] - sum(ending in each.name for each in self.files(against.origin))
        if left <= 0:
            return  # said when the last one was kept
        found = Contradiction(
            kind=kind,
            noted_at=datetime.fromtimestamp(now_s, UTC),
            known=known.to_bytes().decode(),
            signed=signed.to_bytes().decode(),
            path=tuple(b64encode(each).decode() for each in path),
        )
        file = self._file(signed, kind)
        write_durably(file, found.model_dump_json(indent=2).encode() + b"\n")
        _say(kind, before, against, file)
        if left == 1:
            _log.error("no more of %s than these %d of a %s are kept", *_bound(against, kind))

    def _is_kept(self, signed: Note) -> bool:
        kinds: tuple[Kind, ...] = ("split view", "rollback")
        return any(self._file(signed, kind).exists() for kind in kinds)

    def _file(self, signed: Note, kind: Kind) -> Path:
        """Name the file by what was signed: it is kept once, whatever signatures are beneath it."""
        origin = Checkpoint.parse(signed.text).origin
        return self._folder / f"{_hashed(origin)}.{_hashed(signed.text)}.{_ending(kind)}"


def _say(kind: Kind, before: Checkpoint, against: Checkpoint, file: Path) -> None:
    told = (against.origin, *_named(against), *_named(before), file.name)
    if kind == "split view":
        _log.critical(
            "SPLIT VIEW: the key of %s signed %d records with root %s, and %d with root %s, which "
            "cannot be one log: both are kept in %s",
            *told,
        )
    else:
        _log.error(
            "an older checkpoint: the key of %s signed %d records with root %s, and %d with root "
            "%s were cosigned; it was sent again, or the log was set back: it is kept in %s",
            *told,
        )


def _named(checkpoint: Checkpoint) -> tuple[int, str]:
    return checkpoint.size, b64encode(checkpoint.root).decode()


def _bound(checkpoint: Checkpoint, kind: Kind) -> tuple[str, int, str]:
    return checkpoint.origin, KEPT_MAX[kind], kind


def _ending(kind: Kind) -> str:
    return f"{kind.replace(' ', '-')}{SUFFIX}"


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()
