"""Export what a checkpoint covers, and leave nothing where it does not yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ehealth_ledger.bundle.layout import MANIFEST
from ehealth_ledger.entrypoints import bundling
from ehealth_ledger.settings import Databases
from tests.audit.conftest import sign
from tests.cli.conftest import Deployment, environment_of
from tests.countries.erasure import erase, second_person
from tests.world import CLINIC_EDRPOU, World, founded, serving


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger and run its write side."""
    with founded(tmp_path / "data", database) as founding, serving(founding):
        yield founding


def deployed(world: World) -> Deployment:
    return Deployment(world, environment_of(world.folder, world.urls))


async def treated(world: World) -> UUID:
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    return await world.patient(await world.employee(clinic, "DOCTOR", "2000000003"))


def test_an_erasure_that_is_not_signed_yet_leaves_nothing(world: World, tmp_path: Path) -> None:
    """The same command succeeds when the next checkpoint is there, in a folder new or empty."""

    async def story() -> None:
        patient = await treated(world)
        second = await second_person(world)
        sign(world)
        await erase(world, second, patient)

    asyncio.run(story())
    deployment, new, empty = deployed(world), tmp_path / "new", tmp_path / "empty"
    empty.mkdir()
    for folder in (new, empty):
        early = deployment.run("audit", "export", str(folder), "--everything")
        assert early.exit_code == 4, early.output
        assert "does not cover an erasure yet" in early.stderr
    said = deployment.json("audit", "export", str(new), "--everything", status=4)
    assert said["outcome"] == "not_yet"
    assert "erasure" in said["reason"]
    assert not new.exists()
    assert list(empty.iterdir()) == []
    sign(world)
    for folder in (new, empty):
        written = deployment.json("audit", "export", str(folder), "--everything")
        assert written["outcome"] == "written"
        assert {each.name for each in folder.iterdir()} == {
            *("checkpoint", "evidence", "manifest.json", "policy", "selected", "super")
        }


def test_what_the_newest_checkpoint_does_not_cover_is_not_yet(world: World, tmp_path: Path) -> None:
    """A patient who came after it is no unknown one."""
    sign(world)
    patient = asyncio.run(treated(world))
    deployment, folder = deployed(world), tmp_path / "bundle"
    asked = ("audit", "export", str(folder), "--patient", str(patient))
    assert deployment.json(*asked, status=4)["outcome"] == "not_yet"
    # A patient is no statement, signed for or not.
    other = ("audit", "export", str(folder), "--statement", str(patient))
    assert deployment.json(*other, status=1)["outcome"] == "not_exported"
    sign(world)
    assert deployment.json(*other, status=1)["outcome"] == "not_exported"
    assert not folder.exists()
    assert deployment.json(*asked)["selection"] == {"kind": "patient", "patient": str(patient)}


def test_an_export_that_fails_leaves_nothing_and_takes_nothing_away(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stops it, on the way or at the end; what somebody else put there stays."""
    sign(world)
    deployment, folder = deployed(world), tmp_path / "bundle"
    words = ("audit", "export", str(folder), "--everything")
    durably = bundling.write_durably

    def failing(path: Path, content: bytes) -> None:
        if path.name == MANIFEST:
            raise OSError(28, "No space left on device")
        durably(path, content)

    monkeypatch.setattr(bundling, "write_durably", failing)
    assert deployment.run(*words).exit_code != 0
    assert not folder.exists()

    def crowded(path: Path, content: bytes) -> None:
        (folder / "mine").write_text("mine")
        failing(path, content)

    monkeypatch.setattr(bundling, "write_durably", crowded)
    assert deployment.run(*words).exit_code != 0
    assert [each.name for each in folder.iterdir()] == ["mine"]
    monkeypatch.setattr(bundling, "write_durably", durably)
    assert deployment.json(*words, status=1)["reason"].endswith("is not empty")
    (folder / "mine").unlink()
    assert deployment.run(*words).exit_code == 0


def test_the_answer_says_what_was_written_where(world: World, tmp_path: Path) -> None:
    """Selection, ledger, checkpoint and counts, as the manifest has them."""
    sign(world)
    folder = tmp_path / "bundle"
    asked = ("audit", "export", str(folder), "--first", "2", "--last", "3")
    written: dict[str, Any] = deployed(world).json(*asked)
    manifest = bundling.Manifest.from_bytes((folder / MANIFEST).read_bytes())
    assert written == {
        "outcome": "written",
        "folder": str(folder),
        "selection": manifest.selection.model_dump(mode="json"),
        "ledger": str(world.author.ledger),
        "log": "records",
        "checkpoint": {"size": manifest.size},
        "commands": manifest.commands,
        "records": manifest.records,
        "files": sum(1 for each in folder.rglob("*") if each.is_file()),
    }
