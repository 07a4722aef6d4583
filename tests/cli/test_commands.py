"""Run every command as an operator or a script would: what it prints, and its exit status."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from typer.main import get_command

from ehealth_ledger.commands.directory import PublishDirectory
from ehealth_ledger.commands.grouping import ReleaseGrouping, ReplaceGrouping
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.tariff import ReleaseTariff
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.entrypoints.cli.app import app
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.intake.committer import Committer
from projections.projectors.catalogue import MODELS
from projections.read_models.schema import shadow_schema
from tests.cli.conftest import Deployment, environment_of, fresh_databases
from tests.countries.erasure import erase, second_person
from tests.world import World, founded, serving

ROOT = Path(__file__).parents[2]


def _commands(group: Any, *above: str) -> Iterator[tuple[str, ...]]:
    """List every command of the program, those within groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *above, name)
        else:
            yield (*above, name)


COMMANDS = [("statement",), *sorted(_commands(get_command(app)))]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches_by_an_example(deployment: Deployment, command: tuple[str, ...]) -> None:
    """Every command explains itself and shows one use of it."""
    result = deployment.run(*command, "--help")
    assert result.exit_code == 0
    assert f"Example: ehealth-ledger {' '.join(command)}" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("tomorrow", "tomorrow is no moment such as"),
        ("2026-01-01T00:00:00", "lacks its offset"),
        ("2999-01-01T00:00:00Z", "lies ahead"),
    ],
)
def test_what_is_due_is_asked_for_by_a_moment(
    deployment: Deployment, until: str, said: str
) -> None:
    """A moment without an offset is nobody's, and one that lies ahead is not due yet."""
    result = deployment.run("tick", "--until", until)
    assert result.exit_code == 2
    assert said in result.stderr


def test_help_is_there_at_once() -> None:
    """Nobody who asks how a command is used waits for the service to be imported."""
    called = (
        "import sys; sys.argv = ['ehealth-ledger', 'verify', '--help']\n"
        "from ehealth_ledger.entrypoints.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert 'ehealth_ledger.entrypoints.bootstrap' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", called], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_an_unknown_command_is_wrong_usage(deployment: Deployment) -> None:
    """Wrong usage ends with status 2."""
    assert deployment.run("observe").exit_code == 2


def test_verify_finds_an_intact_ledger(deployment: Deployment) -> None:
    """An intact ledger ends with status 0."""
    report = deployment.json("verify")
    assert report["intact"] is True
    assert report["findings"] == []
    assert report["position"] == report["records"] > 10
    assert "intact" in deployment.run("verify").stdout


