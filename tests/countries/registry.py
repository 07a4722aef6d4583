"""Register places, papers, services and staff, and say what becomes of them, by real commands."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.intake.answers import Accepted
from tests.world import World


async def division(world: World, head: Actor, **options: Any) -> UUID:
    """Register a division of the head's institution."""
    division_id = uuid4()
    await world.send("division.register", head, resource=registry.division(division_id, **options))
    return division_id


async def licence(world: World, head: Actor, **options: Any) -> UUID:
    """Register a licence of the head's institution."""
    licence_id = uuid4()
    await world.send("licence.register", head, resource=registry.licence(licence_id, **options))
    return licence_id


async def service(
    world: World, head: Actor, division_id: UUID, licence_id: UUID, **options: Any
) -> UUID:
    """Register a healthcare service of the head's institution."""
    service_id = uuid4()
    resource = registry.healthcare_service(service_id, division_id, licence_id, **options)
    await world.send("healthcare_service.register", head, resource=resource)
    return service_id


async def role(world: World, head: Actor, employee: Actor, service_id: UUID) -> UUID:
    """Tie an employee to a healthcare service."""
    role_id = uuid4()
    resource = registry.role(role_id, employee.employee, service_id)
    await world.send("employee_role.register", head, resource=resource)
    return role_id


async def dismiss(world: World, head: Actor, employee: Actor) -> Accepted:
    """Dismiss an employee of the head's institution."""
    resource = {"employee": str(employee.employee), "reason": "За згодою сторін"}
    return await world.send("employee.dismiss", head, resource=resource)


async def decide(world: World, command: str, entity: UUID, **more: Any) -> Accepted:
    """Decide about an institution as the payer."""
    resource = {**registry.decision(entity), **more}
    return await world.send(command, world.payer, resource=resource)


async def verdict(world: World, employee: Actor, said: str, source: str = "DRFO") -> Accepted:
    """Note a state register's verdict on a person at work."""
    resource = registry.party_verdict(employee.employee, said, source)
    return await world.send("party.verify", world.payer, resource=resource)


async def deceased(world: World, employee: Actor, died_on: date) -> Accepted:
    """Note that a person at work has died."""
    resource = {
        "employee": str(employee.employee),
        "died_on": died_on.isoformat(),
        "reason": "Актовий запис про смерть",
    }
    return await world.send("party.mark_deceased", world.payer, resource=resource)


async def everything(world: World, head: Actor, doctor: Actor) -> dict[str, UUID]:
    """Register a division, a licence, a service and the doctor's role in it; return the ids."""
    place = await division(world, head, mountain=True)
    paper = await licence(world, head)
    care = await service(world, head, place, paper)
    tie = await role(world, head, doctor, care)
    return {"division": place, "licence": paper, "healthcare_service": care, "employee_role": tie}
