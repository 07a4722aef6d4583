"""Read months of capitation back: the report over HTTP and in a terminal, and the statement."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from ehealth_ledger.entrypoints.cli.app import app
from ehealth_ledger.pricing.capitation_report import Counted, Group, report
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.notifications import Notifications
from ehealth_ledger.values.money import Kopiykas
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.projectors.replay import replay_statements
from projections.read_models.schema import prepare
from tests.countries.capitation import Practice, living_on, reach, release, settled
from tests.projections.live import findings, rows
from tests.projections.log import silent
from tests.world import HOSPITAL_EDRPOU, World

OCTOBER = date(2018, 10, 1)


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger in September 2018 and prepare its read side."""
    prepare(database.read)
    with living_on(tmp_path, database, date(2018, 9, 10)) as founding:
        yield founding


@pytest.fixture
def log(world: World) -> Notifications:
    """Read the world's log."""
    return world.running.reader.notifications


async def _story(world: World) -> Practice:
    """Declare five in September, one in the mountains and two above the limit of the valley."""
    practice = await settled(world)
    await release(world)
    posts = [practice.post(practice.valley, limit=2), practice.post(practice.mountains)]
    await practice.concluded(OCTOBER, date(2018, 12, 31), employees=posts)
    for born in (date(1990, 1, 5), date(1950, 1, 5), date(1991, 1, 5), date(1992, 1, 5)):
        await practice.declared(await practice.patient(born))
    await practice.declared(await practice.patient(date(2015, 1, 5)), mountain=True)
    return practice


def _follow(world: World) -> None:
    Follower(world.running.reader.notifications, world.urls.read, MODELS).catch_up()