def test_verify_names_the_first_bad_position(deployment: Deployment) -> None:
    """An altered record ends with status 1 and its position and kind."""
    read = "SELECT topic FROM ledger.records WHERE position = %s"
    change = "UPDATE ledger.records SET topic = %s WHERE position = %s"
    # The first of its receipts' batch: an earlier command's receipt would be found altered before.
    later = "SELECT min(first_position) FROM ledger.receipts WHERE first_position > 4"
    with closing(psycopg.connect(deployment.world.urls.ledger, autocommit=True)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("ALTER TABLE ledger.records DISABLE TRIGGER ALL")
        (position,) = connection.execute(later).fetchone() or (0,)
        (topic,) = connection.execute(read, (position,)).fetchone() or ("",)
        connection.execute(change, ("patient.erased.v1", position))
        try:
            report = deployment.json("verify", status=1)
            told = deployment.run("verify", "--limit", "1")
        finally:
            connection.execute(change, (topic, position))
            for trigger in ("only_grows", "verified", "not_of_erased"):
                connection.execute(f"ALTER TABLE ledger.records ENABLE ALWAYS TRIGGER {trigger}")
    first = next(each for each in report["findings"] if each["position"])
    assert (first["position"], first["kind"]) == (position, "record.altered")
    assert told.exit_code == 1
    assert f"record.altered at records/{position}" in told.stderr


def test_the_read_models_follow_compare_and_rebuild(deployment: Deployment) -> None:
    """Followed models equal the log; an altered row is a finding, and a rebuild heals it."""
    assert deployment.run("projections", "follow", "--once").exit_code == 0
    assert all(
        each["equal"] for each in deployment.json("projections", "compare", "referral_status")
    )
    with psycopg.connect(deployment.world.urls.read) as connection:
        connection.execute(
            "UPDATE read.referral_status SET document = replace(document, 'completed', 'active')"
        )
    (compared,) = deployment.json("projections", "compare", "referral_status", status=1)
    assert compared["findings"]
    deployment.run("projections", "rebuild", "referral_status")
    (compared,) = deployment.json("projections", "compare", "referral_status")
    assert compared["equal"]
    assert deployment.run("projections", "compare", "nothing").exit_code == 2


def test_rows_of_an_earlier_version_differ_by_right(deployment: Deployment) -> None:
    """After an upgrade a rebuild finds nothing wrong; of the same version it would."""
    deployment.run("projections", "follow", "--once")
    for earlier in (True, False):
        with psycopg.connect(deployment.world.urls.read) as connection:
            connection.execute("UPDATE read.referral_status SET document = '{}'")
            if earlier:
                connection.execute(
                    "UPDATE read.checkpoint SET version = 0, digest = %s WHERE model = %s",
                    (bytes(32), "referral_status"),
                )
            else:
                connection.execute(
                    "UPDATE read.checkpoint SET digest = %s WHERE model = 'referral_status'",
                    (bytes(32),),
                )
        rebuilt = deployment.run("projections", "rebuild", "referral_status")
        assert rebuilt.exit_code == (0 if earlier else 1)
        assert ("of another version" if earlier else "DIFFERENT") in rebuilt.stdout


def test_a_rebuild_is_taken_back(deployment: Deployment) -> None:
    """The rows a rebuild replaced are the live ones again, and a second time those it made."""
    deployment.run("projections", "follow", "--once")
    assert deployment.run("projections", "rollback", "nothing").exit_code == 2
    with closing(psycopg.connect(deployment.world.urls.read, autocommit=True)) as connection:
        change = "UPDATE read.referral_status SET document = replace(document, %s, %s)"
        connection.execute(change, ("completed", "active"))
        deployment.run("projections", "rebuild", "referral_status")
        back = deployment.json("projections", "rollback", "referral_status")
        head = deployment.json("verify")["position"]
        (compared,) = deployment.json("projections", "compare", "referral_status", status=1)
        assert compared["findings"], "the rows are those from before the rebuild"
        assert back == {
            "model": "referral_status",
            "position": head,
            "rows": 1,
            "followed": True,
            "version": MODELS["referral_status"].model.version,
        }
        outdated = "UPDATE read_previous_referral_status.checkpoint SET version = version + %s"
        connection.execute(outdated, (-1,))
        told = deployment.run("projections", "rollback", "referral_status")
        assert f"referral_status is back at position {head}, with 1 rows" in told.stdout
        assert "no read model is followed until `projections rebuild referral" in told.stdout
        deployment.run("projections", "rebuild", "referral_status")
    (compared,) = deployment.json("projections", "compare", "referral_status")
    assert compared["equal"]


def test_without_a_rebuild_nothing_is_taken_back(deployment: Deployment) -> None:
    """Where no earlier rows are kept the live ones stay, and a rebuild that runs is left alone."""
    deployment.run("projections", "follow", "--once")
    refused = deployment.run("projections", "rollback", "capitation")
    assert refused.exit_code == 1
    assert "capitation has no rows to go back to: no rebuild replaced any" in refused.stderr
    assert deployment.json("projections", "compare", "capitation")[0]["equal"]
    shadow = shadow_schema(MODELS["capitation"].model)
    with psycopg.connect(deployment.world.urls.read) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", (shadow,))
        running = deployment.run("projections", "rollback", "capitation")
    assert running.exit_code == 2
    assert "is being rebuilt by another process" in running.stderr


def test_replay_gives_the_same_digest(deployment: Deployment) -> None:
    """The same prefix gives the same digests; another expectation ends with status 1."""
    whole = deployment.json("replay", "statements")
    (statement,) = whole["statements"]
    assert (statement["lines"], statement["total"]) == (1, 15_000)
    position = str(whole["position"])
    for expected in (whole["digest"], statement["digest"]):
        result = deployment.run(
            *("replay", "statements", "--at-position", position, "--expect", expected)
        )
        assert result.exit_code == 0, result.output
    assert deployment.run("replay", "statements", "--expect", "00").exit_code == 1
    assert deployment.json("replay", "statements", "--at-position", "5")["statements"] == []
    early = deployment.json("replay", "statements", "--at-time", "2020-01-01T00:00:00Z")
    assert early["position"] == 0


def test_any_model_replays_to_the_digest_it_has(deployment: Deployment) -> None:
    """A model folded from the log alone has the digest of the live one; its past has another."""
    deployment.run("projections", "follow", "--once")
    with psycopg.connect(deployment.world.urls.read) as connection:
        live = connection.execute(
            "SELECT model, position, digest FROM read.checkpoint ORDER BY model"
        ).fetchall()
    assert len(live) > 5
    for model, position, digest in live:
        replayed = deployment.json("replay", model)
        assert (replayed["position"], replayed["digest"]) == (position, digest.hex()), model
    past = deployment.json("replay", "referral_status", "--at-position", "1")
    assert past["rows"] == {}
    rows = deployment.run("replay", "patient_summary", "--rows").stdout.splitlines()
    assert {"patient", "position"} <= json.loads(rows[0]).keys()


def test_a_difference_between_two_positions(deployment: Deployment) -> None:
    """What came and what changed is listed; the wrong way round is wrong usage."""
    head = str(deployment.json("verify")["position"])
    found = deployment.json("diff", "referral_status", "--from", "0", "--to", head)
    assert [each["change"] for each in found] == ["added"]
    assert (
        "1 rows of" in deployment.run("diff", "referral_status", "--from", "0", "--to", head).stdout
    )
    assert deployment.json("diff", "referral_status", "--from", head, "--to", head) == []
    for wrong in (("--from", head, "--to", "1"), ("--from", "0", "--to", "999999")):
        assert deployment.run("diff", "referral_status", *wrong).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("statements", "--at-time", "yesterday"),
        ("statements", "--at-time", "2026-01-01T00:00:00"),
        ("statements", "--at-position", "999999"),
        ("statements", "--at-position", "1", "--at-time", "2026-01-01T00:00:00Z"),
    ],
    ids=["no model", "no moment", "no offset", "beyond the head", "both"],
)
def test_replay_of_nothing_sensible(deployment: Deployment, arguments: tuple[str, ...]) -> None:
    """Wrong usage ends with status 2 and a sentence."""
    result = deployment.run("replay", *arguments)
    assert result.exit_code == 2
    assert result.stderr.strip()


