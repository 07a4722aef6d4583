"""What a pharmacy is reimbursed: under which contract it holds a medicine, on a real database."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from ehealth_ledger.errors import RuleBroken
from tests.countries.pharmacy import Country, Pharmacy, settle
from tests.world import World


async def _standing(country: Country, command: str, pharmacy: Pharmacy) -> None:
    resource = {"contract": str(pharmacy.contract), "reason": "Перевірка"}
    await country.world.send(command, country.world.payer, resource=resource)


def test_rule_59_dispense__contract_missing_while_the_contract_is_suspended(world: World) -> None:
    """A suspended contract stops new holds of that pharmacy alone, until it is resumed."""

    async def story() -> None:
        country = await settle(world)
        suspended, other = country.pharmacies
        prescription = await country.prescribed()
        await _standing(country, "contract.suspend", suspended)
        with pytest.raises(RuleBroken) as refused:
            await world.post(country.reserving(uuid4(), prescription, suspended))
        assert refused.value.code == "dispense.contract_missing"
        held = await country.reserved(prescription, other)
        await world.post(country.rejecting(held, prescription, other))
        await _standing(country, "contract.resume", suspended)
        await country.reserved(prescription, suspended)

    asyncio.run(story())
