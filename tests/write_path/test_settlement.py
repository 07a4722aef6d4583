"""Settle on a real ledger: once, in the open month, taken back with its act; the books balance."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
)
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.time import next_month
from tests.countries import encounters
from tests.countries.pharmacy import settle as settle_pharmacies
from tests.world import World
from tests.write_path.country import SOON, Country, codes, commit, settle
from tests.write_path.test_corrections import sound
from tests.write_path.test_money import facts_of, refused
from tests.write_path.test_reimbursement import standing


def settling(charge: UUID) -> dict[str, Any]:
    """Write what names a withheld charge."""
    return {"charge": str(charge), "explanation": "Тариф опубліковано"}


async def withheld_visit(world: World, country: Country) -> tuple[Accepted, list[Any], UUID]:
    """Treat without a tariff; return the receipt, the package, the withheld charge."""
    referral = await world.referral(country.doctor, country.patient)
    await world.redemption(country.specialist, country.patient, referral)
    package = encounters.package(
        world, country.specialist, country.patient, country.episode, referral
    )
    accepted = await encounters.record(world, country.specialist, package)
    withheld = facts_of(world, accepted)[-1]
    assert isinstance(withheld, ChargeWithheld)
    return accepted, package, withheld.charge


def test_a_tariff_that_comes_late_prices_the_act(world: World) -> None:
    """The act's month has closed meanwhile: the charge is of the next one, and there only once."""

    async def story() -> None:
        country = await settle(world)
        contract = await world.contract(country.hospital)
        accepted, _, charge = await withheld_visit(world, country)
        period = country.month
        asked = settling(charge)
        payer = world.payer
        refusal = await refused(world, "charge.settle", payer, **asked)
        assert refusal == ("charge.still_no_tariff", "$.resource.charge")
        await world.tariff(15_000)
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        settled, priced = facts_of(world, await world.send("charge.settle", payer, resource=asked))
        assert isinstance(settled, ChargeSettled)
        assert isinstance(priced, ChargeAccrued)
        assert priced.act_position == accepted.receipt.placement.first_position
        assert (priced.contract, priced.period) == (contract, next_month(period))
        refusal = await refused(world, "charge.settle", payer, **asked)
        assert refusal == ("charge.already_settled", "$.resource.charge")
        other = settling(priced.charge)
        refusal = await refused(world, "charge.settle", payer, **other)
        assert refusal == ("charge.not_withheld", "$.resource.charge")
        sound(world)

    asyncio.run(story())


def test_an_act_in_error_takes_back_what_was_settled(world: World) -> None:
    """Cancelled before, nothing is settled; cancelled after, the settled charge is withdrawn."""

    async def story() -> None:
        country = await settle(world)
        await world.contract(country.hospital)
        _, wrong, never = await withheld_visit(world, country)
        _, package, charge = await withheld_visit(world, country)
        await encounters.cancel(world, country.specialist, country.patient, wrong)
        await world.tariff(15_000)
        refusal = await refused(world, "charge.settle", world.payer, **settling(never))
        assert refusal == ("charge.act_in_error", "$.resource.charge")
        settled = await world.send("charge.settle", world.payer, resource=settling(charge))
        priced = facts_of(world, settled)[1]
        assert isinstance(priced, ChargeAccrued)
        cancelled = await encounters.cancel(world, country.specialist, country.patient, package)
        withdrawn = facts_of(world, cancelled)[-1]
        assert isinstance(withdrawn, ChargeWithdrawn)
        assert (withdrawn.charge, withdrawn.period) == (priced.charge, priced.period)
        sound(world)

    asyncio.run(story())


async def standing_of(world: World, contract: UUID, command: str) -> None:
    """Suspend or resume a contract."""
    resource = {"contract": str(contract), "reason": "Перевірка"}
    await world.send(command, world.payer, resource=resource)