def test_an_unknown_statement_is_a_finding(deployment: Deployment) -> None:
    """No such statement ends with status 1; too little to find one by, with status 2."""
    deployment.run("projections", "follow", "--once")
    assert deployment.run("statement", str(uuid4())).exit_code == 1
    assert deployment.run("statement", "--package", "9").exit_code == 2


def test_status_says_whether_an_erasure_is_safe(deployment: Deployment) -> None:
    """Three databases of one server are said to be not backup-safe."""
    standing = deployment.json("db", "status")
    assert standing["position"] > 10
    assert standing["erasure_backup_safe"] is False
    assert standing["next"] is None
    assert "not backup-safe: ledger, vault, read share one server" in standing["erasure"]


def test_status_says_that_an_upgrade_is_pending(deployment: Deployment) -> None:
    """A later program's tables are missing: what is to be run is said, and no key is asked for."""
    last = "SELECT name FROM ledger.migrations ORDER BY name DESC LIMIT 1"
    with psycopg.connect(deployment.world.urls.ledger) as connection:
        row = connection.execute(f"DELETE FROM ledger.migrations WHERE name = ({last}) RETURNING *")
        (gone,) = row.fetchall()
    try:
        told = deployment.run("db", "status")
        assert told.exit_code == 1
        assert "next: run `ehealth-ledger db init OPENING` again" in told.stdout
        assert "ledger: not known before its tables are up to date" in told.stdout
    finally:
        with psycopg.connect(deployment.world.urls.ledger) as connection:
            marks = ", ".join(["%s"] * len(gone))
            connection.execute(f"INSERT INTO ledger.migrations VALUES ({marks})".encode(), gone)
    assert deployment.json("db", "status")["next"] is None


