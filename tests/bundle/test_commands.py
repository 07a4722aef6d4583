"""Export and verify on the command line, as the README says, and by exit status."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from typer.testing import CliRunner

from ehealth_ledger.entrypoints.cli.app import app
from tests.audit.conftest import Audited
from tests.docs.pages import README, examples

Run = Callable[..., Any]


@pytest.fixture
def run(original: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands as the operator of the ledger, in a folder of one's own."""
    master, policy = tmp_path / "master.key", tmp_path / "policy.txt"
    master.write_bytes(original.master_key)
    master.chmod(0o600)
    policy.write_text(f"log {original.keys[0]}\nquorum none\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    environment: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith("EHEALTH_")
    }
    environment |= {
        "EHEALTH_DATA_DIR": str(tmp_path),
        "EHEALTH_MASTER_KEY_FILE": str(master),
        "EHEALTH_WITNESS_POLICY_FILE": str(policy),
        **{f"EHEALTH_{name.upper()}_URL": url for name, url in original.urls._asdict().items()},
    }

    def invoke(*words: str, apart: bool = False) -> Any:
        bare: dict[str, str | None] = dict.fromkeys(environment)
        return CliRunner().invoke(app, words, env=bare if apart else environment)

    return invoke


def test_the_readme_hands_over_a_bundle_and_verifies_it(original: Audited, run: Run) -> None:
    """The README's two lines, with the id of a statement that is there and the log's key."""
    export, verify = (
        shlex.split(line)[1:]
        for example in examples(README, "sh")
        for line in example.text.splitlines()
        if line.startswith("ehealth-ledger audit")
    )
    with psycopg.connect(original.urls.ledger) as connection:
        row = connection.execute("SELECT statement FROM ledger.statements").fetchone()
    assert row is not None
    exported = run(*export[:-1], str(row[0]))
    assert exported.exit_code == 0, exported.output
    assert Path(export[2]).stat().st_mode & 0o077 == 0
    key = str(original.keys[0])
    given = [key if word.startswith("$(") else word for word in verify]
    result = run(*given, apart=True)
    assert result.exit_code == 0, result.output
    assert "made again from its charges" in result.stdout
    assert result.stdout.splitlines()[-1] == "valid"
    members = orjson.loads(run(*given, "--json", apart=True).stdout)
    (statement,) = members["statements"]
    assert statement["statement"] == str(row[0])
    signatures = [line["act"]["signature"] for line in statement["lines"]]
    assert sorted(set(signatures)) == ["erased", "verified"]
    assert members["erased"]["signatures"] > 0


def test_exit_statuses_tell_the_outcomes_apart(original: Audited, run: Run) -> None:
    """0 valid, 1 invalid, 2 wrong usage, 3 incomplete."""
    assert run("audit", "export", "one", "--first", "1", "--last", "1").exit_code == 0
    key = ("--key", str(original.keys[0]))
    assert run("audit", "verify", "one", *key, apart=True).exit_code == 0
    unasked = run("audit", "verify", "one", apart=True)
    assert unasked.exit_code == 3
    assert "incomplete" in unasked.stderr
    checkpoint = Path("one/checkpoint")
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content.replace(b"/records\n", b"/records2\n", 1))
    invalid = run("audit", "verify", "one", *key, "--json", apart=True)
    assert invalid.exit_code == 1
    findings = orjson.loads(invalid.stdout)["findings"]
    assert {"outcome", "kind", "position", "expected", "found"} == findings[0].keys()
    checkpoint.unlink()
    assert run("audit", "verify", "one", *key, apart=True).exit_code == 3
    both = ("--policy", "policy.txt")
    assert run("audit", "verify", "one", *key, *both, apart=True).exit_code == 2
    assert run("audit", "verify", "one", "--key", "nonsense", apart=True).exit_code == 2
    assert run("audit", "verify", "nowhere", *key, apart=True).exit_code == 2


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 2),
        (("--everything", "--first", "1", "--last", "2"), 2),
        (("--first", "1"), 2),
        (("--first", "5", "--last", "4"), 1),
        (("--patient", "6e5d4c3b-2a19-4f8e-9d7c-6b5a4f3e2d44"), 1),
    ],
)
def test_what_cannot_be_exported_is_said(run: Run, words: tuple[str, ...], status: int) -> None:
    """One selection at a time, of something that is there."""
    result = run("audit", "export", "none", *words)
    assert result.exit_code == status, result.output
    assert not (Path("none") / "manifest.json").exists()
