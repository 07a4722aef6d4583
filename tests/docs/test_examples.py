"""Run every example of the documentation, or parse it where it cannot be run."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from psycopg import sql
from typer.testing import CliRunner

from ehealth_ledger.bundle.finding import Flaw
from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.cli.app import app as command_line
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.checks import CheckAnswer
from ehealth_ledger.entrypoints.http.following import following
from ehealth_ledger.entrypoints.http.problems import describe
from ehealth_ledger.entrypoints.http.receipts import ReceiptAnswer
from ehealth_ledger.entrypoints.http.signing import signing
from ehealth_ledger.errors import CATALOGUE, Refused
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.pricing.treasury.parsing import parse as parse_treasury
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import drop_database
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.parameters.catalogue import DEFINITIONS
from ehealth_ledger.verification.trust_store import TrustStore
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.query_api.routes import router as query_routes
from projections.read_models.schema import prepare
from tests.docs.pages import (
    OPERATING,
    PAGES,
    PROJECT,
    README,
    Example,
    all_examples,
    examples,
    rows,
    section,
)
from tests.projections.money_story import month
from tests.projections.story import Story
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World, founded, serving

LANGUAGES: Final = frozenset({"", "sh", "json", "python", "sql"})
INLINE: Final = re.compile(r"`([^`\n]+)`")
DOTTED: Final = re.compile(r"[a-z_]+\.[a-z_]+")
FILE_SUFFIXES: Final = ("crl", "jws", "json", "key", "md", "py", "sql", "toml")
CLIENT_URL: Final = "http://127.0.0.1:8080"
FOLLOWED_S_MAX: Final = 60.0


def _id(example: Example) -> str:
    return example.name


def test_no_example_is_in_a_language_nobody_runs() -> None:
    """A block with another label would be shown and never tried."""
    for page in PAGES:
        for label in re.findall(r"^ *```(\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert label in LANGUAGES, f"{page.name}: {label}"


# JSON


@pytest.mark.parametrize("example", all_examples("json"), ids=_id)
def test_a_json_example_is_what_the_program_reads_or_writes(example: Example) -> None:
    """A caller may copy any JSON of the documentation and have it understood."""
    shown = read_object(example.text.encode())
    match shown:
        case {"command": _, "version": _}:
            parse(example.text.encode())
        case {"code": str(code), "errors": [{"path": str(path)}], "evidence": dict(evidence)}:
            assert shown == describe(Refused(code, path, **evidence))
        case {"proof": _, "signature": _}:
            answer = ReceiptAnswer.model_validate_json(example.text)
            assert answer.model_dump(mode="json") == shown
        case {"violations": list(violations), "unchecked": _}:
            assert CheckAnswer.model_validate(shown, strict=False)
            for each in violations:
                kind = CATALOGUE[each["code"]]
                assert (each["title"], each["rule"]) == (kind.title, kind.rule)
        case {"entries": [{"topic": str(topic)}], "next": _}:
            assert topic in FACTS
        case {"changes": [{"topic": str(topic)}], "next": _}:
            assert topic in FACTS
        case {"format": "ehealth/trust-store/1"}:
            _load_trust_store(example.text)
        case _:
            pytest.fail(f"nobody says what {example.name} is")


def _load_trust_store(text: str) -> None:
    ours = json.loads(Authority.create("Documentation", datetime.now(UTC)).trust_store())
    certificate = ours["anchors"][0]["certificate"]
    loaded = TrustStore.load(text.replace("<base64 of the DER>", certificate).encode())
    assert (len(loaded.anchors), len(loaded.intermediates)) == (1, 1)


# Shell


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Give every command line that the pages show, in a block or in a sentence."""
    for example in all_examples("sh"):
        for line in example.text.splitlines():
            yield example.name, shlex.split(line, comments=True)
    for page in PAGES:
        for code in INLINE.findall(page.read_text(encoding="utf-8")):
            if code.startswith(("ehealth-ledger ", "scripts/")):
                yield page.name, code.split()


