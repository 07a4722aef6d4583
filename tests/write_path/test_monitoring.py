"""Flags on a real ledger: exact inside one batch, cheap to ask, told by the feed and the lines."""

from __future__ import annotations

import asyncio
from uuid import UUID

from ehealth_ledger.aggregates.charge import successor_of
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.events.charge import ChargeAccrued, ChargeFlagged
from ehealth_ledger.values.identifiers import ChargeId
from ehealth_ledger.values.time import Month, kyiv_day, month_of, next_month
from tests.countries.pharmacy import MULTI
from tests.countries.pharmacy import settle as settle_pharmacies
from tests.world import World
from tests.write_path.country import SOON, Country, codes, commit, settle
from tests.write_path.test_corrections import sound
from tests.write_path.test_settlement import settling, withheld_visit

PRICE = 15_000


async def turned_on(world: World, **rules: int) -> None:
    """Turn rules of monitoring on from today, all others off."""
    today = kyiv_day(world.clock.now).isoformat()
    setting = {
        "name": "monitoring.rules",
        "value": rules,
        "first_day": today,
        "source": "наказ 1",
    }
    await world.send("parameter.set", world.payer, resource={"settings": [setting]})


async def bought(world: World, country: Country, planned: int) -> UUID:
    """Publish the price, and conclude a contract that plans so much for this month."""
    await world.tariff(PRICE)
    plan = [{"package": "9", "period": country.month, "amount": planned}]
    return await world.contract(country.hospital, plan)


async def visits(world: World, country: Country, count: int) -> list[Signed]:
    """Refer and redeem so many times; return the visits, signed, each to be charged."""
    signed = []
    for _ in range(count):
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, referral)
        signed.append(country.encounter(country.specialist, referral))
    return signed


def told(world: World) -> list[tuple[str, dict[str, str]]]:
    """Read every flag of the log in order, held to the charge before it."""
    door = world.running.reader.notifications
    found, charge = [], None
    for each in door.read(door.beginning(), 10_000):
        if isinstance(each.fact, ChargeAccrued):
            charge = each.fact
        if isinstance(each.fact, ChargeFlagged):
            assert charge is not None
            assert each.fact.charge == charge.charge
            said = {one.name: one.value for one in each.fact.evidence}
            found.append((each.fact.rule, said))
    return found


def test_the_ceiling_counts_the_earlier_commands_of_one_batch(world: World) -> None:
    """Of four visits in one commit the third and the fourth go beyond what two of them cost."""

    async def prepared() -> list[Signed]:
        country = await settle(world)
        await bought(world, country, 2 * PRICE)
        return await visits(world, country, 5)

    *four, last = asyncio.run(prepared())
    assert codes(commit(world, four)) == ["accepted"] * 4
    over = [
        ("over_ceiling", {"planned": str(2 * PRICE), "total": str(times * PRICE)})
        for times in (3, 4)
    ]
    assert told(world) == over
    assert codes(commit(world, [last])) == ["accepted"]
    assert told(world)[2:] == [
        ("over_ceiling", {"planned": str(2 * PRICE), "total": str(5 * PRICE)})
    ]
    sound(world)


def test_a_duplicate_is_found_in_the_same_batch_and_in_a_later_one(world: World) -> None:
    """The law knows the patient; the flag names the other charge and nobody."""

    async def prepared() -> list[Signed]:
        country = await settle(world)
        await bought(world, country, 10 * PRICE)
        await turned_on(world, duplicate_service=1)
        return await visits(world, country, 3)

    first, second, third = asyncio.run(prepared())
    assert codes(commit(world, [first, second])) == ["accepted"] * 2
    assert codes(commit(world, [third])) == ["accepted"]
    assert [rule for rule, _ in told(world)] == ["duplicate_service"] * 2
    sound(world)


def test_what_is_priced_late_or_claimed_again_is_watched(world: World) -> None:
    """A diagnosis that does not fit is told when the price comes; a ceiling at the second claim."""

    async def story() -> None:
        country = await settle(world)
        following = next_month(Month(country.month))
        plan = [{"package": "9", "period": following, "amount": PRICE - 1}]
        contract = await world.contract(country.hospital, plan)
        await turned_on(world, diagnosis_against_service=1, over_ceiling=1)
        await given_with(world, "Z9")
        _, _, withheld = await withheld_visit(world, country)
        await world.tariff(PRICE)
        await world.send("charge.settle", world.payer, resource=settling(withheld))
        assert told(world) == [("diagnosis_against_service", {"expected": "Z9"})]
        await world.cut_off(country.month, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        stated = await world.statement(contract, country.month)
        await world.countersign(country.hospital, stated)
        charge = str(successor_of(ChargeId(withheld)))
        denied = {"charge": charge, "reason": "duplicate_service", "explanation": "Двічі"}
        review = {"statement": str(stated.fact.statement), "digest": stated.fact.digest}
        await world.send("statement.review", world.payer, resource=review | {"denied": [denied]})
        again = {"charge": charge, "explanation": "Надано виписку"}
        await world.send("charge.resubmit", country.hospital, resource=again)
        over = {"planned": str(PRICE - 1), "total": str(PRICE)}
        assert told(world)[1:] == [("over_ceiling", over)]

    asyncio.run(story())
    sound(world)


async def given_with(world: World, *beginnings: str) -> None:
    """Say with which diagnoses the consultation is given, from today."""
    setting = {
        "name": "monitoring.diagnoses_by_service",
        "value": {f"{write.SERVICE_SYSTEM}|{write.CONSULTATION}": list(beginnings)},
        "first_day": kyiv_day(world.clock.now).isoformat(),
        "source": "наказ 1",
    }
    await world.send("parameter.set", world.payer, resource={"settings": [setting]})


def test_a_medicines_ceiling_is_its_programs(world: World) -> None:
    """Forty tablets are within what an amendment plans, and twenty more are not."""

    async def story() -> None:
        country = await settle_pharmacies(world, MULTI)
        pharmacy = country.pharmacies[0]
        program, period = str(country.program), month_of(kyiv_day(world.clock.now))
        await world.contract(
            world.heads[pharmacy.pharmacist.legal_entity],
            [{"package": program, "period": period, "amount": 8_000}],
            contract=str(pharmacy.contract),
            contract_number="T-1",
            kind="REIMBURSEMENT",
            packages=[program],
            divisions=[str(pharmacy.drugstore)],
        )
        prescription = await country.prescribed()
        for quantity in (40, 20):
            await country.dispensed(prescription, pharmacy, quantity)
        assert told(world) == [("over_ceiling", {"planned": "8000", "total": "12000"})]
        sound(world)

    asyncio.run(story())
