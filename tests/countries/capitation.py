"""Settle a family doctor's practice: a contract of capitation, and patients of chosen ages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.founding import found
from ehealth_ledger.entrypoints.demo.resources import patient as people
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.events.capitation import CapitationCounted
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.values.time import KYIV, age_on, kyiv_day
from tests.world import CLINIC_EDRPOU, Clock, World, serving

PACKAGE = "1"
CONFIDANT_BELOW = 14  # years


@contextmanager
def living_on(folder: Path, urls: Databases, day: date) -> Iterator[World]:
    """Found a ledger on a past day and run its write side; its clock moves when a test says so."""
    clock = Clock()
    reach(clock, day, 9)
    settings = Settings(
        data_dir=folder, ledger_url=urls.ledger, vault_url=urls.vault, read_url=urls.read
    )
    founding = found(settings, urls, now=clock, lists_valid=timedelta(days=720))
    author = founding.author(clock)
    world = World(folder, urls, founding.authority, settings, author, founding.payer, clock)
    with serving(world):
        yield world


def reach(clock: Clock, day: date, hour: int) -> None:
    """Move the clock to an hour of a civil day in Kyiv."""
    clock.ahead += datetime.combine(day, time(hour), KYIV) - clock.now


@dataclass
class Practice:
    """Hold a clinic with a division in the valley and one in the mountains."""

    world: World
    head: Actor
    doctor: Actor
    valley: UUID
    mountains: UUID
    contract: UUID = field(default_factory=uuid4)
    guardian: UUID | None = None
    signed: dict[int, UUID] = field(default_factory=dict)  # declarations by position

    async def concluded(self, first_day: date, last_day: date, **other: Any) -> UUID:
        """Conclude the contract of capitation for the doctor in both divisions."""
        places = (self.valley, self.mountains)
        wish = {
            "kind": "CAPITATION",
            "packages": [PACKAGE],
            "divisions": [str(each) for each in places],
            "employees": [self.post(each) for each in places],
            "first_day": first_day.isoformat(),
            "last_day": last_day.isoformat(),
            **other,
        }
        self.contract = await self.world.contract(self.head, **wish)
        return self.contract

    def post(self, division: UUID, limit: int = 1800) -> dict[str, Any]:
        """Name the doctor in a division, as a contract does."""
        return {
            "employee": str(self.doctor.employee),
            "division": str(division),
            "declaration_limit": limit,
        }

    async def patient(self, birth_date: date, family: str = "Пацієнт") -> UUID:
        """Register a patient; for a child a grown-up relative confirms."""
        today = kyiv_day(self.world.clock.now)
        patient = uuid4()
        described: dict[str, Any] = {
            "family": family,
            "given": f"Тест{patient.int % 10**6}",
            "birth_date": birth_date,
            "gender": "female",
        }
        if age_on(birth_date, today) >= CONFIDANT_BELOW:
            resource = people.patient(patient, **described)
            await self.world.send("patient.register", self.doctor, resource=resource)
            return patient
        if self.guardian is None:
            self.guardian = await self.patient(date(1985, 3, 3), "Опікун")
        relation = people.confidant(
            uuid4(), patient_id=patient, person=self.guardian, first_day=today
        )
        resource = people.patient(patient, authentication="THIRD_PERSON", **described)
        await self.world.send(
            "patient.register", self.doctor, resource=resource, confidant=relation
        )
        return patient

    async def declared(self, patient: UUID, *, mountain: bool = False) -> int:
        """Sign a declaration; return the position of its record."""
        declaration = uuid4()
        resource = write.declaration(
            patient,
            self.doctor.employee,
            division=self.mountains if mountain else self.valley,
            seed=self.world.author.seed,
            declaration_id=declaration,
        )
        accepted = await self.world.send("declaration.sign", self.doctor, resource=resource)
        position = accepted.receipt.placement.last_position
        self.signed[position] = declaration
        return position

    async def left(self, position: int, patient: UUID) -> None:
        """End a declaration by its doctor."""
        resource = {
            "declaration": str(self.signed[position]),
            "patient": str(patient),
            "reason": "Переїзд",
        }
        await self.world.send("declaration.terminate", self.doctor, resource=resource)

    async def flagged(self, division: UUID, *, mountain: bool) -> None:
        """Change a division's mountain flag."""
        described = {
            "division": str(division),
            "name": "Амбулаторія",
            "address": registry.address(),
            "mountain_group": mountain,
        }
        await self.world.send("division.update", self.head, resource=described)

    def facts(self) -> list[tuple[int, Fact | None]]:
        """Read the whole log."""
        door = self.world.running.reader.notifications
        return [(each.position, each.fact) for each in door.read(door.beginning(), 10_000)]

    def counts(self) -> list[CapitationCounted]:
        """Read the months that were counted."""
        return [fact for _, fact in self.facts() if isinstance(fact, CapitationCounted)]

    def charges(self, period: str) -> list[ChargeAccrued]:
        """Read what was charged for a month of capitation."""
        return [
            fact
            for _, fact in self.facts()
            if isinstance(fact, ChargeAccrued)
            and fact.kind == "capitation"
            and fact.day.isoformat()[:7] == period
        ]


async def settled(world: World) -> Practice:
    """Open a clinic with two divisions and a family doctor."""
    head = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    doctor = await world.employee(head, "DOCTOR", "2000000003")
    valley = await world.division(head)
    mountains = uuid4()
    described = registry.division(mountains, name="У горах", mountain=True)
    await world.send("division.register", head, resource=described)
    return Practice(world, head, doctor, valley, mountains)


async def release(world: World, packages: Sequence[str] = (PACKAGE,)) -> None:
    """Release the capitation tariffs of 2018 to 2026 that ship with the ledger."""
    for each in reference_data.tariffs():
        if each["package"] in packages and each["terms"]["kind"] == "capitation":
            await world.send("tariff.release", world.payer, resource={"id": str(uuid4()), **each})
