"""Give tests of bundles the ledger of the audit's tests, which nobody alters here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.bundle.finding import Report
from ehealth_ledger.bundle.layout import (
    MANIFEST,
    Entry,
    Everything,
    Manifest,
    OfPatient,
    OfStatement,
    Selection,
    Stretch,
)
from ehealth_ledger.bundle.verify import verify
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import Record
from ehealth_ledger.entrypoints.bundling import Written, export_bundle
from tests.audit.conftest import Audited, original

__all__ = ["original"]  # a fixture, found by name


def policy_of(audited: Audited) -> str:
    return f"log {audited.keys[0]}\nquorum none\n"


def statement_of(audited: Audited) -> UUID:
    with psycopg.connect(audited.urls.ledger) as connection:
        row = connection.execute(
            "SELECT stream_id FROM ledger.records WHERE position = %s",
            (audited.place("statement"),),
        ).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def export(audited: Audited, selection: Selection, folder: Path) -> Written:
    text = policy_of(audited)
    return export_bundle(
        audited.urls,
        audited.master_key,
        selection,
        folder,
        policy=None,
        policy_text=text,
        progress=lambda *_: None,
    )


def check(audited: Audited, folder: Path) -> Report:
    """Verify in this process: a test alters much and has little time."""
    believed = Policy.parse(policy_of(audited))
    return verify(folder, believed, progress=lambda *_: None, processes=1)


Exported = Callable[[str], Path]


def selection_of(audited: Audited, name: str) -> Selection:
    match name:
        case "everything":
            return Everything()
        case "range":
            visit = audited.place("first visit")
            return Stretch(first=visit + 1, last=visit + 3)  # begins within a command
        case "patient":
            return OfPatient(patient=audited.patient)
        case "erased patient":
            return OfPatient(patient=audited.gone)
        case _:
            return OfStatement(statement=statement_of(audited))


SELECTIONS: Final = ("everything", "range", "patient", "erased patient", "statement")


@pytest.fixture(scope="module")
def exported(original: Audited, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export each selection once; nobody alters these."""

    @cache
    def once(name: str) -> Path:
        folder = tmp_path_factory.mktemp("bundles") / name.replace(" ", "_")
        export(original, selection_of(original, name), folder)
        return folder

    return once


@pytest.fixture
def copied(exported: Exported, tmp_path: Path) -> Exported:
    """Give a bundle's copy that a test may alter."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(exported(name), tmp_path / "copy"))

    return copy


def parts(folder: Path) -> list[Path]:
    return [*sorted(folder.glob("selected/*")), *sorted(folder.glob("basis/*"))]


def rewrite(folder: Path, **changed: Any) -> None:
    """Make the manifest true again for altered files, as a careful forger does."""
    manifest = Manifest.from_bytes((folder / MANIFEST).read_bytes())
    files = tuple(
        each.model_copy(
            update={
                "bytes": len(content := (folder / each.name).read_bytes()),
                "sha256": sha256(content).hexdigest(),
            }
        )
        for each in manifest.files
        if (folder / each.name).is_file()
    )
    made = manifest.model_copy(update={"files": files, **changed})
    (folder / MANIFEST).write_bytes(made.to_bytes())


def altered(folder: Path, change: Callable[[Entry, Record], Entry | None]) -> int:
    """Change entries one after the other until one differs; return its first position."""
    for part in parts(folder):
        lines = part.read_bytes().splitlines(keepends=True)
        for at, line in enumerate(lines):
            entry = Entry.from_line(line)
            first = Record.decode(entry.records[0][0])
            made = change(entry, first)
            if made == entry:
                continue
            lines[at] = b"" if made is None else made.to_line()
            part.write_bytes(b"".join(lines))
            rewrite(folder)
            return first.position
    raise AssertionError("nothing to change")
