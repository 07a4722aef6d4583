"""Write a log's tiles, records and checkpoint into a folder that any web server can hand out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle_proof import ProofInvalid, check_consistency
from ehealth_ledger.chain.note import Note, NoteInvalid
from ehealth_ledger.chain.tiles import Tile, tiles_between
from ehealth_ledger.store.durable_file import write_durably
from ehealth_ledger.store.proofs import Signed

CHECKPOINT: Final = "checkpoint"
PROOF: Final = "checkpoint.proof"

Progress = Callable[[int, int], None]
"""Be told up to which record the folder is written, and how many there are."""


class ExportRefused(Exception):  # noqa: N818 - the name is the finding
    """Report a folder that holds another history than the log."""


def export(signed: Signed, folder: Path, progress: Progress, *, records: bool = True) -> int:
    """Bring a folder up to the newest checkpoint; return how many files were written.

    Without `records` there are only hashes: enough for every proof, and for nobody to read.
    What the folder's own checkpoint covers is not written again, so an interrupted export goes on
    where it was. The checkpoint comes last: what it names is there before it. Raise ExportRefused
    where the log does not begin with what the folder's checkpoint says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    begun = _begun(signed, folder / CHECKPOINT)
    size, written = signed.tree.size, 0
    for tile in tiles_between(begun, size):
        written += put(folder / tile.path, signed.tree.read(tile))
        if tile.level == 0:
            if records:
                written += put(folder / tile.entries_path, signed.tree.entries(tile))
            progress(_end(tile), size)
    return written + put(folder / CHECKPOINT, signed.note.to_bytes())


def _begun(signed: Signed, file: Path) -> int:
    """Return the size that the folder covers; 0 where it has no checkpoint."""
    try:
        old = Checkpoint.parse(Note.parse(file.read_bytes()).text)
    except FileNotFoundError:
        return 0
    except NoteInvalid as fault:
        raise ExportRefused(f"{file} is no checkpoint: {fault}") from fault
    new = Checkpoint.parse(signed.note.text)
    if old.origin != new.origin:
        raise ExportRefused(f"{file} is of {old.origin}")
    if not 0 < old.size <= new.size:
        raise ExportRefused(f"{file} is of {old.size} records, and the log has {new.size}")
    try:
        path = () if old.size == new.size else signed.tree.consistency(old.size)
        check_consistency(old.size, old.root, new.size, new.root, path)
    except ProofInvalid as fault:
        raise ExportRefused(f"{file} is of another history: {fault}") from fault
    return old.size


def put(file: Path, content: bytes) -> int:
    """Write a file unless it holds these bytes already; return how many were written."""
    if file.is_file() and file.read_bytes() == content:
        return 0
    file.parent.mkdir(parents=True, exist_ok=True)
    write_durably(file, content)
    return 1


def _end(tile: Tile) -> int:
    return tile.first + tile.width
