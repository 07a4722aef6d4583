"""Sign the log's checkpoints, and never two histories: what was signed last is kept elsewhere.

Before a checkpoint is signed, in this order:

1. nobody else on this machine signs for the log (a lock beside the state file);
2. the state file names the checkpoint signed last, under this key; it is missing only before the
   first one;
3. the log is no shorter than that checkpoint, and begins with it: a consistency proof is made from
   the tiles and the records, and checked like anybody's;
4. the new checkpoint is on the disk before anybody sees it.

So a database that was set back, or swapped for another, is not signed for. Of the checkpoints in it
only those count that this key signed: a note that somebody else put there is named and passed over,
for it must not end the signing.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle_proof import ProofInvalid, check_consistency
from ehealth_ledger.chain.note import Note, NoteInvalid, Sign, VerifierKey, sign_note
from ehealth_ledger.store.batch import read_head
from ehealth_ledger.store.checkpoints import keep_checkpoint, rows_between
from ehealth_ledger.store.durable_file import write_durably
from ehealth_ledger.store.file_lock import alone
from ehealth_ledger.store.tree import Tree

_log = logging.getLogger(__name__)


class SignerRefused(Exception):  # noqa: N818 - the name is the finding
    """Report a log that does not go on from what was signed: a fork is not signed."""


class AnotherSigns(Exception):  # noqa: N818 - the name is the finding
    """Report that another process of this machine signs for the log."""


class Signer:
    """Sign one log's checkpoints with one key."""

    def __init__(self, log: str, key: VerifierKey, sign: Sign, state: Path) -> None:
        """Take the file that remembers the last checkpoint."""
        self._log = log
        self._sign = sign
        self._state = state
        self.key: Final = key
        self.strangers: Final[set[int]] = set()
        """The sizes at which stands what this key did not sign, as far as it was met."""

    def sign(self, connection: psycopg.Connection) -> Note | None:
        """Return the newest checkpoint, signed now where a record was added since the last.

        None while the log is empty.
        Raise SignerRefused where it does not begin with what was signed last, AnotherSigns where
        another process does this.
        """
        # 1.
        with self._alone():
            return self._next(connection)

    def _next(self, connection: psycopg.Connection) -> Note | None:
        """Take steps 2 to 4; what is signed is what was checked, whatever is appended meanwhile."""
        size, root = self._stand(connection)
        # 2. and 3.
        signed = self._signed_before(connection, size, root)
        if signed is not None:
            self._publish(connection, signed)  # a crash may have left it on the disk alone
        if size == (0 if signed is None else Checkpoint.parse(signed.text).size):
            return signed
        note = sign_note(Checkpoint(self.key.name, size, root).text, self.key, self._sign)
        # 4.
        write_durably(self._state, note.to_bytes())
        self._publish(connection, note)
        return note

    def _signed_before(self, connection: psycopg.Connection, size: int, root: bytes) -> Note | None:
        """Return what was signed last, with which the log of that size and root begins."""
        # 2.
        signed = self._signed_last(connection)
        # 3.
        if signed is not None:
            self._check(connection, Checkpoint.parse(signed.text), size, root)
        return signed

    def _stand(self, connection: psycopg.Connection) -> tuple[int, bytes]:
        """Return how long the log is, and its root."""
        head = read_head(connection.cursor(), self._log)
        return head.position, head.edge.root()

    def _tree(self, connection: psycopg.Connection, size: int) -> Tree:
        return Tree(connection, self._log, size)

    def _signed_last(self, connection: psycopg.Connection) -> Note | None:
        try:
            note = Note.parse(self._state.read_bytes())
            known = note.signed_by([self.key])
            size = Checkpoint.parse(note.text).size
        except FileNotFoundError:
            if next(rows_between(connection, self._log, 0), None) is None:
                return None
            # Whoever signed them: with another key in the place of the lost one it looks the same.
            raise SignerRefused(
                "the state file is missing, and the log has checkpoints already"
            ) from None
        except NoteInvalid as fault:
            raise SignerRefused(f"the state file is no checkpoint: {fault}") from fault
        if not known:
            raise SignerRefused("the state file was not signed with this key")
        self._look_above(connection, size)
        return note

    def _look_above(self, connection: psycopg.Connection, size: int) -> None:
        """Refuse where this key has published more than `size`; name what others put there."""
        met = set[int]()
        for row in rows_between(connection, self._log, size):
            if self._has_signed_above(size, row.encoded):
                raise SignerRefused("the state file is older than what was published")
            met.add(row.size)
        self._name(met)

    def _has_signed_above(self, size: int, encoded: bytes) -> bool:
        try:
            note = Note.parse(encoded)
            return bool(note.signed_by([self.key])) and Checkpoint.parse(note.text).size > size
        except NoteInvalid:
            return False

    def _name(self, met: set[int]) -> None:
        new = met - self.strangers
        if new:
            self.strangers.update(new)
            _log.critical(
                "%d notes among the checkpoints of %s, the first at size %d, are not of this key: "
                "they are passed over, run verify",
                *(len(new), self._log, min(new)),
            )

    def _check(
        self, connection: psycopg.Connection, old: Checkpoint, size: int, root: bytes
    ) -> None:
        if old.origin != self.key.name:
            raise SignerRefused(f"the state file is of {old.origin}")
        if size < old.size:
            raise SignerRefused(f"the log has {size} records, and {old.size} were signed for")
        path = () if old.size == size else self._tree(connection, size).consistency(old.size)
        try:
            check_consistency(old.size, old.root, size, root, path)
        except ProofInvalid as fault:
            raise SignerRefused(
                f"the log does not begin with the {old.size} records that were signed for: {fault}"
            ) from fault

    def _publish(self, connection: psycopg.Connection, signed: Note) -> None:
        if not keep_checkpoint(connection, self._log, signed):
            self._name({Checkpoint.parse(signed.text).size})  # another note took its place

    def _alone(self) -> AbstractContextManager[None]:
        self._state.parent.mkdir(parents=True, exist_ok=True)
        lock = self._state.with_name(f"{self._state.name}.lock")
        return alone(lock, AnotherSigns(self._log))
