"""Sign and read notes: a text, a blank line, and lines of signatures (C2SP signed-note).

    — <key name> base64(key id (4 bytes) ‖ signature)

The key id is the beginning of SHA-256(name ‖ 0x0A ‖ type ‖ public key), so one key of one name
signs in one way.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04  # timestamped Ed25519, see cosignature.py
KEY_ID_BYTES: Final = 4
PUBLIC_KEY_BYTES: Final = 32
NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100
_LINE: Final = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")

Sign = Callable[[bytes], bytes]
"""Sign a message with an Ed25519 key: 64 bytes."""


class NoteInvalid(ValueError):  # noqa: N818 - the name is the finding
    """Report bytes that are no signed note, or a signature of a known key that does not hold."""


class VerifierKey(NamedTuple):
    """Name a key that may sign notes: `<name>+<key id>+<base64 of type and public key>`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read the text form; raise NoteInvalid where it is malformed or its id is another's."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = decode_base64(encoded)
        if len(material) != 1 + PUBLIC_KEY_BYTES or material[0] not in (ED25519, COSIGNATURE):
            raise NoteInvalid("the key is of a kind that is not known here")
        key = cls(checked_name(name), material[0], material[1:])
        if key.key_id.hex() != key_id:
            raise NoteInvalid("the key's id is not that of its name and bytes")
        return key

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that signatures name the key by."""
        hashed = self.name.encode() + b"\n" + bytes((self.kind,)) + self.public
        return sha256(hashed).digest()[:KEY_ID_BYTES]

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise NoteInvalid unless the Ed25519 signature holds for the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as fault:
            raise NoteInvalid(f"the signature of {self.name} does not hold") from fault

    def __str__(self) -> str:
        material = b64encode(bytes((self.kind,)) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


class SignatureLine(NamedTuple):
    """Hold one signature of a note."""

    name: str
    key_id: bytes
    signature: bytes

    def is_of(self, key: VerifierKey) -> bool:
        """Tell whether the line names the key; whether it holds is another question."""
        return self.name == key.name and self.key_id == key.key_id

    def __str__(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.signature).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a note's text, its last newline included, and its signatures, none of them checked."""

    text: str
    signatures: tuple[SignatureLine, ...]

    @classmethod
    def parse(cls, encoded: bytes) -> Note:
        """Read a note strictly, or raise NoteInvalid."""
        if len(encoded) > NOTE_BYTES_MAX:
            raise NoteInvalid("the note is too long")
        try:
            whole = encoded.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise NoteInvalid("a note is UTF-8") from fault
        if _CONTROL.search(whole):
            raise NoteInvalid("a note holds no control characters")
        text, blank, signed = whole.rpartition("\n\n")
        if not blank or not signed.endswith("\n"):
            raise NoteInvalid("a note is a text, a blank line, and lines of signatures")
        lines = signed[:-1].split("\n")
        if len(lines) > SIGNATURES_MAX:
            raise NoteInvalid("the note has too many signatures")
        return cls(text + "\n", tuple(read_line(each) for each in lines))

    def to_bytes(self) -> bytes:
        """Write the note: what `parse` reads."""
        return "".join((self.text, "\n", *(f"{each}\n" for each in self.signatures))).encode()

    def signed_by(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Return the keys among these whose signature the note carries.

        Signatures of other keys are passed over. Raise NoteInvalid where one of a known key does
        not hold: somebody changed the note.
        """
        found: list[VerifierKey] = []
        for key in keys:
            for line in self.signatures:
                if line.is_of(key):
                    key.check(self.text.encode(), line.signature)
                    found.append(key)
                    break
        return found

    def and_signed(self, lines: Iterable[SignatureLine]) -> Note:
        """Return the note with further signatures; one of the same key takes the older's place."""
        kept = {(each.name, each.key_id): each for each in (*self.signatures, *lines)}
        return Note(self.text, tuple(kept.values()))


def sign_note(text: str, key: VerifierKey, sign: Sign) -> Note:
    """Sign a text with an Ed25519 key."""
    return Note(text, (SignatureLine(key.name, key.key_id, sign(text.encode())),))


def read_line(line: str) -> SignatureLine:
    """Read one line of signature, without its newline, or raise NoteInvalid."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise NoteInvalid("a signature's line is — name base64")
    signature = decode_base64(match[2])
    if len(signature) <= KEY_ID_BYTES:
        raise NoteInvalid("a signature's line holds a key id and a signature")
    return SignatureLine(checked_name(match[1]), signature[:KEY_ID_BYTES], signature[KEY_ID_BYTES:])


def checked_name(name: str) -> str:
    """Return a key's name; raise NoteInvalid where it is empty or has a space or a plus."""
    if not name or "+" in name or any(each.isspace() for each in name) or _CONTROL.search(name):
        raise NoteInvalid("a key's name has neither spaces nor a plus")
    return name


def decode_base64(text: str) -> bytes:
    """Decode standard base64 that has one spelling, or raise NoteInvalid."""
    try:
        decoded = b64decode(text, validate=True)
    except (BadBase64, ValueError) as fault:
        raise NoteInvalid("not base64") from fault
    if b64encode(decoded).decode() != text:
        raise NoteInvalid("not the one spelling in base64")
    return decoded
