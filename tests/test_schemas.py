"""The committed contracts are what the code publishes, and frozen bytes stay frozen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.entrypoints.schemas import VectorChanged, check, contracts, write
from ehealth_ledger.errors import CATALOGUE
from ehealth_ledger.events.catalogue import FACTS

PUBLISHED = Path(__file__).parents[1] / "schemas"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Copy the published folder."""
    return Path(shutil.copytree(PUBLISHED, tmp_path / "schemas"))


def test_the_published_contracts_are_current() -> None:
    """A change of a command, a fact or a refusal shows in the committed files or fails here."""
    assert check(PUBLISHED) == []


def test_writing_changes_nothing_that_is_current(copied: Path) -> None:
    """Writing twice yields the same bytes."""
    before = {file: file.read_bytes() for file in copied.rglob("*.json")}
    write(copied)
    assert {file: file.read_bytes() for file in copied.rglob("*.json")} == before


def test_everything_is_published() -> None:
    """Every command, every fact and every refusal has its place, in the catalogue's precedence."""
    names = set(contracts())
    assert {f"commands/{name}.v{version}.json" for name, version in COMMANDS} <= names
    assert {f"facts/{topic}.json" for topic in FACTS} <= names
    refusals = json.loads((PUBLISHED / "refusals.json").read_bytes())
    assert [each["code"] for each in refusals] == list(CATALOGUE)
    assert [each["precedence"] for each in refusals] == list(range(1, len(CATALOGUE) + 1))


_OPEN = {"Restated"}  # what is cancelled is compared with what was signed, field by field


def test_schemas_are_closed_and_speak_the_wires_names() -> None:
    """Nothing unknown is let in, and names are those of the signed JSON, not of the code."""
    for name, content in contracts().items():
        if name.startswith("commands/"):
            schema = json.loads(content)
            assert schema["additionalProperties"] is False
            assert schema["properties"]["command"]["const"] in name
            for title, part in schema.get("$defs", {}).items():
                if title not in _OPEN:
                    assert part.get("additionalProperties") is False, name
    encounter = json.loads(contracts()["commands/encounter.record.v1.json"])["$defs"]["Encounter"]
    assert {"resourceType", "class", "serviceProvider"} <= encounter["properties"].keys()
    assert "class_" not in encounter["properties"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("commands/ledger.open.v1.json", "differs from the code"),
        ("facts/ledger.opened.v1.json", "differs from the code"),
        ("refusals.json", "differs from the code"),
        ("vectors/record.json", "does not have its frozen digest"),
        ("vectors/receipt.json", "does not have its frozen digest"),
    ],
)
def test_an_altered_file_is_named(copied: Path, file: str, said: str) -> None:
    """One byte more in any published file is found."""
    (copied / file).write_bytes((copied / file).read_bytes() + b" ")
    assert f"{file} {said}" in check(copied)


def test_what_is_missing_or_left_over_is_named(copied: Path) -> None:
    """A file that is gone, and one that nothing generates, are found."""
    (copied / "refusals.json").unlink()
    (copied / "vectors" / "blob.json").unlink()
    (copied / "facts" / "gone.v1.json").write_bytes(b"{}\n")
    found = check(copied)
    assert "refusals.json is missing" in found
    assert "facts/gone.v1.json is published but no longer generated" in found
    assert "vectors/blob.json does not have its frozen digest" in found


@pytest.mark.parametrize("altered", [True, False], ids=["altered", "removed"])
def test_a_published_vector_is_never_frozen_anew(copied: Path, altered: bool) -> None:
    """Writing refuses to bless a changed vector; a new one may be added."""
    before = (copied / "digests.json").read_bytes()
    file = copied / "vectors" / "record.json"
    if altered:
        file.write_bytes(file.read_bytes() + b" ")
    else:
        file.unlink()
    with pytest.raises(VectorChanged, match=r"vectors/record\.json"):
        write(copied)
    assert (copied / "digests.json").read_bytes() == before


def test_a_new_vector_is_frozen(copied: Path) -> None:
    """Vectors are added, and from then on stay."""
    (copied / "vectors" / "new.json").write_bytes(b"{}\n")
    assert check(copied) == ["vectors/new.json does not have its frozen digest"]
    write(copied)
    assert check(copied) == []