def test_a_month_is_reported_by_place_and_band(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts and amounts of each group, who is left out, and the same from the command line."""
    practice = asyncio.run(_story(world))
    reach(world.clock, OCTOBER, 4)
    before = world.running.reader.notifications.head().position
    world.tick()
    _follow(world)
    answer = client.get(
        "/reports/capitation", params={"period": "2018-10", "contract": str(practice.contract)}
    ).json()
    (month,) = answer["months"]
    assert month["rows"] == [
        _row("18-39", mountain=False, amount=3_083),
        _row("65+", mountain=False, amount=6_167),
        _row("0-5", mountain=True, amount=15_417),
    ]
    assert (month["patients"], month["amount"], month["declared"]) == (3, 24_667, 5)
    assert [each["beyond"] for each in month["packages"]] == [2]
    assert answer["next"] is None
    none = client.get("/reports/capitation", params={"period": "2018-11"}).json()
    assert none["months"] == []
    past = client.get("/reports/capitation", params={"at_position": str(before)}).json()
    assert past["months"] == []
    assert client.get("/reports/capitation", params={"period": "x"}).status_code == 400
    assert client.get("/reports/capitation", params={"month": "2018-10"}).status_code == 400

    _settle_environment(world, monkeypatch)
    asked = ["report", "capitation", "--period", "2018-10"]
    told = CliRunner().invoke(app, [*asked, "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["months"] == [month]
    shown = CliRunner().invoke(app, asked)
    assert "2 beyond the ladder" in shown.stdout
    assert "246.67 ₴" in shown.stdout
    absent = CliRunner().invoke(app, ["report", "capitation", "--period", "2018-11"])
    assert absent.exit_code == 1
    head = str(world.running.reader.notifications.head().position)
    told = CliRunner().invoke(app, [*asked, "--json", "--at-position", head])
    assert json.loads(told.stdout)["months"] == [month]
    assert CliRunner().invoke(app, [*asked, "--at-position", str(before)]).exit_code == 1


def _settle_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line find this ledger."""
    for name, url in world.urls._asdict().items():
        monkeypatch.setenv(f"EHEALTH_{name.upper()}_URL", url)
    monkeypatch.setenv("EHEALTH_DATA_DIR", str(world.folder))


def _row(band: str, *, mountain: bool, amount: int) -> dict[str, Any]:
    return {
        "package": "1",
        "mountain": mountain,
        "band": band,
        "up_to_percent": None,
        "patients": 1,
        "amount": amount,
    }


def test_what_is_read_is_what_the_log_says_and_the_statement_replays(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebuilt equals live, row for row; the statement shows base, divisor and coefficients."""
    practice = asyncio.run(_story(world))
    reach(world.clock, OCTOBER, 4)
    world.tick()
    statement = str(uuid4())

    async def stated() -> None:
        await world.cut_off("2018-10", world.clock.now + timedelta(hours=1))
        world.clock.ahead += timedelta(hours=2)
        key = {"contract": str(practice.contract), "package": "1", "period": "2018-10"}
        await world.send("statement.form", world.payer, resource={"id": statement, **key})

    asyncio.run(stated())
    _follow(world)
    log, read_url = world.running.reader.notifications, world.urls.read
    before = rows(read_url, "capitation")
    assert findings(log, read_url, "capitation") == []
    rebuild(log, read_url, "capitation", silent)
    assert rows(read_url, "capitation") == before
    shown = client.get(f"/statements/{statement}").json()["statement"]
    (child,) = [each for each in shown["lines"] if each["band"] == "0-5"]
    assert (child["base"], child["per"], child["quantity"]) == (37_000, 12, 1)
    assert [(each["code"], each["value"]) for each in child["coefficients"]] == [
        ("age-0-5", "4"),
        ("mountain", "1.25"),
    ]
    live = client.get(f"/statements/{statement}/bytes").content
    assert json.loads(live)["format"] == "ehealth/statement/2"
    (replayed,) = replay_statements(log, log.head().position, silent).values()
    assert replayed.to_bytes() == live
    _settle_environment(world, monkeypatch)
    printed = CliRunner().invoke(app, ["statement", statement])
    assert printed.exit_code == 0, printed.output
    assert "370.00 / 12 × 4 × 1.25" in printed.stdout
    act = client.get("/reports/capitation").json()["months"][0]["command_id"]
    assert printed.stdout.count(act) == len(shown["lines"])


def test_the_report_is_a_pure_sum_over_charges() -> None:
    """Doctors of one group are added up; bands go by age and not by their spelling."""
    old, young = Group("1", False, "6-17", None), Group("1", False, "18-39", None)
    above = Group("1", False, None, 110)
    charges = [
        Counted(above, 1, Kopiykas(3)),
        Counted(young, 1, Kopiykas(10)),
        Counted(old, 2, Kopiykas(20)),
        Counted(young, 3, Kopiykas(31)),
    ]
    found = report(charges)
    assert [(each.group, each.patients, each.amount) for each in found.rows] == [
        (old, 2, 20),
        (young, 4, 41),
        (above, 1, 3),
    ]
    assert report(reversed(charges)) == found
    assert (found.patients, found.amount) == (7, 64)


def test_a_month_waits_for_its_tariff_until_it_is_settled(world: World, client: TestClient) -> None:
    """It is among the work to do, and afterwards reported like any other, with who settled it."""

    async def story() -> dict[str, str]:
        practice = await settled(world)
        await practice.concluded(OCTOBER, date(2018, 12, 31))
        await practice.declared(await practice.patient(date(1990, 1, 5)))
        return {"contract": str(practice.contract), "period": "2018-10"}

    month = asyncio.run(story())
    reach(world.clock, OCTOBER, 4)
    world.tick()
    _follow(world)
    (waiting,) = client.get("/months/withheld", params=month).json()["months"]
    assert (waiting["packages"][0]["withheld"], waiting["rows"]) == ("no_tariff", [])
    assert client.get("/months/withheld", params={"period": "2018-11"}).json()["months"] == []
    assert client.get("/months/withheld", params={"status": "x"}).status_code == 400

    asyncio.run(release(world))
    asked = {**month, "explanation": "Тариф оприлюднено"}
    asyncio.run(world.send("month.settle", world.payer, resource=asked))
    _follow(world)
    assert client.get("/months/withheld").json()["months"] == []
    (told,) = client.get("/reports/capitation", params=month).json()["months"]
    assert told["rows"] == [_row("18-39", mountain=False, amount=3_083)]
    assert (told["packages"][0]["withheld"], told["status"]) == (None, "counted")
    (step,) = told["settled"]
    assert (step["packages"], step["employee"]) == (["1"], str(world.payer.employee))
    log, read_url = world.running.reader.notifications, world.urls.read
    rebuild(log, read_url, "capitation", silent)
    assert findings(log, read_url, "capitation") == []


async def _rate(
    world: World, package: str, first_day: str, last_day: str, replaces: str | None = None
) -> str:
    released = {
        "id": str(uuid4()),
        "package": package,
        "first_day": first_day,
        "last_day": last_day,
        "order": "№ 1",
        "trust": "invented",
        "terms": {"kind": "global", "rate": 15_000_000},
        **({} if replaces is None else {"replaces": replaces}),
    }
    version = 1 if replaces is None else 2
    await world.send("tariff.release", world.payer, version=version, resource=released)
    return str(released["id"])


def test_a_month_at_the_global_rate_waits_once_its_rate_is_released(
    world: World, client: TestClient
) -> None:
    """Before, nothing tells its package from one that is paid by the act; settled, it is done."""

    async def story() -> dict[str, str]:
        hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
        await _rate(world, "9", "2018-01-01", "2018-12-31")
        days = {"first_day": "2018-10-01", "last_day": "2018-12-31"}
        contract = await world.contract(hospital, packages=["9", "3", "5"], **days)
        return {"contract": str(contract), "period": "2018-10"}

    def waiting(**also: Any) -> list[dict[str, Any]]:
        _follow(world)
        found: list[dict[str, Any]] = client.get("/months/withheld", params=also).json()["months"]
        return found

    month = asyncio.run(story())
    reach(world.clock, OCTOBER, 4)
    assert world.tick().recorded == 1
    assert waiting() == []
    asyncio.run(_rate(world, "3", "2018-11-01", "2018-12-31"))
    assert waiting() == []
    before = world.running.reader.notifications.head().position
    asyncio.run(_rate(world, "5", "2018-10-01", "2018-10-31"))
    (found,) = waiting(**month)
    assert (found["kind"], found["unrated"], found["waiting"]) == ("global", ["3", "5"], ["5"])
    assert [each["package"] for each in found["packages"]] == ["9"]
    assert waiting(at_position=before) == []
    assert client.get("/reports/capitation").json()["months"] == []

    asked = {**month, "explanation": "Тариф оприлюднено"}
    asyncio.run(world.send("month.settle", world.payer, resource=asked))
    assert waiting() == []
    log, read_url = world.running.reader.notifications, world.urls.read
    rebuild(log, read_url, "capitation", silent)
    assert findings(log, read_url, "capitation") == []


def test_a_month_waits_as_long_as_a_rate_holds_on_its_day(world: World, client: TestClient) -> None:
    """A rate that was replaced tells of a month by the days it has left; of none, by nothing."""

    async def story() -> None:
        hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
        days = {"first_day": "2018-10-01", "last_day": "2018-12-31"}
        await world.contract(hospital, packages=["3"], **days)

    def waiting(**also: Any) -> list[str]:
        _follow(world)
        found = client.get("/months/withheld", params=also).json()["months"]
        return [each["period"] for each in found]

    asyncio.run(story())
    reach(world.clock, date(2018, 11, 1), 4)
    assert world.tick().recorded == 2
    elder = asyncio.run(_rate(world, "3", "2018-11-02", "2018-12-31"))
    assert waiting() == []
    year = asyncio.run(_rate(world, "3", "2018-10-01", "2018-12-31", elder))
    assert waiting() == ["2018-10", "2018-11"]
    late = asyncio.run(_rate(world, "3", "2018-10-15", "2018-12-31", year))
    assert waiting() == ["2018-10", "2018-11"]
    told = {str(each[0]): each[2:4] for each in rows(world.urls.read, "capitation")["month_rate"]}
    assert told == {year: ("2018-10-01", "2018-10-14"), late: ("2018-10-15", "2018-12-31")}
    log, read_url = world.running.reader.notifications, world.urls.read
    rebuild(log, read_url, "capitation", silent)
    assert findings(log, read_url, "capitation") == []


def test_a_month_of_a_contract_that_rested_never_waits(world: World, client: TestClient) -> None:
    """It began while nothing was paid under the contract: no rate changes that."""

    async def story() -> None:
        hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
        days = {"first_day": "2018-10-01", "last_day": "2018-12-31"}
        contract = await world.contract(hospital, packages=["3"], **days)
        named = {"contract": str(contract), "reason": "Перевірка"}
        await world.send("contract.suspend", world.payer, resource=named)
        reach(world.clock, OCTOBER, 4)
        await world.send("contract.resume", world.payer, resource=named)

    asyncio.run(story())
    assert world.tick().recorded == 1
    asyncio.run(_rate(world, "3", "2018-10-01", "2018-10-31"))
    _follow(world)
    assert client.get("/months/withheld").json()["months"] == []
