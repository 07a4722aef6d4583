"""Acts without an electronic referral on a real ledger: charged, flagged, settled, derived."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.aggregates import settlement, unreferred
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Act, charge_id
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.resources import diagnostics
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeFlagged,
    ChargeSettled,
    ChargeWithheld,
)
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import kyiv_day
from tests.countries import encounters
from tests.world import World
from tests.write_path.country import SOON, Country, codes, commit, settle, superuser
from tests.write_path.test_corrections import sound
from tests.write_path.test_money import facts_of
from tests.write_path.test_settlement import settling
from tests.write_path.test_tick import findings

ECG = diagnostics.ELECTROCARDIOGRAM[0]
SERVICE = f"{write.SERVICE_SYSTEM}|{ECG}"
PRICE = 4_000


async def _says(world: World, **settings: Any) -> None:
    """Set parameters from today, dots written as two underscores."""
    today = kyiv_day(world.clock.now).isoformat()
    listed = [
        {
            "name": name.replace("__", "."),
            "value": value,
            "first_day": today,
            "source": "наказ 1",
        }
        for name, value in settings.items()
    ]
    await world.send("parameter.set", world.payer, resource={"settings": listed})


async def bought(world: World, *, price: bool = True) -> Country:
    """Buy electrocardiograms, let them earn without a referral, and ask for one all the same."""
    country = await settle(world)
    if price:
        await world.tariff(PRICE, service=ECG)
    await world.contract(country.hospital)
    await _says(
        world,
        charge__services_without_referral=[SERVICE],
        monitoring__services_by_referral=[SERVICE],
        monitoring__rules={"missing_referral": 1},
    )
    return country


def on_paper(country: Country, wanted: UUID) -> Json:
    day = kyiv_day(country.world.clock.now).isoformat()
    return diagnostics.procedure(
        wanted,
        country.patient,
        country.specialist,
        at=country.world.clock.now - timedelta(minutes=5),
        paper=diagnostics.paper_referral("30000009", "Лікар Паперовий", day),
    )


async def recorded(country: Country, resource: Json) -> Accepted:
    return await country.world.send("procedure.record", country.specialist, resource=resource)


def _package(country: Country, *procedures: UUID, referral: UUID | None = None) -> list[Json]:
    """Write a package with electrocardiograms."""
    world = country.world
    resources = write.encounter_package(
        country.patient,
        country.specialist,
        at=world.clock.now,
        episode=country.episode,
        referral=referral,
    )
    within = {"reference": f"Encounter/{resources[0]['id']}"}
    for each in procedures:
        done = diagnostics.procedure(each, country.patient, country.specialist, at=world.clock.now)
        del done["category"], done["outcome"]
        resources.append({**done, "encounter": within})
    return resources


def test_procedures_of_one_package_earn_each_by_itself(world: World) -> None:
    """One is taken back alone, the other with its package; twice is refused; the books balance."""
    first, second = uuid4(), uuid4()

    async def prepared() -> Country:
        return await bought(world)

    country = asyncio.run(prepared())
    resources = _package(country, first, second)
    recording = world.author.sign("encounter.record", country.specialist, resources=resources)
    assert codes(commit(world, [recording])) == ["accepted"]
    ids = [charge_id(each, ATTEMPT_FIRST) for each in (first, second)]
    with superuser(world) as connection:
        rows = connection.execute(
            "SELECT charge, amount, unreferred FROM charges ORDER BY position"
        ).fetchall()
    assert rows == [(each, PRICE, True) for each in ids]
    assert findings(world) == []
    at = len(resources) - 2
    rest = [place for place in range(len(resources)) if place != at]
    for places in ((at,), rest):
        signed = encounters.cancellation(
            world, country.specialist, country.patient, resources, *places
        )
        assert codes(commit(world, [signed])) == ["accepted"]
    with superuser(world) as connection:
        gone = connection.execute("SELECT charge FROM withdrawn_charges ORDER BY position")
        assert [row[0] for row in gone.fetchall()] == ids
    sound(world)


def test_two_procedures_of_a_package_are_two_lines_that_are_paid(world: World) -> None:
    """One is denied and claimed again: the books hold each of them for an act of its own."""

    async def story() -> None:
        country = await bought(world)
        first, second = uuid4(), uuid4()
        resources = _package(country, first, second)
        await world.send("encounter.record", country.specialist, resources=resources)
        with superuser(world) as connection:
            ((contract,),) = connection.execute("SELECT contract FROM contracts").fetchall()
        period = country.month
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        stated = await world.statement(contract, period)
        assert (stated.fact.count, stated.fact.total) == (2, 2 * PRICE)
        await world.countersign(country.hospital, stated)
        charge = str(charge_id(second, ATTEMPT_FIRST))
        denied = {"charge": charge, "reason": "duplicate_service", "explanation": "Двічі"}
        review = {"statement": str(stated.fact.statement), "digest": stated.fact.digest}
        await world.send("statement.review", world.payer, resource=review | {"denied": [denied]})
        again = {"charge": charge, "explanation": "Різні проби"}
        claimed = await world.send("charge.resubmit", country.hospital, resource=again)
        _, charged, flag = facts_of(world, claimed)
        assert isinstance(charged, ChargeAccrued)
        assert isinstance(flag, ChargeFlagged)
        assert (charged.unreferred, flag.charge) == ("none", charged.charge)
        following = charged.period
        await world.cut_off(following, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        stated = await world.statement(contract, following)
        await world.countersign(country.hospital, stated)
        await world.accept(stated)

    asyncio.run(story())
    sound(world)


def test_what_waited_for_a_tariff_is_settled_and_flagged_then(world: World) -> None:
    """The charge at last says as the withheld one did that a referral on paper was there."""

    async def story() -> None:
        country = await bought(world, price=False)
        _, waits = facts_of(world, await recorded(country, on_paper(country, uuid4())))
        assert isinstance(waits, ChargeWithheld)
        await world.tariff(PRICE, service=ECG)
        asked = settling(waits.charge)
        settled, charge, flag = facts_of(
            world, await world.send("charge.settle", world.payer, resource=asked)
        )
        assert isinstance(settled, ChargeSettled)
        assert isinstance(charge, ChargeAccrued)
        assert charge.unreferred == waits.unreferred == "paper"
        assert isinstance(flag, ChargeFlagged)

    asyncio.run(story())
    sound(world)


def test_a_setting_counts_from_its_own_batch_on(world: World) -> None:
    """Payer and hospital meet in one commit: what was set before the act is known to its law."""

    async def prepared() -> Country:
        country = await settle(world)
        await world.tariff(PRICE, service=ECG)
        await world.contract(country.hospital)
        return country

    country = asyncio.run(prepared())
    before = country.sign(
        "procedure.record", country.specialist, resource=on_paper(country, uuid4())
    )
    setting = country.sign(
        "parameter.set",
        world.payer,
        resource={
            "settings": [
                {
                    "name": "charge.services_without_referral",
                    "value": [SERVICE],
                    "first_day": kyiv_day(world.clock.now).isoformat(),
                    "source": "наказ 1",
                }
            ]
        },
    )
    after = country.sign(
        "procedure.record", country.specialist, resource=on_paper(country, uuid4())
    )
    assert codes(commit(world, [before, setting, after])) == ["accepted"] * 3
    with superuser(world) as connection:
        assert connection.execute("SELECT count(*) FROM charges").fetchone() == (1,)
    assert findings(world) == []


def test_a_settled_charge_that_forgets_what_it_was_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who settles it as if a referral had been answered is contradicted by the withheld charge."""

    async def story() -> None:
        country = await bought(world, price=False)
        _, waits = facts_of(world, await recorded(country, on_paper(country, uuid4())))
        assert isinstance(waits, ChargeWithheld)
        await world.tariff(PRICE, service=ECG)
        asked = settling(waits.charge)
        with monkeypatch.context() as patch:
            patch.setattr(settlement, "Act", lambda **said: Act(**{**said, "unreferred": None}))
            await world.send("charge.settle", world.payer, resource=asked)

    asyncio.run(story())
    (found,) = findings(world)
    assert found.endswith("not the charge that was denied or withheld")


