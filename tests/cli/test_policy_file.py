"""Whoever names a policy that says nothing is told what to do, whichever command he gives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ehealth_ledger.entrypoints.cli.app import app

UNREADABLE = Path("/proc/self/mem")  # for root too: it is there, and reading it fails

COMMANDS = {
    "verify": ["verify"],
    "log check": ["log", "check", "proof"],
    "audit verify": ["audit", "verify", "."],
    "restore": ["restore", ".", "--into", "new"],
    "drill": ["drill", "."],
}


def told(*words: str, **environment: str) -> str:
    """Run a command that cannot be decided; return what it says."""
    absent = {name: None for name in os.environ if name.startswith("EHEALTH_")}
    result = CliRunner().invoke(app, words, env={**absent, **environment})
    assert result.exit_code == 2, result.output
    return str(result.stderr)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own, with a policy that believes anybody and one of bytes."""
    monkeypatch.chdir(tmp_path)
    Path("proof").write_bytes(b"")
    Path("empty.txt").write_text("quorum none\n", encoding="utf-8")
    Path("bytes.txt").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_policy_that_cannot_be_used_is_named_with_what_to_do(command: str) -> None:
    """A file that cannot be read is no fault of this program, nor is one that names no log."""
    words = COMMANDS[command]
    said = told(*words, "--policy", str(UNREADABLE))
    assert f"{UNREADABLE} cannot be read (Input/output error): let --policy name" in said
    said = told(*words, "--policy", "empty.txt")
    assert "empty.txt is no policy (a policy names a log): let --policy name" in said
    assert "bytes.txt is no policy" in told(*words, "--policy", "bytes.txt")


def test_the_service_says_which_setting_names_no_policy() -> None:
    """Before anything is started, and a folder or a missing file is told like the others."""
    setting = "EHEALTH_WITNESS_POLICY_FILE"
    for value, why in {
        "missing.txt": "cannot be read (No such file or directory)",
        "/": "cannot be read (Is a directory)",
        "empty.txt": "is no policy (a policy names a log)",
    }.items():
        assert f"{value} {why}: let {setting} name" in told("serve", **{setting: value})


def test_a_key_that_is_none_and_a_key_beside_a_policy_are_refused() -> None:
    """Both commands that believe a key say where to get one, and take no two answers."""
    for command in ("log check", "audit verify"):
        words = COMMANDS[command]
        assert "give what `ehealth-ledger log key` prints" in told(*words, "--key", "no key")
        said = told(*words, "--key", "no key", "--policy", "empty.txt")
        assert "name --key or --policy, not both" in said
    assert "name either --key or --policy" in told("log", "check", "proof")
