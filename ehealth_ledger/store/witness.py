"""Witness the logs of others: cosign what only grows, once it is on the disk (C2SP tlog-witness).

A request names the size that the witness is thought to have seen, a proof from there, and a
checkpoint. It is judged in this order:

1. the log is one of those to witness;
2. one of its keys signed the checkpoint;
3. the old size is not larger than the new one;
4. the old size is that of the checkpoint cosigned last;
5. at an equal size the root is the same;
6. the log at the old size is the beginning of the log at the new one;
7. the checkpoint is on the disk before it is cosigned.

Between 2 and 3 what the log's key signed is held against what was cosigned last, however it was
asked: where it contradicts that, it is kept (see `contradictions`). No answer changes for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.cosignature import cosign
from ehealth_ledger.chain.merkle_edge import EMPTY_ROOT
from ehealth_ledger.chain.merkle_proof import ProofInvalid
from ehealth_ledger.chain.note import Note, NoteInvalid, Sign, SignatureLine, VerifierKey
from ehealth_ledger.chain.proof_file import ConsistencyFile
from ehealth_ledger.store.contradictions import Contradictions
from ehealth_ledger.store.durable_file import write_durably


class WitnessRefused(Exception):  # noqa: N818 - the name is the finding
    """Refuse to cosign; `status` is the protocol's, `size` the last one seen where it says so."""

    def __init__(self, status: int, reason: str, *, size: int | None = None) -> None:
        super().__init__(reason)
        self.status: Final = status
        self.size: Final = size


class Witness:
    """Keep what was cosigned last of each log, a file each; one process owns the folder."""

    def __init__(
        self,
        folder: Path,
        logs: Sequence[VerifierKey],
        key: VerifierKey,
        sign: Sign,
        now_s: Callable[[], int],
    ) -> None:
        self._folder = folder
        self._logs = logs
        self._sign = sign
        self._now_s = now_s
        self._contradictions = Contradictions(folder)
        self._lock = Lock()  # between looking and writing nobody else cosigns
        self.key: Final = key

    def add_checkpoint(self, body: bytes) -> SignatureLine:
        """Cosign the checkpoint of a request, or raise WitnessRefused."""
        try:
            asked = ConsistencyFile.parse(body)
            new = Checkpoint.parse(asked.note.text)
        except NoteInvalid as fault:
            raise WitnessRefused(400, str(fault)) from fault
        # 1.
        keys = [each for each in self._logs if each.name == new.origin]
        if not keys:
            raise WitnessRefused(404, "the log is not witnessed here")
        # 2.
        if not _is_signed(asked.note, keys):
            raise WitnessRefused(403, "no known key of the log signed the checkpoint")
        with self._lock:
            last, note = self._last(new.origin)
            if note is not None:
                path = asked.path if asked.old_size == last.size else ()
                self._contradictions.look(note, _of_log(asked.note, keys), path, self._now_s())
            # 3.
            if asked.old_size > new.size:
                raise WitnessRefused(400, "the old size is larger than the checkpoint's")
            # 4.
            if asked.old_size != last.size:
                raise WitnessRefused(409, "another size was cosigned last", size=last.size)
            # 5.
            if last.size == new.size and last.root != new.root:
                raise WitnessRefused(409, "another root was cosigned", size=last.size)
            # 6.
            try:
                asked.check(last)
            except ProofInvalid as fault:
                raise WitnessRefused(422, str(fault)) from fault
            # 7.
            write_durably(self._file(new.origin), asked.note.to_bytes())
            return cosign(new.text, self.key, self._sign, time_s=self._now_s())

    def _last(self, origin: str) -> tuple[Checkpoint, Note | None]:
        """Return the checkpoint cosigned last, and its note; the empty tree before the first.

        What is on the disk and cannot be read ends the request: it is never guessed.
        """
        try:
            stored = self._file(origin).read_bytes()
        except FileNotFoundError:
            return Checkpoint(origin, 0, EMPTY_ROOT), None
        note = Note.parse(stored)
        return Checkpoint.parse(note.text), note

    def _file(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"


def _is_signed(note: Note, keys: Sequence[VerifierKey]) -> bool:
    try:
        return note.signed_by(keys) != []
    except NoteInvalid:
        return False


def _of_log(note: Note, keys: Sequence[VerifierKey]) -> Note:
    """Return the note with the log's signatures alone: what others add is not kept."""
    lines = (next((each for each in note.signatures if each.is_of(key)), None) for key in keys)
    return Note(note.text, tuple(each for each in lines if each is not None))
