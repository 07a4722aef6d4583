"""Lay out a bundle: a folder in format 1, of which every byte is accounted for.

    manifest.json                what was asked for, proofs, and every file with size and SHA-256
    checkpoint                   the signed note that the proofs lead to, with its cosignatures
    super                        the checkpoint's proof in the super-log (C2SP tlog-proof); optional
    policy                       whom the exporter believes (C2SP tlog-policy); it convinces nobody
    evidence/<kind>-<sha256>     certificates, trust stores, revocation lists, keys of the ledger
    selected/<number>.ndjson     what was asked for, a command a line, in order of position
    basis/<number>.ndjson        what it rests on, and the records that say who was erased

A line is `{"envelope": [blob, k] | null, "key": id, "records": [[record, blob | null, k | null]…]}`
with bytes in base64: the record's own bytes, the sealed blob, and the derived key that opens this
blob and no other. `key` is the id of the key that the envelope is sealed under. JSON is written in
one way only: keys sorted, no spaces.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Discriminator, Field, field_validator

from ehealth_ledger.chain.note import decode_base64
from ehealth_ledger.store.blobs import KEY_BYTES
from ehealth_ledger.values.json import canonical

BUNDLE_FORMAT: Final = "ehealth/bundle/1"
MANIFEST: Final = "manifest.json"
CHECKPOINT: Final = "checkpoint"
POLICY: Final = "policy"
SELECTED: Final = "selected"
BASIS: Final = "basis"
PART_COMMANDS: Final = 200
_NAME: Final = re.compile(
    r"checkpoint|super|policy|(?:selected|basis)/[0-9]{6}\.ndjson|"
    r"evidence/(?:certificate|ledger_key|trust_store|revocation_list)-[0-9a-f]{64}"
)
Position = Annotated[int, Field(ge=1, lt=2**63)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Everything(_Part):
    """Select the whole log, up to the checkpoint."""

    kind: Literal["everything"] = "everything"


class Stretch(_Part):
    """Select positions, both ends included; the exporter widens them to whole commands."""

    kind: Literal["range"] = "range"
    first: Position
    last: Position


class OfPatient(_Part):
    """Select what stands in a patient's streams or under the patient's key."""

    kind: Literal["patient"] = "patient"
    patient: UUID


class OfStatement(_Part):
    """Select a statement: its own acts, its lines, and the signed acts behind them."""

    kind: Literal["statement"] = "statement"
    statement: UUID


Selection = Annotated[Everything | Stretch | OfPatient | OfStatement, Discriminator("kind")]


def named(selection: Selection) -> str:
    """Name a selection in words."""
    match selection:
        case Everything():
            return "the whole log"
        case Stretch(first=first, last=last):
            return f"positions {first} to {last}"
        case OfPatient(patient=patient):
            return f"patient {patient}"
        case OfStatement(statement=statement):
            return f"statement {statement}"


class Run(_Part):
    """Prove neighbouring records by the checkpoint (`chain.range_proof`)."""

    first: Position
    count: Annotated[int, Field(ge=1)]
    path: tuple[Digest, ...]


class File(_Part):
    """Name a file of the bundle."""

    name: str
    bytes: Annotated[int, Field(ge=0)]
    sha256: Digest

    @field_validator("name")
    @classmethod
    def _is_ours(cls, name: str) -> str:
        if _NAME.fullmatch(name) is None:
            raise ValueError("a bundle holds no file of this name")
        return name


class Manifest(_Part):
    """Hold `manifest.json`."""

    format: Literal["ehealth/bundle/1"] = "ehealth/bundle/1"
    ledger: UUID
    log: str
    selection: Selection
    size: Position  # of the checkpoint's tree
    commands: Annotated[int, Field(ge=0)]
    records: Annotated[int, Field(ge=0)]
    runs: tuple[Run, ...]
    files: tuple[File, ...]

    @field_validator("files")
    @classmethod
    def _named_once(cls, files: tuple[File, ...]) -> tuple[File, ...]:
        if len({each.name for each in files}) != len(files):
            raise ValueError("a file is named twice")
        return files

    def to_bytes(self) -> bytes:
        """Write it in the one way."""
        return canonical(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Read it; raise ValueError where it is none, or is written in another way."""
        manifest = cls.model_validate_json(content)
        if manifest.to_bytes() != content:
            raise ValueError("the manifest is written in another way than the format says")
        return manifest


@dataclass(frozen=True, slots=True)
class Revealed:
    """Hold a blob and the key that opens it alone."""

    blob: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one command: its records with their bodies, and its envelope."""

    records: tuple[tuple[bytes, Revealed | None], ...]
    envelope: Revealed | None
    envelope_key: UUID

    def to_line(self) -> bytes:
        """Write the line, its newline included."""
        records = [[_text(record), *_pair(body)] for record, body in self.records]
        line = {
            "envelope": None if self.envelope is None else _pair(self.envelope),
            "key": str(self.envelope_key),
            "records": records,
        }
        return canonical(line) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Entry:
        """Read a line with its newline; raise ValueError where it is none of this format."""
        try:
            read: Any = orjson.loads(line)
            entry = cls(
                tuple((decode_base64(record), _revealed(b, k)) for record, b, k in read["records"]),
                None if read["envelope"] is None else _revealed(*read["envelope"]),
                UUID(read["key"]),
            )
        except (KeyError, TypeError, AttributeError) as fault:
            raise ValueError("not an entry of a bundle") from fault
        if not entry.records or entry.to_line() != line:
            raise ValueError("an entry is written in one way only")
        return entry


def part_of(folder: str, number: int) -> str:
    """Name the file of a part."""
    return f"{folder}/{number:06}.ndjson"


def evidence_of(kind: str, digest: bytes) -> str:
    """Name the file of a piece of evidence."""
    return f"evidence/{kind}-{digest.hex()}"


def file_names(folder: Path) -> set[str]:
    """Return the names of all files in a bundle's folder."""
    found = (each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir())
    return {str(each.relative_to(folder)) for each in found}


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def _pair(revealed: Revealed | None) -> list[str | None]:
    return [None, None] if revealed is None else [_text(revealed.blob), _text(revealed.key)]


def _revealed(blob: str | None, key: str | None) -> Revealed | None:
    if blob is None and key is None:
        return None
    if blob is None or key is None:
        raise ValueError("a blob and its key stand together")
    opened = decode_base64(key)
    if len(opened) != KEY_BYTES:
        raise ValueError("a blob's key has 32 bytes")
    return Revealed(decode_base64(blob), opened)
