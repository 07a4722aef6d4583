"""Say in a signed note which tree a log has: origin, size, root (C2SP tlog-checkpoint).

We write no extension lines; those of others are kept and signed along.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final, NamedTuple
from uuid import UUID

from ehealth_ledger.chain.merkle_edge import EMPTY_ROOT
from ehealth_ledger.chain.note import NoteInvalid, decode_base64
from ehealth_ledger.chain.record import DIGEST_BYTES

SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def origin_of(ledger: UUID, log: str) -> str:
    """Name one log of one deployment: the first line of its checkpoints, and its key's name."""
    return f"ehealth-ledger/{ledger}/{log}"


class Checkpoint(NamedTuple):
    """Hold what a log says about itself at one size."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note's text, or raise NoteInvalid."""
        if not text.endswith("\n"):
            raise NoteInvalid("a checkpoint ends with a newline")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteInvalid("a checkpoint has three lines or more, none of them empty")
        origin, size, root, *extensions = lines
        checkpoint = cls(origin, read_size(size), decode_base64(root), tuple(extensions))
        if len(checkpoint.root) != DIGEST_BYTES:
            raise NoteInvalid("a checkpoint's root has 32 bytes")
        return checkpoint

    @property
    def text(self) -> str:
        """Write the note's text."""
        root = b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))

    def is_possible(self) -> bool:
        """Tell whether an empty tree has the empty tree's root."""
        return self.size > 0 or self.root == EMPTY_ROOT


def read_size(text: str) -> int:
    """Read the size of a tree, or raise NoteInvalid."""
    if SIZE.fullmatch(text) is None or int(text) >= 2**63:
        raise NoteInvalid("a tree's size is a decimal number without leading zeroes")
    return int(text)
