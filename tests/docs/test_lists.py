"""Hold the documentation's lists to what they list."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import pytest

from ehealth_ledger.bundle.finding import Flaw
from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.errors import CATALOGUE
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.verification.algorithms import SUITES
from tests.docs.pages import (
    CHANGELOG,
    DECISIONS,
    GLOSSARY,
    PROJECT,
    README,
    examples,
    rows,
    section,
)
from tests.docs.sources import all_names, source_files

RECORDS: Final = sorted(DECISIONS.glob("[0-9]*.md"))
LINES_MAX: Final = 60  # half a page, and a table
ENTRY: Final = re.compile(r"^- \[(\d{4})\]\((\S+)\) (.+)$", re.MULTILINE)
IMPORT: Final = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
FORMAT: Final = re.compile(r'"(ehealth/[a-z-]+/\d+)"')


# Decisions


def test_the_index_lists_every_decision_in_order() -> None:
    """No decision is hidden from its index, and no title differs."""
    listed = ENTRY.findall((DECISIONS / "README.md").read_text(encoding="utf-8"))
    titles = [record.read_text(encoding="utf-8").splitlines()[0] for record in RECORDS]
    assert [(name, f"# {number} {title}") for number, name, title in listed] == [
        (record.name, heading) for record, heading in zip(RECORDS, titles, strict=True)
    ]
    assert [int(number) for number, _, _ in listed] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_is_short_and_says_what_would_reopen_it(record: Path) -> None:
    """Whoever doubts a decision finds in its last sentence whether it is time."""
    text = record.read_text(encoding="utf-8")
    assert text.rstrip().rsplit("\n\n", 1)[-1].startswith("Reopened by: ")
    assert re.search(r"^\*\*Question\.\*\*", text, re.MULTILINE)
    assert re.search(r"^\*\*Decision\.\*\*", text, re.MULTILINE)
    assert len(text.splitlines()) <= LINES_MAX


def test_each_library_is_imported_only_in_its_homes() -> None:
    """The decision on libraries names every folder that would have to change with one."""
    homes: dict[str, list[str]] = {}
    for names, where, _ in rows((DECISIONS / "0005-libraries.md").read_text(encoding="utf-8")):
        for name in re.split(r", ", names):
            homes[name] = re.findall(r"`([^`]+)`", where)
    for file in source_files():
        if file.suffix != ".py":
            continue
        path = file.relative_to(PROJECT).as_posix().removeprefix("ehealth_ledger/")
        for name in IMPORT.findall(file.read_text(encoding="utf-8")):
            if name in sys.stdlib_module_names or name in {
                "ehealth_ledger",
                "projections",
                "scripts",
            }:
                continue
            assert name in homes, f"{path}: {name} is a library nobody decided on"
            assert path.startswith(tuple(homes[name])), f"{path}: {name} lives in {homes[name]}"


# Glossary


def test_every_name_of_the_glossary_exists() -> None:
    """Whoever looks a word up finds it in the code under the name given."""
    known = all_names() | {name.rsplit(".", 1)[-1] for name in all_names()}
    for row in rows(GLOSSARY.read_text(encoding="utf-8")):
        assert len(row) == 4, row
        names = re.findall(r"`([^`]+)`", row[2])
        assert names, f"{row[1]} has no name in code"
        for name in names:
            assert name in known, f"{row[1]}: the source defines no {name}"


# Changelog


@pytest.mark.parametrize(
    ("heading", "published"),
    [
        ("Commands", {f"{name} {version}" for name, version in COMMANDS}),
        ("Topics", set(FACTS)),
        ("Formats", None),
        ("Signature suites", set(SUITES)),
        ("Refusal codes", set(CATALOGUE)),
        ("Kinds of damage", {kind.value for kind in Kind}),
        ("Flaws of a bundle", {flaw.value for flaw in Flaw}),
    ],
)
def test_every_published_contract_is_in_the_changelog(
    heading: str, published: set[str] | None
) -> None:
    """Whoever reads what changed notices a contract that was added, or one that went missing."""
    text = section(CHANGELOG, "Published contracts")
    listed = re.search(rf"^\*\*{heading}\*\*[^\n]*:\n\n(.+?)\n\n", text, re.DOTALL | re.MULTILINE)
    assert listed is not None
    if published is None:
        published = {
            each
            for file in source_files()
            if file.suffix == ".py"
            for each in FORMAT.findall(file.read_text(encoding="utf-8"))
        }
    found = re.findall(r"`([^`]+)`", listed[1])
    assert len(found) == len(set(found))
    assert set(found) == published


# The README's tree


def test_the_tree_of_the_readme_is_the_folders() -> None:
    """Whoever looks for a step finds its folder, and the README leaves none out."""
    (tree,) = [each.text for each in examples(README, "") if "bootstrap.py" in each.text]
    shown: set[str] = set()
    above: list[str] = []
    for line in tree.splitlines():
        found = re.match(r"^( *)([\w.-]+)/ +\S", line)
        assert found is not None, line
        above[len(found[1]) // 2 :] = [found[2]]
        shown.add("/".join(above))
    for path in shown:
        assert (PROJECT / path).is_dir(), f"there is no {path}"
    for root in ("ehealth_ledger", "projections"):
        for folder in (PROJECT / root).iterdir():
            if folder.is_dir() and folder.name != "__pycache__":
                path = folder.relative_to(PROJECT).as_posix()
                assert path in shown, f"the README leaves out {path}"
