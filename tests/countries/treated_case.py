"""Treat inpatients by real commands, and let the payer say how cases are grouped and paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources import treated_case
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import kyiv_day
from tests.world import World


async def group(world: World, **other: Any) -> Accepted:
    """Put the shipped rules in force for this year; `replaces` names others."""
    resource = {**treated_case.rules(_year(world)), **other}
    version = 2 if "replaces" in other else 1
    return await world.send("grouping.release", world.payer, version=version, resource=resource)


async def weigh(world: World, **other: Any) -> Accepted:
    """Put a case mix of surgery in force for this year; `replaces` names another."""
    resource = {**treated_case.case_mix(_year(world)), **other}
    version = 2 if "replaces" in other else 1
    return await world.send("tariff.release", world.payer, version=version, resource=resource)


def discharge(
    world: World, surgeon: Actor, patient: UUID, episode: UUID, **options: Any
) -> list[Json]:
    """Write the package of a patient whose appendix was taken out, an hour or so in hospital."""
    return treated_case.discharge(
        patient, surgeon, at=world.clock.now, episode=episode, **{"days": 0} | options
    )


async def record(world: World, surgeon: Actor, resources: list[Json]) -> Accepted:
    """Record a package."""
    return await world.send("encounter.record", surgeon, resources=resources)


def _year(world: World) -> int:
    return kyiv_day(world.clock.now - timedelta(minutes=5)).year