FORGERIES: dict[str, tuple[Any, str, Any, str]] = {
    "an act that earned and is not charged": (
        unreferred,
        "earns",
        lambda *_: False,
        "not what earns without a referral by what was in force",
    ),
    "a procedure that is charged without its flag": (
        import_module("ehealth_ledger.aggregates.encounter.record"),  # a function has its name
        "watched",
        lambda _, facts, __: facts,
        "not the referrals that are missing by what was in force",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_charge_without_a_referral_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch, forgery: str
) -> None:
    """An operator who spares or invents one is contradicted by what was signed."""
    module, name, instead, text = FORGERIES[forgery]
    country = asyncio.run(bought(world))
    with monkeypatch.context() as patch:
        patch.setattr(module, name, instead)
        resources = _package(country, uuid4())
        signed = world.author.sign("encounter.record", country.specialist, resources=resources)
        assert codes(commit(world, [signed])) == ["accepted"]
    (found,) = findings(world)
    assert found.startswith("charge.altered at records/")
    assert found.endswith(text)


def test_a_charge_that_nobody_said_earns_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hospital's friend among the operators charges what the payer never said it pays for."""

    async def prepared() -> Country:
        country = await settle(world)
        await world.tariff(PRICE, service=ECG)
        await world.contract(country.hospital)
        return country

    country = asyncio.run(prepared())
    with monkeypatch.context() as patch:
        patch.setattr(unreferred, "earns", lambda *_: True)
        asyncio.run(recorded(country, on_paper(country, uuid4())))
    (found,) = findings(world)
    assert found.endswith("not what earns without a referral by what was in force")