def test_what_was_done_while_the_contract_rested_stays_unpaid(world: World) -> None:
    """Resuming pays from its day on; no settlement reaches behind it, nor does a late record."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        await standing_of(world, contract, "contract.suspend")
        _, _, charge = await withheld_visit(world, country)
        people = (country.specialist, country.patient)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(*people, referral)
        unrecorded = encounters.package(world, *people, country.episode, referral)
        world.clock.ahead += timedelta(days=2)
        await standing_of(world, contract, "contract.resume")
        refusal = await refused(world, "charge.settle", world.payer, **settling(charge))
        assert refusal == ("charge.still_no_contract", "$.resource.charge")
        late = await encounters.record(world, country.specialist, unrecorded)
        withheld = facts_of(world, late)[-1]
        assert isinstance(withheld, ChargeWithheld)
        assert withheld.reason == "no_contract"
        assert isinstance(facts_of(world, await country.treated())[-1], ChargeAccrued)
        sound(world)

    asyncio.run(story())


def test_a_suspension_counts_from_the_kyiv_day_on_which_it_is_recorded(world: World) -> None:
    """At 22:30 UTC the next day has begun in Kyiv: what was done on the day before is paid."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        people = (country.specialist, country.patient)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(*people, referral)
        yesterday = encounters.package(world, *people, country.episode, referral)
        evening = world.clock.now.replace(hour=22, minute=30)
        world.clock.ahead += evening - world.clock.now
        await standing_of(world, contract, "contract.suspend")
        recorded = await encounters.record(world, country.specialist, yesterday)
        assert isinstance(facts_of(world, recorded)[-1], ChargeAccrued)
        _, _, today = await withheld_visit(world, country)
        refusal = await refused(world, "charge.settle", world.payer, **settling(today))
        assert refusal == ("charge.still_no_contract", "$.resource.charge")
        sound(world)

    asyncio.run(story())


def test_a_suspension_counts_for_what_follows_in_its_batch(world: World) -> None:
    """The contract was looked up before any of the batch was judged, and is suspended since."""

    async def prepared() -> list[Signed]:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, referral)
        resource = {"contract": str(contract), "reason": "Перевірка"}
        return [
            country.sign("contract.suspend", world.payer, resource=resource),
            country.encounter(country.specialist, referral),
        ]

    suspension, visit = commit(world, asyncio.run(prepared()))
    assert isinstance(suspension, Accepted)
    assert isinstance(visit, Accepted)
    withheld = facts_of(world, visit)[-1]
    assert isinstance(withheld, ChargeWithheld)
    assert withheld.reason == "no_contract"
    sound(world)


def test_an_act_of_before_the_suspension_is_settled_while_it_lasts(world: World) -> None:
    """Whoever was bought from on that day is owed for it, whatever became of the contract."""

    async def story() -> None:
        country = await settle(world)
        contract = await world.contract(country.hospital)
        _, _, charge = await withheld_visit(world, country)
        world.clock.ahead += timedelta(days=2)
        await standing_of(world, contract, "contract.suspend")
        await world.tariff(15_000)
        accepted = await world.send("charge.settle", world.payer, resource=settling(charge))
        priced = facts_of(world, accepted)[1]
        assert isinstance(priced, ChargeAccrued)
        assert priced.contract == contract
        sound(world)

    asyncio.run(story())


def test_a_medicine_is_settled_under_the_contract_that_was_resumed(world: World) -> None:
    """Resumed the same day, it rested on none; no patient's data is opened for the grant."""

    async def story() -> None:
        country = await settle_pharmacies(world)
        pharmacy = country.pharmacies[0]
        prescription = await country.prescribed()
        held = await country.reserved(prescription, pharmacy)
        await standing(country, "contract.suspend", pharmacy)
        await world.post(country.processing(held, prescription, pharmacy))
        asked = settling(charge_id(held, ATTEMPT_FIRST))
        refusal = await refused(world, "charge.settle", world.payer, **asked)
        assert refusal == ("charge.still_no_contract", "$.resource.charge")
        await standing(country, "contract.resume", pharmacy)
        accepted = await world.send("charge.settle", world.payer, resource=asked)
        priced = facts_of(world, accepted)[1]
        assert isinstance(priced, ChargeAccrued)
        assert (priced.kind, priced.amount) == ("medicine", 12_000)
        sound(world)

    asyncio.run(story())


def test_what_an_earlier_command_of_the_batch_withheld_is_judged_too(world: World) -> None:
    """Its tariff and contract were asked for already: the answer is the one of a later batch."""

    async def prepared() -> tuple[Country, Signed, Signed]:
        country = await settle(world)
        await world.tariff(15_000)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, referral)
        visit = country.encounter(country.specialist, referral)
        act = UUID(json.loads(visit.content)["resources"][0]["id"])
        asked = settling(charge_id(act, ATTEMPT_FIRST))
        return country, visit, country.sign("charge.settle", world.payer, resource=asked)

    country, visit, settlement = asyncio.run(prepared())
    missing = ["accepted", "charge.still_no_contract"]
    assert codes(commit(world, [visit, settlement])) == missing
    asyncio.run(world.contract(country.hospital))
    assert codes(commit(world, [settlement])) == ["accepted"]
    sound(world)