def _ledger_commands() -> list[tuple[str, ...]]:
    found = {tuple(words[1:]) for _, words in _commands() if words and words[0] == "ehealth-ledger"}
    return sorted(found)


def test_every_shell_example_is_of_a_kind_that_is_checked() -> None:
    """A script can be started, a setting exists; curl and the command line have their own tests."""
    for where, words in _commands():
        match words:
            case []:
                continue
            case [script, *_] if script.startswith("scripts/"):
                assert os.access(PROJECT / script, os.X_OK), f"{where}: {script}"
            case ["export", assignment]:
                name, _, value = assignment.partition("=")
                Settings(**{name.removeprefix("EHEALTH_").lower(): value})
            case ["curl", *_] | ["ehealth-ledger", *_]:
                continue
            case _:
                pytest.fail(f"{where}: nobody checks {' '.join(words)}")


@pytest.mark.parametrize("words", _ledger_commands(), ids=" ".join)
def test_a_shown_command_exists_with_its_options(words: tuple[str, ...]) -> None:
    """Nobody types a command from these pages and hears that there is none."""
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    path = _command_path(words)
    shown = _help(*path)
    for option in options:
        assert option in shown, f"ehealth-ledger {' '.join(path)} has no {option}"


def _command_path(words: tuple[str, ...]) -> list[str]:
    """Return the words that name the command: `db init opening.p7s` is `db init`."""
    path: list[str] = []
    for word in words:
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", word):
            break
        path.append(word)
        if not re.search(r"COMMAND", _help(*path)):
            break
    return path


