"""What a pharmacy is reimbursed: held under a contract, charged with the act, paid by the month."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.dispense import DispenseProcessed
from ehealth_ledger.values.time import Month, kyiv_day, month_of
from tests.countries.pharmacy import MULTI, Country, Pharmacy, settle
from tests.world import World
from tests.write_path.country import SOON
from tests.write_path.test_corrections import sound
from tests.write_path.test_money import facts_of


async def standing(country: Country, command: str, pharmacy: Pharmacy) -> None:
    """Suspend or resume a pharmacy's contract."""
    resource = {"contract": str(pharmacy.contract), "reason": "Перевірка"}
    await country.world.send(command, country.world.payer, resource=resource)


def test_rule_59_dispense__contract_missing_while_the_contract_is_suspended(world: World) -> None:
    """A suspended contract stops new holds of that pharmacy alone, until it is resumed."""

    async def story() -> None:
        country = await settle(world)
        suspended, other = country.pharmacies
        prescription = await country.prescribed()
        await standing(country, "contract.suspend", suspended)
        with pytest.raises(RuleBroken) as refused:
            await world.post(country.reserving(uuid4(), prescription, suspended))
        assert refused.value.code == "dispense.contract_missing"
        held = await country.reserved(prescription, other)
        await world.post(country.rejecting(held, prescription, other))
        await standing(country, "contract.resume", suspended)
        await country.reserved(prescription, suspended)

    asyncio.run(story())


def test_what_is_dispensed_is_charged_stated_and_paid(world: World) -> None:
    """Two parts of one prescription are two charges of the pharmacy's month; the books balance."""

    async def story() -> None:
        country = await settle(world, MULTI)
        pharmacy = country.pharmacies[0]
        prescription = await country.prescribed()
        period = Month(month_of(kyiv_day(world.clock.now)))
        for quantity in (20, 40):
            held = await country.reserved(prescription, pharmacy, quantity)
            accepted = await world.post(country.processing(held, prescription, pharmacy, quantity))
            first, *_, charge = facts_of(world, accepted)
            assert isinstance(first, DispenseProcessed)
            assert isinstance(charge, ChargeAccrued)
            assert charge.act_position == accepted.receipt.placement.first_position
            assert (charge.contract, charge.amount) == (pharmacy.contract, quantity * 200)
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        stated = await world.statement(pharmacy.contract, period, str(country.program))
        assert (stated.fact.count, stated.fact.total) == (2, 12_000)
        await world.countersign(world.heads[pharmacy.pharmacist.legal_entity], stated)
        await world.accept(stated)
        await world.pay(stated)
        sound(world)

    asyncio.run(story())


def test_a_contract_that_was_suspended_over_a_hold_withholds_the_charge(world: World) -> None:
    """The patient at the counter gets the medicine; what it is worth waits for people."""

    async def story() -> None:
        country = await settle(world)
        pharmacy = country.pharmacies[0]
        prescription = await country.prescribed()
        held = await country.reserved(prescription, pharmacy)
        await standing(country, "contract.suspend", pharmacy)
        accepted = await world.post(country.processing(held, prescription, pharmacy))
        withheld = facts_of(world, accepted)[-1]
        assert isinstance(withheld, ChargeWithheld)
        assert (withheld.reason, withheld.quantity, withheld.amount) == ("no_contract", 60, 12_000)
        sound(world)

    asyncio.run(story())
