"""Record whole encounter packages, and cancel them, by real commands."""

from __future__ import annotations

from uuid import UUID

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources.encounter import cancelled, everything_else
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.json import Json
from tests.world import World


def package(
    world: World, performer: Actor, patient: UUID, episode: UUID, referral: UUID | None = None
) -> list[Json]:
    """Write a package with one of each member."""
    at = world.clock.now
    found = write.encounter_package(patient, performer, at=at, episode=episode, referral=referral)
    return found + everything_else(found, patient, performer, at=at)


async def record(world: World, performer: Actor, resources: list[Json]) -> Accepted:
    """Record a package."""
    return await world.send("encounter.record", performer, resources=resources)


def cancellation(
    world: World, performer: Actor, patient: UUID, resources: list[Json], *places: int
) -> Signed:
    """Sign the cancellation of a package, or of the resources at these places of it."""
    resource = {
        "encounter": resources[0]["id"],
        "patient": str(patient),
        "reason": "typo",
        "explanatory_letter": "Внесено помилково",
    }
    return world.author.sign(
        "encounter.cancel", performer, resource=resource, resources=cancelled(resources, *places)
    )


async def cancel(
    world: World, performer: Actor, patient: UUID, resources: list[Json], *places: int
) -> Accepted:
    """Cancel a package, or the resources at these places of it."""
    return await world.post(cancellation(world, performer, patient, resources, *places))