@cache
def _help(*path: str) -> str:
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "scripts"
    ]
    module, _, function = scripts["ehealth-ledger"].partition(":")
    start = (
        f"import sys; sys.argv[0] = 'ehealth-ledger'; from {module} import {function}; {function}()"
    )
    done = subprocess.run(
        [sys.executable, "-c", start, *path, "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    assert done.returncode == 0, f"ehealth-ledger {' '.join(path)}: {done.stderr[-2000:]}"
    return done.stdout


# Python, curl


@pytest.mark.parametrize("example", all_examples("python"), ids=_id)
def test_a_python_example_compiles(example: Example) -> None:
    """Nobody pastes a syntax error."""
    ast.parse(example.text)


def test_the_readme_posts_asks_and_checks_a_receipt(
    tmp_path: Path, database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README's curl lines get the answers it shows, and its Python verifies the receipt."""
    post, ask = _curl_to("/commands"), _curl_to("/commands/0b7b8f0e")
    (check,) = examples(README, "python")
    shown = _shown("signing_key")
    monkeypatch.chdir(tmp_path)
    with founded(tmp_path / "deployment", database) as founding, serving(founding) as world:
        head = asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
        party = registry.party("2000000005", "Лікар", "Тест")
        resource = registry.employment(UUID(shown["command_id"]), party, "DOCTOR")
        signed = world.author.sign("employee.register", head, resource=resource)
        Path("command.p7s").write_bytes(signed.container)
        asked = [word.replace(shown["command_id"], str(signed.command_id)) for word in ask]

        with TestClient(_app(world), base_url=CLIENT_URL) as client:
            first, again, found = (client.send(_curl(line)) for line in (post, post, asked))
        key = bootstrap.Keys.read(world.settings).signing.public_hex
    assert (first.status_code, again.status_code, found.status_code) == (201, 200, 200)
    assert first.json().keys() == shown.keys()
    assert again.json() == found.json() == {**first.json(), "repeated": True}
    assert first.json()["signing_key"] == key
    Path("receipt.json").write_bytes(first.content)
    exec(compile(check.text, check.name, "exec"), {})  # noqa: S102 - the example is what is tested
    Path("receipt.json").write_text(json.dumps({**first.json(), "first_position": 1}), "utf-8")
    with pytest.raises(InvalidSignature):
        exec(compile(check.text, check.name, "exec"), {})  # noqa: S102 - the example is what is tested


def test_the_readme_asks_before_signing_and_hears_afterwards(
    tmp_path: Path, database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README's lines check content, hold it as a preview, and tell what became of it."""
    check, preview, feed = (_curl_to(route) for route in ("/commands/check", "/previews", "/feed"))
    monkeypatch.chdir(tmp_path)
    prepare(database.read)
    with (
        founded(tmp_path / "deployment", database) as founding,
        serving(founding) as world,
        following(world.running.reader.notifications, database, _raise, on=True) as reading,
        TestClient(_app(world, reading.router), base_url=CLIENT_URL) as client,
    ):
        head = asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
        party = registry.party("2000000005", "Лікар", "Тест")
        resource = registry.employment(uuid4(), party, "DOCTOR")
        wrong = {**resource, "id": str(head.employee)}
        content = world.author.content("employee.register", head, resource=wrong)
        Path("content.json").write_bytes(content)
        refused = client.send(_curl(check)).json()
        Path("content.json").write_bytes(canonical({**json.loads(content), "resource": resource}))
        checked = client.send(_curl(check)).json()
        held = client.send(_curl(preview))
        to_sign = held.json()["content"].encode()
        signed = client.post(
            "/commands",
            content=sign_cades(to_sign, head.credential),
            headers={"content-type": "application/pkcs7-mime"},
        )
        recorded = signed.json()["last_position"]
        asked = [
            word.replace("8a6f1c52-3a0e-4c8b-9a34-5b1f6f0d2c11", str(head.legal_entity)).replace(
                "after=1041", f"after={recorded - 1}"
            )
            for word in feed
        ]
        until = time.monotonic() + FOLLOWED_S_MAX
        while (heard := client.send(_curl(asked)).json()).get("position", 0) < recorded:
            assert time.monotonic() < until, "the feed does not follow"
            time.sleep(0.05)
    assert [each["code"] for each in refused["violations"]] == ["id.not_new"]
    assert refused["violations"][0].keys() == _shown("unchecked")["violations"][0].keys()
    assert checked["accepted"]
    assert refused.keys() == checked.keys() == _shown("unchecked").keys()
    assert (held.status_code, signed.status_code) == (201, 201)
    assert held.json().keys() - {"preview"} == set(re.findall(r"`(\w+)`", _after("/previews")))
    assert heard.keys() == _shown("entries").keys()
    assert [each.keys() for each in heard["entries"]] == [_shown("entries")["entries"][0].keys()]
    assert heard["entries"][0]["command_id"] == json.loads(content)["command_id"]


def test_the_readme_follows_what_changes_on_statements(
    database: Databases,
) -> None:
    """The README's line gives the payer what it shows, member for member."""
    story = Story()
    happened = month(story)
    prepare(database.read)
    Follower(story.log, database.read, MODELS).catch_up()
    asked = _curl_to("/statements/changes")
    before = happened[-1][1] - 1
    asked = [word.replace("after=1041", f"after={before}") for word in asked]
    app, routes = FastAPI(), query_routes(database.read, FoldedPast(story.log))
    app.include_router(routes)
    with TestClient(app, base_url=CLIENT_URL) as client:
        heard = client.send(_curl(asked)).json()
    routes.close()
    shown = _shown("changes")
    assert heard.keys() == shown.keys()
    assert [each.keys() for each in heard["changes"]] == [shown["changes"][0].keys()]


def test_the_treasurys_file_of_the_readme_is_understood() -> None:
    """Whoever writes a file as the README shows it has no line refused."""
    (shown,) = [each.text for each in examples(README, "") if each.text.startswith("reference;")]
    found = parse_treasury(shown.encode())
    assert found.bad == []
    assert [(each.reference, each.amount) for each in found.lines] == [("UA-118", 123_456)]


def test_the_readme_proves_an_act_to_an_auditor(
    tmp_path: Path, database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README's lines hand out a key and a proof, and check them as an auditor does."""
    fetch = next(
        shlex.split(line)
        for example in examples(README, "sh")
        for line in example.text.splitlines()
        if line.endswith("> act.proof")
    )
    key, *checks = (
        shlex.split(line)[1:]
        for example in examples(README, "sh")
        if "log.vkey" in example.text
        for line in example.text.splitlines()
        if line.startswith("ehealth-ledger log")
    )
    assert [check[2:4] for check in checks] == [
        ["act.proof", "--key"],
        ["act.proof", "--receipt"],
        ["growth.proof", "--old"],
    ]
    (grown,) = (
        shlex.split(line)[1]
        for example in examples(README, "sh")
        for line in example.text.splitlines()
        if line.endswith("> growth.proof")
    )
    monkeypatch.chdir(tmp_path)
    environment = {
        "EHEALTH_DATA_DIR": str(tmp_path / "deployment"),
        **{f"EHEALTH_{name.upper()}_URL": url for name, url in database._asdict().items()},
    }
    with founded(tmp_path / "deployment", database) as founding, serving(founding) as world:
        asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
        command_id = _last_command(world)
        with (
            signing(world.settings, world.urls, _raise),
            TestClient(_app(world), base_url=CLIENT_URL) as client,
        ):
            asked = fetch[1].replace(_shown("signing_key")["command_id"], command_id)
            Path("act.proof").write_bytes(_awaited(client, asked))
            Path("receipt.json").write_bytes(client.get(f"/commands/{command_id}").content)
            kept = client.get("/log/records/checkpoint").content
            Path("kept.checkpoint").write_bytes(kept)
            asyncio.run(world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002"))
            _awaited(client, f"/commands/{_last_command(world)}/proof")
            size = kept.split(b"\n")[1].decode()
            Path("growth.proof").write_bytes(_awaited(client, grown.replace("1042", size)))
    printed = CliRunner().invoke(command_line, key[: key.index(">")], env=environment)
    assert printed.exit_code == 0, printed.output
    said = ""
    for check in checks:
        given = [printed.stdout.strip() if word.startswith("$(") else word for word in check]
        result = CliRunner().invoke(command_line, given)
        assert result.exit_code == 0, result.output
        said += result.stdout
    assert said.count(command_id) == 2
    assert "as promised by the receipt" in said
    assert f"only grew since the checkpoint at size {size}" in said


def _awaited(client: TestClient, path: str) -> bytes:
    """Ask until a checkpoint covers what is asked for."""
    until = time.monotonic() + FOLLOWED_S_MAX
    while (answer := client.get(path)).status_code != 200:
        assert time.monotonic() < until, answer.text
        time.sleep(0.05)
    return answer.content


def _last_command(world: World) -> str:
    """Return the id of the command recorded last."""
    door = world.running.reader.notifications
    (record,) = door.read(door.place_at(door.head().position - 1), 1)
    return str(record.command_id)


def _curl_to(route: str) -> list[str]:
    """Return the words of the README's one curl line to a route; a longer route is another."""
    lines = [shlex.split(each.text) for each in examples(README, "sh") if "curl" in each.text]
    (found,) = (
        line for line in lines if re.search(rf"{re.escape(CLIENT_URL + route)}([-?].*)?$", line[-1])
    )
    return found


def _shown(member: str) -> Any:
    """Return the README's JSON that has a member."""
    found = (json.loads(each.text) for each in examples(README, "json"))
    return next(each for each in found if member in each)


def _after(route: str) -> str:
    """Return the README's sentence after the curl line to a route."""
    text = README.read_text(encoding="utf-8")
    return text.split(f"{CLIENT_URL}{route}\n```\n\n", 1)[1].split("\n\n", 1)[0]


def _app(world: World, read_side: APIRouter | None = None) -> FastAPI:
    return create_app(
        world.running,
        read_side,
        urls=world.urls,
        on_fatal=_raise,
        body_bytes_max=world.settings.max_body_bytes,
        waiting_max=world.settings.queue_limit,
    )


def _curl(words: list[str]) -> httpx.Request:
    """Build the request that a curl line sends."""
    arguments = iter(words[1:])
    content, headers, url = None, {}, ""
    for word in arguments:
        match word:
            case "--data-binary":
                content = Path(next(arguments).removeprefix("@")).read_bytes()
            case "-H":
                name, _, value = next(arguments).partition(":")
                headers[name] = value.strip()
            case _:
                url = word
    assert url.startswith(f"{CLIENT_URL}/")
    return httpx.Request(
        "GET" if content is None else "POST", url, content=content, headers=headers
    )


def _raise(fault: BaseException) -> None:
    raise fault


# SQL


def test_the_shown_privileges_suffice(tmp_path: Path, server: str, database: Databases) -> None:
    """With the roles shown and no more, a ledger can be opened, and served by the narrower user."""
    statements = [
        statement.strip()
        for example in examples(OPERATING, "sql")
        for statement in example.text.split(";")
        if statement.strip()
    ]
    logins = ("ehealth_app", "ehealth_service")
    prefix = f"docs_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as superuser:
        for login in logins:
            superuser.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))
        try:
            for statement in statements:
                if "ON DATABASE" not in statement:
                    _run_once(superuser, statement)
            for login in logins:
                change = sql.SQL("ALTER ROLE {} PASSWORD 'docs'").format(sql.Identifier(login))
                superuser.execute(change)
            opener, service = (_as(server, login) for login in logins)
            with founded(tmp_path, Databases.on(opener, prefix), database_url=opener) as world:
                world.urls = Databases.on(service, prefix)
                for statement in statements:
                    if "ON DATABASE" in statement:
                        superuser.execute(
                            statement.replace(" ehealth_read ", f" {prefix}_read ").encode()
                        )
                prepare(world.urls.read)
                with serving(world):
                    asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
        finally:
            for url in Databases.on(server, prefix):
                drop_database(server, str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]))
            for login in logins:
                superuser.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


def _run_once(superuser: psycopg.Connection, statement: str) -> None:
    # Roles are the server's, and other tests have made some of these.
    with suppress(psycopg.errors.DuplicateObject):
        superuser.execute(statement.encode())


def _as(server: str, login: str) -> str:
    return re.sub(r"(?<=//)[^@/]*@", f"{login}:docs@", server)


# Words in sentences


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_mentioned_exists(page: Path) -> None:
    """Nobody exports a variable that nothing reads."""
    for name in re.findall(r"\bEHEALTH_([A-Z_]+)\b", page.read_text(encoding="utf-8")):
        assert name.lower() in Settings.model_fields, f"EHEALTH_{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_published_name_mentioned_exists(page: Path) -> None:
    """A code, command, topic, parameter or kind of damage that a page names is known."""
    known = {
        *CATALOGUE,
        *(kind.value for kind in Kind),
        *(flaw.value for flaw in Flaw),
        *(name for name, _ in COMMANDS),
        *(topic.rsplit(".", 1)[0] for topic in FACTS),
        *DEFINITIONS,
    }
    families = {name.partition(".")[0] for name in known}
    for word in INLINE.findall(page.read_text(encoding="utf-8")):
        if not DOTTED.fullmatch(word):
            continue
        family, _, rest = word.partition(".")
        if family in families and rest not in FILE_SUFFIXES:
            assert word in known, f"{page.name} names {word}"


def test_the_settings_table_is_complete() -> None:
    """Every setting stands in the README, and its default is the program's."""
    table: dict[str, Any] = {
        cells[0].strip("`"): cells[1].strip("`") for cells in rows(section(README, "Settings"))
    }
    assert {name.removeprefix("EHEALTH_").lower() for name in table} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, int | str):
            assert table[f"EHEALTH_{name.upper()}"] == str(field.default)
