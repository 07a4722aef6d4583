"""Register people, merge them, and lead their declarations on, by real commands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources import patient as people
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.time import kyiv_day
from tests.world import World


async def person(world: World, actor: Actor, **described: Any) -> UUID:
    """Register a person, described as the test says."""
    patient_id = uuid4()
    fields: dict[str, Any] = {
        "family": "Пацієнт",
        "given": "Тест",
        "birth_date": date(1980, 5, 1),
        "gender": "female",
    }
    resource = people.patient(patient_id, **(fields | described))
    await world.send("patient.register", actor, resource=resource)
    return patient_id


async def child(
    world: World, actor: Actor, parent: UUID, *, last_day: date | None = None
) -> tuple[UUID, UUID]:
    """Register a child of six with the parent who confirms; return child and relationship."""
    child_id, relationship = uuid4(), uuid4()
    today = kyiv_day(world.clock.now)
    resource = people.patient(
        child_id,
        family="Дитина",
        given="Тест",
        birth_date=today - timedelta(days=6 * 366),
        gender="male",
        authentication="THIRD_PERSON",
    )
    confidant = people.confidant(
        relationship, patient_id=child_id, person=parent, first_day=today, last_day=last_day
    )
    await world.send("patient.register", actor, resource=resource, confidant=confidant)
    return child_id, relationship


async def unidentified(world: World, actor: Actor) -> UUID:
    """Register somebody whom nobody could identify."""
    patient_id = uuid4()
    await world.send("preperson.register", actor, resource=people.preperson(patient_id))
    return patient_id


async def merged(world: World, actor: Actor, master: UUID, other: UUID) -> Accepted:
    """Join a record to the master's."""
    resource = {"master": str(master), "merged": str(other), "reason": "Особу встановлено"}
    return await world.send("patient.merge", actor, resource=resource)


async def unmerged(world: World, master: UUID, other: UUID) -> Accepted:
    """Take a joined record away again."""
    resource = {"master": str(master), "merged": str(other), "reason": "Помилка"}
    return await world.send("patient.unmerge", world.payer, resource=resource)


async def died(world: World, actor: Actor, patient_id: UUID) -> Accepted:
    """Record a death of today."""
    return await world.send("patient.mark_deceased", actor, resource=death(world, patient_id))


def death(world: World, patient_id: UUID) -> dict[str, str]:
    """Write a death of today."""
    today = kyiv_day(world.clock.now).isoformat()
    return {"patient": str(patient_id), "died_on": today, "certificate": "I-БК-000001"}


async def decided(
    world: World, actor: Actor, what: str, declaration: UUID, patient_id: UUID
) -> Accepted:
    """Approve, reject or terminate a declaration."""
    return await world.send(
        f"declaration.{what}", actor, resource=decision(what, declaration, patient_id)
    )


def decision(what: str, declaration: UUID, patient_id: UUID) -> dict[str, str]:
    """Write what is decided about a declaration, with a reason where one is asked for."""
    named = {"declaration": str(declaration), "patient": str(patient_id)}
    return named if what == "approve" else {**named, "reason": "За заявою"}
