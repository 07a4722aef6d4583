"""Every refusal of the catalogue has a test whose name says it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ehealth_ledger.errors import CATALOGUE

TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def names() -> str:
    """List the ids of all tests, as pytest collects them (`-q` is in the project's options)."""
    collected = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--collect-only", "--continue-on-collection-errors"),
            str(TESTS),
        ],
        capture_output=True,
        check=False,
        cwd=TESTS.parent,
        text=True,
    )
    return collected.stdout


def is_named(code: str, names: str) -> bool:
    """Tell whether a test's id holds `a.b`, or its function's name `a__b`."""
    return code in names or code.replace(".", "__") in names


def test_no_refusal_goes_untested(names: str) -> None:
    """A code that can be given has a test that provokes it, findable by its name."""
    assert "::" in names, "pytest lists its tests"
    assert ", ".join(code for code in CATALOGUE if not is_named(code, names)) == ""


def test_no_test_runs_over_the_whole_catalogue(names: str) -> None:
    """A test that only lists the codes would name all of them and provoke none."""
    named: dict[str, set[str]] = {}
    for line in names.splitlines():
        test, bracket, row = line.partition("[")
        if bracket:
            named.setdefault(test, set()).update(code for code in CATALOGUE if code in row)
    assert named
    test = max(named, key=lambda each: len(named[each]))
    assert len(named[test]) <= len(CATALOGUE) // 2, test


def test_the_catalogue_names_every_code_once() -> None:
    """Codes are `noun.what`, without a double underscore that would make two of them look alike."""
    for code in CATALOGUE:
        noun, what = code.split(".")
        assert noun
        assert what
        assert "__" not in code
