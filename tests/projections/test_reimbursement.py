"""Report what pharmacies are reimbursed: every kopiyka is that of a charge, a denial, a line."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from ehealth_ledger.entrypoints.cli.app import app
from ehealth_ledger.values.time import (
    Month,
    from_microseconds,
    kyiv_day,
    month_of,
    next_month,
)
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from tests.cli.conftest import environment_of
from tests.countries.pharmacy import MULTI, Country, another_patient, settle
from tests.world import World
from tests.write_path.country import SOON


async def _journey(world: World) -> tuple[Country, Month]:
    """Dispense twice at one pharmacy and once at another; deny one line, correct another."""
    country = await settle(world, MULTI)
    first, second = country.pharmacies
    prescription = await country.prescribed()
    period = Month(month_of(kyiv_day(world.clock.now)))
    await country.dispensed(prescription, first, 20)
    await country.dispensed(prescription, first, 40)
    visit = await another_patient(country)
    await visit.dispensed(await visit.prescribed(), second, 10)
    await world.cut_off(period, world.clock.now + SOON)
    world.clock.ahead += 2 * SOON
    stated = await world.statement(first.contract, period, str(country.program))
    await world.countersign(world.heads[first.pharmacist.legal_entity], stated)
    charges = _charges(world)
    denied = {
        "charge": charges[0],
        "reason": "duplicate_service",
        "explanation": "Відпущено двічі",
    }
    review = {
        "statement": str(stated.fact.statement),
        "digest": stated.fact.digest,
        "denied": [denied],
    }
    await world.send("statement.review", world.payer, resource=review)
    corrected = {
        "id": "6f1f9c4e-5f0e-4a35-9d53-6b0e1c6f0a12",
        "charge": charges[1],
        "amount": 300,
        "reason": "price_corrected",
        "explanation": "Ціну уточнено",
    }
    await world.send("charge.adjust", world.payer, resource=corrected)
    return country, period


def _charges(world: World) -> list[str]:
    door = world.running.reader.notifications
    records = door.read(door.beginning(), 10_000)
    return [str(each.stream_id) for each in records if each.topic == "charge.accrued.v2"]


def _get(client: TestClient, asked: str) -> Any:
    answer = client.get(f"/reports/reimbursement?{asked}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_month_is_added_up_by_contract_program_and_product(
    world: World, client: TestClient
) -> None:
    """Counts, units and kopiykas are the charges' own; a correction is of its own month."""
    country, period = asyncio.run(_journey(world))
    Follower(world.running.reader.notifications, world.urls.read, MODELS).catch_up()
    first, second = country.pharmacies
    line = {
        "program": str(country.program),
        "product": str(country.product),
        "dispenses": 2,
        "quantity": 60,
        "amount": 12_000,
        "denied": 4_000,
        "corrected": 0,
    }
    (found,) = _get(client, f"period={period}&contract={first.contract}")["contracts"]
    assert found["lines"] == [line]
    assert found["provider"] == str(first.pharmacist.legal_entity)
    assert found["total"] == {
        "dispenses": 2,
        "amount": 12_000,
        "denied": 4_000,
        "corrected": 0,
    }
    everybody = _get(client, f"period={period}")
    assert {each["contract"]: each["total"]["amount"] for each in everybody["contracts"]} == {
        str(first.contract): 12_000,
        str(second.contract): 2_000,
    }
    one = _get(client, f"period={period}&limit=1")
    other = _get(client, f"period={period}&limit=1&after={one['next']}")
    assert [*one["contracts"], *other["contracts"]] == everybody["contracts"]
    assert other["next"] is None
    (later,) = _get(client, f"period={next_month(period)}")["contracts"]
    assert later["lines"] == [
        {**line, "dispenses": 0, "quantity": 0, "amount": 0, "denied": 0, "corrected": 300}
    ]
    _printed(world, period, str(first.contract))
    _printed_as_of(world, period, str(first.contract))


def _printed(world: World, period: str, contract: str) -> None:
    """The command line prints the same."""
    environment = environment_of(world.folder, world.urls)
    asked = ["report", "reimbursement", "--period", period, "--contract", contract]
    told = CliRunner().invoke(app, [*asked, "--json"], env=environment)
    assert told.exit_code == 0, told.output
    (found,) = json.loads(told.stdout)["contracts"]
    assert found["total"]["amount"] == 12_000
    shown = CliRunner().invoke(app, asked, env=environment)
    assert "120.00" in shown.stdout
    nothing = CliRunner().invoke(
        app, ["report", "reimbursement", "--period", "2020-01"], env=environment
    )
    assert nothing.exit_code == 1
    wrong = CliRunner().invoke(
        app, ["report", "reimbursement", "--period", "2020-13"], env=environment
    )
    assert wrong.exit_code == 2


def _printed_as_of(world: World, period: str, contract: str) -> None:
    """The command line knows every moment of the log, and says the same as HTTP of each."""
    door = world.running.reader.notifications
    at = {each.topic: each for each in door.read(door.beginning(), 10_000)}
    formed, reviewed = (at[f"statement.{step}.v1"] for step in ("formed", "countersigned"))
    environment = environment_of(world.folder, world.urls)

    def told(*asked: str, status: int = 0) -> Any:
        result = CliRunner().invoke(app, [*asked, "--json"], env=environment)
        assert result.exit_code == status, result.output
        return json.loads(result.stdout) if status == 0 else result.stderr

    before = ("--at-position", str(formed.position - 1))
    then = ("--at-position", str(reviewed.position))
    report = ("report", "reimbursement", "--period", period, "--contract", contract)
    (undenied,) = told(*report, *then)["contracts"]
    (denied,) = told(*report)["contracts"]
    assert (undenied["total"]["denied"], denied["total"]["denied"] > 0) == (0, True)
    moment = ("--at-time", from_microseconds(reviewed.recorded_at).isoformat())
    assert told(*report, *moment)["contracts"] == [undenied]
    shown = ("statement", "show", str(formed.stream_id))
    assert told(*shown)["status"] == "accepted"
    assert told(*shown, *then)["status"] == told(*shown, *moment)["status"] == "countersigned"
    assert told(*shown, *then)["digest"] == told(*shown)["digest"]
    assert "no such statement" in told(*shown, *before, status=1)
    for far in ("0", "999999"):
        assert "nothing was recorded" in told(*shown, "--at-position", far, status=2)
    assert "not both" in told(*shown, *then, *moment, status=2)
    written = {}
    for name, asked in (("now", ()), ("then", then)):
        file = world.folder / f"{name}.csv"
        told(*shown, *asked, "--format", "csv", "--output", str(file))
        written[name] = file.read_bytes()
    assert written["now"] == written["then"] != b""


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ("", "$.period"),
        ("period=2026", "$.period"),
        ("period=2026-11&contract=x", "$.contract"),
        ("period=2026-11&after=1", "$.after"),
        ("period=2026-11&limit=0", "$.limit"),
    ],
)
def test_a_report_is_asked_for_exactly(client: TestClient, asked: str, refused: str) -> None:
    """A month is always named, and nothing is guessed from a misspelt one."""
    answer = client.get(f"/reports/reimbursement?{asked}")
    assert (answer.status_code, answer.text) == (400, f"request.invalid_parameter {refused}")
