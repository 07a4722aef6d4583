"""Turn reference data into the contents of commands, ready to be signed offline.

A large directory is cut into parts that fit a request; each is a command of its own, of one
version and first day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

PART_BYTES_MAX: Final = 600_000  # of codes; signed and in base64 it stays below a request's limit


class DictionaryUnreadable(Exception):  # noqa: N818 - the name is the finding
    """Report a file that holds no dictionary `code -> text` where one was looked for."""


@dataclass(frozen=True, slots=True)
class Version:
    """Say what the codes are, and since when; `source` names the order that says so."""

    system: str
    label: str
    first_day: date
    source: str


@dataclass(frozen=True, slots=True)
class Signatory:
    """Name who will sign, for which deployment."""

    ledger: UUID
    legal_entity: UUID
    employee: UUID


def read_dictionary(file: Path, name: str | None) -> Mapping[str, str]:
    """Read `{code: text}` from a JSON file, or the one of this name from `{name: {code: text}}`."""
    try:
        read: Any = json.loads(file.read_bytes())
    except ValueError as fault:
        raise DictionaryUnreadable(f"{file} is not JSON: {fault}") from fault
    codes = read.get(name) if name is not None and isinstance(read, dict) else read
    if not isinstance(codes, dict) or not codes:
        where = file if name is None else f"{file}, {name}"
        raise DictionaryUnreadable(f"{where}: an object of codes and texts is expected")
    wrong = next((code for code, text in codes.items() if not isinstance(text, str)), None)
    if wrong is not None:
        raise DictionaryUnreadable(f"{file}: the text of {wrong} is no string (name a dictionary?)")
    return codes


def resources(
    codes: Mapping[str, str], version: Version, *, part_bytes_max: int = PART_BYTES_MAX
) -> Iterator[dict[str, Any]]:
    """Cut a dictionary into resources of `directory.publish`; texts lose surrounding blanks."""
    part: list[dict[str, str]] = []
    size = 0
    for code, text in codes.items():
        entry = {"code": code.strip(), "display": " ".join(text.split())}
        length = len(json.dumps(entry, ensure_ascii=False).encode())
        if part and size + length > part_bytes_max:
            yield _resource(version, part)
            part, size = [], 0
        part.append(entry)
        size += length
    if part:
        yield _resource(version, part)


def _resource(version: Version, codes: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "system": version.system,
        "version": version.label,
        "first_day": version.first_day.isoformat(),
        "source": version.source,
        "codes": [each if each["display"] else {"code": each["code"]} for each in codes],
    }


def contents(
    parts: Iterator[dict[str, Any]],
    signatory: Signatory,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
    command: str = "directory.publish",
    version: int = 1,
) -> Iterator[bytes]:
    """Write the content of one command for each part."""
    for resource in parts:
        content = {
            "command": command,
            "version": version,
            "command_id": str(new_id()),
            "ledger": str(signatory.ledger),
            "issued_at": now.isoformat(),
            "legal_entity": str(signatory.legal_entity),
            "employee": str(signatory.employee),
            "resource": resource,
        }
        yield json.dumps(content, ensure_ascii=False).encode()
