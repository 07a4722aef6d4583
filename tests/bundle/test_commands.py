"""Export and verify on the command line, as the README says, and by exit status."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from typer.testing import CliRunner

from ehealth_ledger.bundle.finding import Report
from ehealth_ledger.bundle.layout import OfPatient, OfStatement
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.entrypoints.bundling import export_bundle
from ehealth_ledger.entrypoints.cli import audit
from ehealth_ledger.entrypoints.cli.app import app
from tests.audit.conftest import Audited
from tests.bundle.conftest import statement_of
from tests.docs.pages import README, examples

Run = Callable[..., Any]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verify in this process: another takes seconds to start."""
    monkeypatch.setattr("ehealth_ledger.bundle.verify.cores", lambda: 1)


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
    given[given.index(export[-1])] = str(row[0])
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


@pytest.mark.usefixtures("alone")
def test_the_verdict_says_of_what_it_is(original: Audited, run: Run) -> None:
    """Selection, ledger, log, size, who cosigned when, and how far a stream goes."""
    witnessed = f"log {original.keys[0]}\nwitness w {original.keys[1]}\nquorum w\n"
    Path("witnessed.txt").write_text(witnessed, encoding="utf-8")
    statement = statement_of(original)
    export_bundle(
        original.urls,
        original.master_key,
        OfStatement(statement=statement),
        Path("bundle"),
        policy=Policy.parse(witnessed),
        policy_text=witnessed,
        progress=lambda *_: None,
    )
    words = ("audit", "verify", "bundle", "--policy", "witnessed.txt")
    result = run(*words, apart=True)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    size = original.place("cosigned")
    assert lines[0] == (f"a bundle of statement {statement}, from log records of {original.ledger}")
    assert f"at size {size}, cosigned by w at 2027-01-15T08:00:00+00:00" in lines[2]
    assert (
        f"up to version 4 of stream {statement} (payment.recorded.v1), by the exporter's word; ask "
        "the log for later ones"
    ) in lines
    members = orjson.loads(run(*words, "--json", apart=True).stdout)
    assert members["selection"] == {"kind": "statement", "statement": str(statement)}
    assert (members["ledger"], members["log"]) == (str(original.ledger), "records")
    assert members["checkpoint"]["size"] == size
    assert members["checkpoint"]["cosigned_by"] == ["w"]
    assert members["checkpoint"]["cosigned_at"] == {"w": "2027-01-15T08:00:00+00:00"}
    assert members["open_ends"] == [
        {"stream": str(statement), "version": 4, "topic": "payment.recorded.v1"}
    ]


@pytest.mark.usefixtures("alone")
def test_a_patients_verdict_names_the_ends_of_the_streams(
    original: Audited, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line a stream, the rest in JSON; and that there are no others is the exporter's word."""
    monkeypatch.setattr(audit, "SHOWN_STREAMS_MAX", 3)
    asked = ("--patient", str(original.patient))
    assert run("audit", "export", "bundle", *asked).exit_code == 0
    words = ("audit", "verify", "bundle", "--key", str(original.keys[0]), *asked)
    text = run(*words, apart=True).stdout
    ends = orjson.loads(run(*words, "--json", apart=True).stdout)["open_ends"]
    assert text.count("by the exporter's word; ask the log for later ones") == 3
    assert f"and so {len(ends) - 3} more streams" in text
    assert "no further stream is the exporter's word" in text
    assert text.splitlines()[-1] == "valid"


@pytest.mark.usefixtures("alone")
def test_an_auditor_demands_what_was_asked_for(original: Audited, run: Run) -> None:
    """The options of `audit export`, said again; a bundle of anything else is incomplete."""
    statement = str(statement_of(original))
    key = ("--key", str(original.keys[0]))
    visit = original.place("first visit")
    wide = ("--first", str(visit + 1), "--last", str(visit + 2))  # within a command
    assert run("audit", "export", "range", *wide).exit_code == 0
    assert run("audit", "export", "statement", "--statement", statement).exit_code == 0
    for bundle, words, status in (
        ("range", (), 0),
        ("range", wide, 0),
        ("range", ("--first", str(visit), "--last", str(visit + 9)), 3),
        ("range", ("--everything",), 3),
        ("statement", ("--statement", statement), 0),
        ("statement", ("--statement", str(uuid4())), 3),
        ("statement", ("--patient", str(original.patient)), 3),
        ("statement", ("--everything", "--statement", statement), 2),
        ("statement", ("--first", "1"), 2),
    ):
        result = run("audit", "verify", bundle, *key, *words, apart=True)
        assert result.exit_code == status, (bundle, words, result.output)
        if status == 3:
            assert "selection.other" in result.stderr


def test_what_was_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of its own, where there is something to say."""
    report = Report(selection=OfPatient(patient=uuid4()))
    for count in (0, 2):
        report.left_out = count
        audit._show(report)
        said = "2 records of these commands are left out: other people's" in capsys.readouterr().out
        assert said is bool(count)
        assert audit._members(report)["left_out"] == count


def test_a_moment_beyond_every_calendar_is_a_number() -> None:
    """A witness may name any second; the verdict is printed all the same."""
    assert audit._moment(2**62) == f"{2**62} s"


@pytest.mark.usefixtures("alone")
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