def test_a_pending_erasure_is_counted_and_carried_out(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status ends with 1 and says what to do; `db erase --pending` does it, and nothing else."""
    done = deployment.json("db", "status")["erasures"]["done"]

    async def story(world: World) -> None:
        monkeypatch.setattr(Committer, "_erase", lambda *_: None)  # as if the process had died
        clinic = await world.institution("30000077", "PRIMARY_CARE", "2000000071")
        doctor = await world.employee(clinic, "DOCTOR", "2000000072")
        await erase(world, await second_person(world), await world.patient(doctor))

    with serving(deployment.world):
        asyncio.run(story(deployment.world))
    standing = deployment.json("db", "status", status=1)
    assert standing["erasures"] == {"done": done, "pending": 1}
    assert "db erase --pending" in standing["next"]
    assert "1 pending" in deployment.run("db", "status").stdout
    assert [each["kind"] for each in deployment.json("verify", status=1)["findings"]] == [
        "erasure.unfinished"
    ]
    assert deployment.run("db", "erase").exit_code == 2
    assert deployment.json("db", "erase", "--pending")["carried_out"] == 1
    assert deployment.json("db", "erase", "--pending")["carried_out"] == 0
    assert deployment.json("db", "status")["erasures"] == {"done": done + 1, "pending": 0}
    report = deployment.json("verify")
    assert (report["intact"], report["erasures"], report["erased"]) == (True, done + 1, 1)


def test_a_database_out_of_reach(deployment: Deployment) -> None:
    """What is out of reach is said without a password, and ends with status 2."""
    url = "postgresql://u:secret@127.0.0.1:1/x"
    nowhere = {f"EHEALTH_{name}_URL": url for name in ("LEDGER", "VAULT", "READ")}
    for command in (("verify",), ("db", "status"), ("projections", "follow", "--once")):
        result = deployment.run(*command, **nowhere)
        assert result.exit_code == 2, result.output
        assert "secret" not in result.output
        assert "Traceback" not in result.output


def test_unusable_settings(deployment: Deployment) -> None:
    """A wrong setting is named by its variable."""
    result = deployment.run("verify", EHEALTH_PORT="high")
    assert result.exit_code == 2
    assert "EHEALTH_PORT" in result.stderr


def test_a_missing_key(deployment: Deployment, tmp_path: Path) -> None:
    """A missing key file is named, with what makes it."""
    result = deployment.run("verify", EHEALTH_MASTER_KEY_FILE=str(tmp_path / "none.key"))
    assert result.exit_code == 2
    assert "`ehealth-ledger db keys` makes it" in result.stderr


def test_another_address_is_refused(deployment: Deployment) -> None:
    """The service listens on this machine only, and says why."""
    result = deployment.run("serve", "--host", "192.168.1.2")
    assert result.exit_code == 2
    assert "who may read what is not yet decided" in " ".join(result.stderr.split())


def test_contracts_are_written_and_checked(deployment: Deployment, tmp_path: Path) -> None:
    """What was written is current; a changed file is a difference."""
    folder = str(tmp_path)
    assert deployment.run("schemas", "--folder", folder).exit_code == 0
    assert deployment.run("schemas", "--check", "--folder", folder).exit_code == 0
    (tmp_path / "refusals.json").write_text("[]")
    result = deployment.run("schemas", "--check", "--folder", folder)
    assert result.exit_code == 1
    assert "refusals.json" in result.stdout


def test_a_deployment_is_prepared(server: str, tmp_path: Path) -> None:
    """Keys, opening and first record, by the commands an operator runs; twice changes nothing."""
    with (
        fresh_databases(server) as urls,
        fresh_databases(server) as others,
        founded(tmp_path, urls) as world,
    ):
        opening = str(tmp_path / "opening.p7s")
        deployment = Deployment(world, environment_of(tmp_path, urls))
        template = json.loads(deployment.run("db", "keys").stdout)
        assert template["command"] == "ledger.open"
        assert template["resource"]["signing_key"] == deployment.json("db", "status")["signing_key"]
        again = deployment.run("db", "init", opening)
        assert again.exit_code == 0
        assert "is open: positions 1 to" in again.stdout
        empty = Deployment(world, environment_of(tmp_path, others))
        assert empty.json("db", "status", status=1)["next"].startswith("run `ehealth-ledger db")
        assert "db init" in empty.run("verify").stderr
        assert empty.run("verify").exit_code == 2
        assert empty.run("db", "init", str(tmp_path / "nothing")).exit_code == 2
        wrong = tmp_path / "wrong.p7s"
        wrong.write_bytes(b"no container")
        refused = empty.run("db", "init", str(wrong))
        assert refused.exit_code == 1
        assert "container.not_der" in refused.stderr


def test_serve_and_submit(deployment: Deployment, tmp_path: Path) -> None:
    """Files are handed in to a running service; it ends with status 0 when told to."""
    world = deployment.world
    wrong = sign_cades(b"{}", world.payer.credential)
    good = world.author.sign(
        "tariff.publish",
        world.payer,
        resource={
            "id": str(uuid4()),
            "package": "77",
            "service": {"system": "eHealth/services", "code": "A67003"},
            "first_day": "2040-01-01",
            "last_day": "2040-12-31",
            "unit_price": 100,
            "order": "test order 2",
        },
    )
    (tmp_path / "good.p7s").write_bytes(good.container)
    (tmp_path / "wrong.p7s").write_bytes(wrong)
    process = subprocess.Popen(
        [sys.executable, "-m", "ehealth_ledger.entrypoints.cli", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **deployment.environment, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Listening on http://127.0.0.1:")
        assert "this machine only" in line
        url = line.split()[2]
        first = deployment.json("submit", str(tmp_path / "good.p7s"), "--url", url)
        assert (first[0]["status"], first[0]["command_id"]) == (201, str(good.command_id))
        again = deployment.run("submit", str(tmp_path / "good.p7s"), "--url", url)
        assert again.exit_code == 0
        assert "recorded before" in again.stdout
        both = deployment.run(
            "submit", str(tmp_path / "good.p7s"), str(tmp_path / "wrong.p7s"), "--url", url
        )
        assert both.exit_code == 1
        assert "content.command_unknown" in both.stdout
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    gone = deployment.run("submit", str(tmp_path / "good.p7s"), "--url", url)
    assert gone.exit_code == 2
    assert "not reached" in gone.stdout


def _load(deployment: Deployment, file: Path, out: Path, *more: str) -> list[str]:
    payer = deployment.world.payer
    return [
        *("load", "directory", str(file), "--system", "eHealth/test", "--version-label", "1"),
        *("--first-day", "2018-01-01", "--source", "order", "--out", str(out)),
        *("--ledger", str(deployment.world.author.ledger)),
        *("--legal-entity", str(payer.legal_entity), "--employee", str(payer.employee), *more),
    ]


def test_load_directory_writes_what_the_payer_signs(deployment: Deployment, tmp_path: Path) -> None:
    """A dictionary becomes contents of `directory.publish` that the ledger can read."""
    file = tmp_path / "colours.json"
    file.write_text(json.dumps({"colours": {"r": " red ", "g": "green"}, "other": {"x": "y"}}))
    result = deployment.run(*_load(deployment, file, tmp_path / "out", "--name", "colours"))
    assert result.exit_code == 0, result.stderr
    (content,) = (tmp_path / "out").iterdir()
    command = parse(content.read_bytes())
    assert isinstance(command, PublishDirectory)
    assert [(each.code, each.display) for each in command.resource.codes] == [
        ("r", "red"),
        ("g", "green"),
    ]


def test_load_tariffs_writes_what_the_payer_signs(deployment: Deployment, tmp_path: Path) -> None:
    """Each shipped tariff is the content of one command, which says how well it is known."""
    signatory = [f"--{name}={uuid4()}" for name in ("ledger", "legal-entity", "employee")]
    done = deployment.run("load", "tariffs", *signatory, "--out", str(tmp_path))
    assert done.exit_code == 0, done.stderr
    written = sorted(tmp_path.iterdir())
    assert len(written) == len(reference_data.tariffs())
    assert all(isinstance(parse(each.read_bytes()), ReleaseTariff) for each in written)
    assert "not written: readiness-icu 1.102" in done.stdout
    told = deployment.json("load", "tariffs", *signatory, "--out", str(tmp_path))
    assert told["coefficients_without_a_rate"] == reference_data.coefficients()


def test_load_grouping_writes_what_the_payer_signs(deployment: Deployment, tmp_path: Path) -> None:
    """The shipped rules are the content of one command, and nobody takes them for the state's."""
    signatory = [f"--{name}={uuid4()}" for name in ("ledger", "legal-entity", "employee")]
    done = deployment.run("load", "grouping", *signatory, "--out", str(tmp_path))
    assert done.exit_code == 0, done.stderr
    (written,) = tmp_path.iterdir()
    assert isinstance(parse(written.read_bytes()), ReleaseGrouping)
    assert "Nobody may be paid by them" in done.stdout


def test_load_grouping_in_the_place_of_others(deployment: Deployment, tmp_path: Path) -> None:
    """Where rules cover the days already, the content names them and is of the second version."""
    signatory = [f"--{name}={uuid4()}" for name in ("ledger", "legal-entity", "employee")]
    elder = str(uuid4())
    out = ("--out", str(tmp_path))
    done = deployment.run("load", "grouping", *signatory, "--replaces", elder, *out)
    assert done.exit_code == 0, done.stderr
    (written,) = tmp_path.iterdir()
    command = parse(written.read_bytes())
    assert isinstance(command, ReplaceGrouping)
    assert str(command.resource.replaces) == elder


def test_what_load_wrote_is_told_in_json(deployment: Deployment, tmp_path: Path) -> None:
    """A script learns each file, its command and its size, and reads no sentence."""
    file = tmp_path / "colours.json"
    file.write_text(json.dumps({"r": "red"}))
    signatory = [f"--{name}={uuid4()}" for name in ("ledger", "legal-entity", "employee")]
    for command, words in (
        ("directory.publish", _load(deployment, file, tmp_path / "directory")),
        ("tariff.release", ["load", "tariffs", *signatory, "--out", str(tmp_path / "tariffs")]),
        ("grouping.release", ["load", "grouping", *signatory, "--out", str(tmp_path / "grouping")]),
    ):
        files = deployment.json(*words)["files"]
        assert {each["command"] for each in files} == {command}
        for each in files:
            assert Path(each["file"]).stat().st_size == each["bytes"]
            assert command == "directory.publish" or each["trust"]


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"colours": {"r": 1}}', "{}"])
def test_load_directory_refuses_what_is_no_dictionary(
    deployment: Deployment, tmp_path: Path, content: str
) -> None:
    """A file without such a dictionary ends with status 2 and writes nothing."""
    file = tmp_path / "colours.json"
    file.write_text(content)
    result = deployment.run(*_load(deployment, file, tmp_path / "out", "--name", "colours"))
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_code_of_no_prescription_is_not_told(deployment: Deployment) -> None:
    """Whoever asks for a code names a prescription that was issued."""
    result = deployment.run("dispense-code", str(uuid4()))
    assert result.exit_code == 1
    assert "there is no such prescription" in result.output


def test_the_books_agree_and_a_changed_posting_is_named(deployment: Deployment) -> None:
    """`verify --money` ends with 0 where balances, statements and payments agree, else with 1."""
    report = deployment.json("verify", "--money")
    assert report["intact"] is True
    assert report["facts"] > 0
    assert sum(each["amount"] for each in report["balances"]) == 0
    change = "UPDATE ledger.postings SET amount = amount + %s WHERE (position, line) = (%s, 1)"
    with closing(psycopg.connect(deployment.world.urls.ledger, autocommit=True)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("ALTER TABLE ledger.postings DISABLE TRIGGER ALL")
        (position,) = connection.execute("SELECT min(position) FROM ledger.postings").fetchone()
        connection.execute(change, (1, position))
        try:
            altered = deployment.json("verify", "--money", status=1)
        finally:
            connection.execute(change, (-1, position))
            for trigger in ("only_grows", "balanced"):
                connection.execute(f"ALTER TABLE ledger.postings ENABLE ALWAYS TRIGGER {trigger}")
    assert {each["kind"] for each in altered["findings"]} == {"postings.unbalanced"}
    assert deployment.json("verify", "--money")["intact"] is True
