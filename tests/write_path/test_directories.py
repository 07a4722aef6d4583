"""Directories through the write path: published in parts, retired, seen by every committer."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from ehealth_ledger.entrypoints import bootstrap, loading
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.values.time import kyiv_day
from tests.world import CMS, World
from tests.write_path.country import codes, committer_of, submission

SYSTEM = "eHealth/test_colours"
_FILE = Path("shared") / "data" / "ehealth-dictionaries.json"


def _published(world: World, *wanted: str, first_day: str = "2018-01-01") -> Signed:
    resource = {
        "system": SYSTEM,
        "version": f"from {first_day}",
        "first_day": first_day,
        "source": "a test",
        "codes": [{"code": each} for each in wanted],
    }
    return world.author.sign("directory.publish", world.payer, resource=resource)


def _retired(world: World, code: str, from_day: date) -> Signed:
    resource = {
        "system": SYSTEM,
        "from_day": from_day.isoformat(),
        "source": "a test",
        "codes": [code],
    }
    return world.author.sign("directory.retire_codes", world.payer, resource=resource)


def test_another_committer_sees_what_was_retired(world: World) -> None:
    """A committer that holds the directory in memory learns that a rival retired a code."""
    day = kyiv_day(world.clock.now) + timedelta(days=1)
    first, second = _retired(world, "red", day), _retired(world, "red", day)
    with committer_of(world) as one, committer_of(world) as two:
        assert codes(one.commit([submission(world, _published(world, "red", "blue"))])) == [
            "accepted"
        ]
        assert codes(two.commit([submission(world, _retired(world, "blue", day))])) == ["accepted"]
        assert codes(one.commit([submission(world, first)])) == ["accepted"]
        assert codes(two.commit([submission(world, second)])) == ["directory.code_not_active"]


def test_one_batch_publishes_and_retires(world: World) -> None:
    """A command sees the codes that an earlier one of its batch published."""
    day = kyiv_day(world.clock.now)
    signed = [
        _retired(world, "red", day),
        _published(world, "red"),
        _retired(world, "red", day),
        _retired(world, "red", day),
    ]
    with committer_of(world) as committer:
        answers = committer.commit([submission(world, each) for each in signed])
    assert codes(answers) == [
        "directory.unknown",
        "accepted",
        "accepted",
        "directory.code_not_active",
    ]


@pytest.mark.parametrize(
    ("name", "at_least"),
    [("eHealth/ICPC2/condition_codes", 1), ("eHealth/ICD10/condition_codes", 2)],
)
def test_a_real_directory_is_loaded_in_parts(world: World, name: str, at_least: int) -> None:
    """The public lists fit requests, are judged by at once, and verify."""
    version = loading.Version(SYSTEM, "2019", date(2018, 1, 1), "a test")
    payer = world.payer
    signatory = loading.Signatory(world.author.ledger, payer.legal_entity, payer.employee)
    listed = _real(name)
    parts = list(
        loading.contents(
            loading.resources(listed, version),
            signatory,
            now=datetime.now(UTC),
            new_id=uuid4,
        )
    )
    assert len(parts) >= at_least
    for content in parts:
        container = sign_cades(content, payer.credential)
        assert len(container) < world.settings.max_body_bytes
        asyncio.run(world.running.intake.accept(container, CMS, client="test"))
    code = next(reversed(listed))
    last = _retired(world, code, kyiv_day(world.clock.now))
    with committer_of(world) as committer:
        assert codes(committer.commit([submission(world, last)])) == ["accepted"]
    master_key = bootstrap.Keys.read(world.settings).master
    report = verify_ledger(world.urls, master_key, progress=lambda *_: None)
    assert not report.findings


def _real(name: str) -> dict[str, str]:
    beside = Path(__file__).parents[3:5]  # beside the project, or beside the folder it lies in
    found = [folder / _FILE for folder in beside if (folder / _FILE).exists()]
    if not found:
        pytest.skip(f"the public dictionaries are not at hand: no {_FILE} beside the project")
    loaded: dict[str, dict[str, str]] = json.loads(found[0].read_text(encoding="utf-8"))
    return loaded[name]
