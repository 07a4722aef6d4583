"""Deny as many lines as one review can: thousands of facts of one command, all the way through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.charge import charge_id
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.commands.statement import DENIALS_MAX
from ehealth_ledger.entrypoints.audit import verify_money
from ehealth_ledger.entrypoints.bootstrap import Keys
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.events.charge import ChargeAccrued, ChargeDenied
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import StatementFormed, StatementReviewed
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.values.time import Month
from projections.projectors.follower import Follower
from projections.read_models.schema import prepare
from tests.projections.live import rows
from tests.world import World
from tests.write_path.country import SOON, settle, superuser
from tests.write_path.test_corrections import review
from tests.write_path.test_money import Books, charge_of, facts_of

MODEL = "payment_statement"
LINES = 3 * DENIALS_MAX // 5
HEAD_HELD_S_MAX = 15.0  # some two seconds by itself; hashed again for every fact, half a minute


def _crowded(like: ChargeAccrued) -> Callable[[Any], list[Fact]]:
    """Let whoever sets a cut-off charge thousands of acts: no other law would in seconds."""
    law = LAWS[SetCutOff].judge

    def judge(case: Any) -> list[Fact]:
        more = (
            like.model_copy(
                update={"charge": charge_id(UUID(int=at), 1), "act_position": 1_000_000 + at}
            )
            for at in range(LINES)
        )
        return [*law(case), *more]

    return judge


async def _stated(world: World, monkeypatch: pytest.MonkeyPatch) -> Books:
    """State a month of one act and thousands that nobody recorded; the provider signs."""
    country = await settle(world)
    await world.tariff(15_000)
    contract = await world.contract(country.hospital)
    like = charge_of(world, await country.treated())
    crowded = replace(LAWS[SetCutOff], judge=_crowded(like))
    with monkeypatch.context() as patched:
        laws = {**LAWS, SetCutOff: crowded}
        patched.setattr("ehealth_ledger.intake.judgement.LAWS", laws)
        await world.cut_off(like.period, world.clock.now + SOON)
    with superuser(world) as connection:
        connection.execute("ANALYZE")  # as a server does by itself, when it is not a minute old
    world.clock.ahead += 2 * SOON
    period = Month(like.period)
    receipt = await world.post(country.forming(contract, period))
    (formed,) = facts_of(world, receipt)
    assert isinstance(formed, StatementFormed)
    assert formed.count == LINES + 1
    books = Books(country, contract, period, formed.statement, formed, receipt)
    await world.send("statement.countersign", country.hospital, resource=books.countersignature)
    return books


def _denying(world: World, books: Books) -> Signed:
    """Deny all lines but one; as shortly as may be, for the request has a bound of its own."""
    door = world.running.reader.notifications
    found = (each.fact for each in door.read(door.beginning(), 20_000))
    charges = [each for each in found if isinstance(each, ChargeAccrued)]
    resource = review(books, *charges[:LINES])
    for each in resource["denied"]:
        each["explanation"] = "Двічі"
        del each["rule"]
    return world.author.sign("statement.review", world.payer, resource=resource)


def test_thousands_of_lines_are_denied_by_one_review(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded under one lock in seconds, and read in one pass with every line's explanation."""

    async def story() -> Accepted:
        books = await _stated(world, monkeypatch)
        signed = _denying(world, books)
        assert len(signed.container) * DENIALS_MAX < world.settings.max_body_bytes * LINES
        began = perf_counter()
        reviewed = await world.post(signed)
        assert perf_counter() - began < HEAD_HELD_S_MAX
        return reviewed

    reviewed = asyncio.run(story())
    placed = reviewed.receipt.placement
    assert placed.last_position - placed.first_position == LINES
    door = world.running.reader.notifications
    records = door.read(door.place_at(placed.first_position - 1), LINES + 1)
    assert isinstance(records[0].fact, StatementReviewed)
    assert (records[0].fact.denied, records[0].fact.accepted) == (LINES, 15_000)
    last = records[-1]
    assert isinstance(last.fact, ChargeDenied)
    assert last._envelope is records[0]._envelope  # fetched once for all of them
    assert last.said(last.fact.denial_pointer)["charge"] == str(last.fact.charge)
    _read(world)
    assert (
        verify_money(
            world.urls, Keys.read(world.settings).master, progress=lambda *_: None
        ).findings
        == ()
    )


def _read(world: World) -> None:
    """Follow it: each charge says why it was denied, in the payer's own words."""
    prepare(world.urls.read)
    Follower(world.running.reader.notifications, world.urls.read, [MODEL]).catch_up()
    found = rows(world.urls.read, MODEL)
    denied = [row for row in found["payment_charge"] if row[2] == "denied"]
    assert len(denied) == LINES
    assert all('"explanation":"Двічі"' in row[-1] for row in denied)
    (statement,) = found["payment_statement"]
    assert '"owed":15000' in statement[-1]
