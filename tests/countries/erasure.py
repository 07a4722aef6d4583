"""Let two people of the payer erase a patient, by real commands."""

from __future__ import annotations

from uuid import UUID

from ehealth_ledger.entrypoints.demo.acts import countersign_erasure, order_erasure
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.intake.answers import Accepted
from tests.world import World

SECOND = "2000000077"  # the tax id of the payer's other person


async def second_person(world: World) -> Actor:
    """Register another person who decides for the payer."""
    return await world.employee(world.payer, "NHS_ADMIN_SIGNER", SECOND)


async def erase(world: World, second: Actor, patient: UUID) -> Accepted:
    """Order a patient's erasure and countersign it; return what the second signature led to."""
    order = order_erasure(world.author, world.payer, patient)
    placed = (await world.post(order)).receipt.placement
    return await world.post(countersign_erasure(world.author, second, patient, order, placed))
