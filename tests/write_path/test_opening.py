"""A ledger opens once, with the keys and the trust store its first record names."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.bootstrap import Keys
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.founding import (
    PAYER_EDRPOU,
    PAYER_TAX_ID,
    opening,
    publish_trust,
)
from ehealth_ledger.entrypoints.opening import open_ledger
from ehealth_ledger.entrypoints.reader import open_reader
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.batch import begin_log
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.evidence import EvidenceStore
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.values.json import canonical
from tests.laws.bench import verified
from tests.laws.scenes.common import LEDGER, TAX
from tests.laws.scenes.patient import register_patient
from tests.world import World
from tests.write_path.country import codes, contents, head

Altered = Callable[[dict[str, Any]], object]


@pytest.fixture
def settings(tmp_path: Path, database: Databases) -> Settings:
    """Describe a deployment that nobody has founded yet."""
    return Settings(
        data_dir=tmp_path,
        ledger_url=database.ledger,
        vault_url=database.vault,
        read_url=database.read,
    )


def _opened(
    settings: Settings, urls: Databases, alter: Altered = lambda _: None, ledger: UUID | None = None
) -> Accepted:
    """Sign an opening, altered before it is signed, and run `db init` with it."""
    authority = Authority.create("Test Authority", datetime.now(UTC))
    publish_trust(authority, settings)
    credential = authority.issue("Адміністратор", PAYER_TAX_ID, PAYER_EDRPOU, "Платник")
    payer = Actor(uuid4(), uuid4(), credential)
    content = json.loads(opening(settings, payer, ledger or uuid4(), datetime.now(UTC)))
    alter(content)
    file = settings.data_dir / "opening.p7s"
    file.write_bytes(sign_cades(canonical(content), credential))
    return open_ledger(settings, urls, file)


@pytest.mark.parametrize("field", ["signing_key", "trust_store"])
def test_refuses_ledger__genesis_mismatch_at_the_opening(
    settings: Settings, database: Databases, field: str
) -> None:
    """An opening that names another key or another trust store makes nothing."""

    def alter(content: dict[str, Any]) -> None:
        content["resource"][field] = "ab" * 32

    with pytest.raises(Refused) as refusal:
        _opened(settings, database, alter)
    assert refusal.value.code == "ledger.genesis_mismatch"
    assert refusal.value.path == f"$.resource.{field}"
    with connect(database.ledger, schema=LEDGER_SCHEMA) as connection:
        assert connection.execute("SELECT to_regclass('heads')").fetchone() == (None,)


def test_refuses_ledger__genesis_mismatch_at_every_start(
    settings: Settings, database: Databases
) -> None:
    """A service whose signing key is not the one the first record names does not start."""
    _opened(settings, database)
    settings.signing_key_file.write_bytes(os.urandom(32))

    def fatal(fault: BaseException) -> None:
        raise fault

    with (
        pytest.raises(Refused) as refusal,
        bootstrap.service(settings, database, on_fatal=fatal),
    ):
        pass
    assert refusal.value.code == "ledger.genesis_mismatch"


def test_an_opening_may_be_repeated(settings: Settings, database: Databases) -> None:
    """The same file twice gives the same receipt and changes nothing."""
    first = _opened(settings, database)
    again = open_ledger(settings, database, settings.data_dir / "opening.p7s")
    assert (again.receipt, again.repeated) == (first.receipt, True)


@pytest.mark.parametrize("same", [True, False], ids=["the same ledger", "another ledger"])
def test_refuses_ledger__already_open(settings: Settings, database: Databases, same: bool) -> None:
    """Another opening finds the ledger open, whichever ledger it names."""
    ledger = uuid4()
    _opened(settings, database, ledger=ledger)
    with pytest.raises(Refused) as refusal:
        open_ledger(
            settings,
            database,
            _another_opening(settings, ledger if same else uuid4()),
        )
    assert refusal.value.code == "ledger.already_open"


def _another_opening(settings: Settings, ledger: UUID) -> Path:
    authority = Authority.create("Second Authority", datetime.now(UTC))
    publish_trust(authority, settings)
    credential = authority.issue("Другий", PAYER_TAX_ID, PAYER_EDRPOU, "Платник")
    payer = Actor(uuid4(), uuid4(), credential)
    file = settings.data_dir / "second.p7s"
    file.write_bytes(sign_cades(opening(settings, payer, ledger, datetime.now(UTC)), credential))
    return file


def test_refuses_ledger__not_open_for_another_command(
    settings: Settings, database: Databases
) -> None:
    """Only the opening command opens a ledger."""

    def alter(content: dict[str, Any]) -> None:
        scene = register_patient().content
        content.clear()
        content.update(scene)

    with pytest.raises(Refused) as refusal:
        _opened(settings, database, alter)
    assert (refusal.value.code, refusal.value.path) == ("ledger.not_open", "$.command")


def test_refuses_ledger__not_open_before_position_1(
    settings: Settings, database: Databases
) -> None:
    """Until the opening stands nothing else is judged; the answer is neither yes nor no."""
    keys = Keys.made(settings)
    bootstrap.create_databases(settings, database)
    with (
        connect(database.ledger, schema=LEDGER_SCHEMA) as connection,
        connection.cursor() as cursor,
    ):
        begin_log(cursor, LedgerId(LEDGER), RECORDS)
    early = verified(canonical(register_patient().content), TAX, None)
    evidence = EvidenceStore(lambda _: b"", lambda _: b"")

    def fatal(fault: BaseException) -> None:
        raise fault

    with open_reader(database, keys.master, founding=True) as reading:
        committer = bootstrap.build_committer(
            settings, database, reading, keys, evidence, fatal, bootstrap.clock
        )
        answers = committer.commit([Submission(early, "test")])
        committer.stop()
    assert codes(answers) == ["ledger.not_open"]
    assert isinstance(answers[0], Undecided)
    assert answers[0].kind.retry


def test_the_opening_stands_at_position_1(world: World) -> None:
    """Position 1 is the opening; payer and administrators follow in the same commit."""
    door = world.running.reader.notifications
    read = door.read(door.beginning(), 10)
    assert [each.topic for each in read[:3]] == [
        "ledger.opened.v1",
        "legal_entity.registered.v1",
        "employee.registered.v1",
    ]
    assert len({each.command_id for each in read[:3]}) == 1
    assert head(world)[0] == contents(world)["records"]
