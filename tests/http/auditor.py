"""Check what a transparency log publishes, as an auditor who has none of the project's code.

Written from the documents alone: RFC 9162 sections 2.1.3.2 and 2.1.4.2, C2SP signed-note,
tlog-checkpoint, tlog-tiles and tlog-proof. Nothing here is imported from the project.
"""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Seen(NamedTuple):
    """Hold a checkpoint whose signature held."""

    origin: str
    size: int
    root: bytes


def open_checkpoint(note: bytes, vkey: str) -> Seen:
    """Verify a note under a verifier key; raise where its signature does not hold."""
    text, _, lines = note.partition(b"\n\n")
    text += b"\n"
    name, _, rest = vkey.partition("+")
    key_id, _, material = rest.partition("+")
    raw = b64decode(material)
    assert raw[0] == 1, "an Ed25519 key of a log"
    assert sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_id
    for line in lines.decode().splitlines():
        dash, signer, encoded = line.split(" ")
        signature = b64decode(encoded)
        if (dash, signer, signature[:4].hex()) == ("—", name, key_id):
            Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], text)
            origin, size, root = text.decode().splitlines()[:3]
            assert origin == name
            return Seen(origin, int(size), b64decode(root))
    raise AssertionError("the note is not signed with this key")


def root_by_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Follow a path to a root (RFC 9162 section 2.1.3.2, step by step)."""
    assert index < size
    fn, sn, r = index, size - 1, leaf
    for p in path:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def check_growth(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
    """Check that the larger tree begins with the smaller (RFC 9162 section 2.1.4.2)."""
    if old == new:
        assert not path
        assert old_root == new_root
        return
    if old & (old - 1) == 0:
        path = [old_root, *path]
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        assert sn != 0
        if fn & 1 or fn == sn:
            fr = sha256(b"\x01" + c + fr).digest()
            sr = sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    assert fr == old_root
    assert sr == new_root


class Proved(NamedTuple):
    """Hold what a proof file proves: this record, at this index of that tree."""

    record: bytes
    index: int
    checkpoint: Seen


def open_proof(file: bytes, vkey: str) -> Proved:
    """Check a proof file; raise where it proves nothing."""
    head, _, note = file.partition(b"\n\n")
    version, extra, index_line, *path = head.decode().split("\n")
    assert version == "c2sp.org/tlog-proof@v1"
    record = b64decode(extra.removeprefix("extra "))
    index = int(index_line.removeprefix("index "))
    seen = open_checkpoint(note, vkey)
    leaf = sha256(b"\x00" + record).digest()
    reached = root_by_inclusion(leaf, index, seen.size, [b64decode(each) for each in path])
    assert reached == seen.root
    return Proved(record, index, seen)


def open_growth(file: bytes, kept: bytes, vkey: str) -> Seen:
    """Check that the log of a consistency file begins with a checkpoint that was kept."""
    head, _, note = file.partition(b"\n\n")
    first, *path = head.decode().split("\n")
    old, new = open_checkpoint(kept, vkey), open_checkpoint(note, vkey)
    assert first == f"old {old.size}"
    check_growth(old.size, old.root, new.size, new.root, [b64decode(each) for each in path])
    return new


def split_bundle(bundle: bytes) -> list[bytes]:
    """Read an entry bundle: each entry after its length."""
    entries = []
    while bundle:
        end = 2 + int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2:end])
        bundle = bundle[end:]
    return entries


def fields(record: bytes) -> list[bytes]:
    """Split a record into its fields, each after its length."""
    pieces = []
    while record:
        end = 4 + int.from_bytes(record[:4], "big")
        pieces.append(record[4:end])
        record = record[end:]
    return pieces
