"""Set the stage: institutions, places, papers and staff, verified by the payer."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo.commands import Actor, Author
from ehealth_ledger.entrypoints.demo.resources import registry
from scripts.regional.mis import Act, Mis
from scripts.regional.people import an_id, staff_tax_id
from scripts.regional.service import Running

PATIENTS_PER_DOCTOR: Final = 1_500
DOCTORS_PER_CLINIC: Final = 5
PHARMACIES: Final = 2
SPECIALISTS: Final = 6


@dataclass(slots=True)
class Place:
    """Hold an institution: its head, its one division, who works there."""

    head: Actor
    kind: str
    staff: dict[str, list[Actor]] = field(default_factory=dict)

    @property
    def division(self) -> UUID:
        """Return the institution's one division."""
        return self.head.division


@dataclass(slots=True)
class Stage:
    """Hold the region's institutions."""

    clinics: list[Place] = field(default_factory=list)
    hospital: Place | None = None
    pharmacies: list[Place] = field(default_factory=list)

    @property
    def all(self) -> list[Place]:
        """List every institution."""
        hospital = [] if self.hospital is None else [self.hospital]
        return [*self.clinics, *hospital, *self.pharmacies]


class Builder:
    """Register the stage, institution by institution."""

    def __init__(self, running: Running, mis: Mis, author: Author, random: Random) -> None:
        self._running = running
        self._mis = mis
        self._author = author
        self._random = random
        self._people = 0
        self._institutions = 0

    def build(self, doctors: int) -> Stage:
        """Register clinics for so many family doctors, a hospital and pharmacies."""
        stage = Stage()
        for first in range(0, doctors, DOCTORS_PER_CLINIC):
            many = min(DOCTORS_PER_CLINIC, doctors - first)
            types = ["DOCTOR"] * many + ["RECEPTIONIST"]
            stage.clinics.append(self._place("PRIMARY_CARE", "CLINIC", types))
        stage.hospital = self._place("OUTPATIENT", "CLINIC", ["SPECIALIST"] * SPECIALISTS)
        stage.pharmacies = [
            self._place("PHARMACY", "DRUGSTORE", ["PHARMACIST"]) for _ in range(PHARMACIES)
        ]
        return stage

    def _place(self, kind: str, division: str, types: list[str]) -> Place:
        self._institutions += 1
        edrpou = f"99{self._institutions:06}"
        head, person = self._person("Очільник", edrpou)
        resource = registry.institution(
            head.legal_entity, edrpou, f"Заклад {edrpou}", kind, head.employee, person
        )
        payer = self._running.founding.payer
        place = Place(head, kind)
        self._one("legal_entity.register", head, resource)
        self._one("legal_entity.verify", payer, registry.verdict(head.legal_entity))
        self._one("division.register", head, registry.division(place.division, kind=division))
        licence = "PHARMACY" if kind == "PHARMACY" else "MSP"
        self._one("licence.register", head, registry.licence(an_id(self._random), kind=licence))
        if kind == "PHARMACY":
            verdict = {"division": str(place.division), "verdict": "VERIFIED", "reason": "ДЛС"}
            self._one("division.verify_dls", payer, verdict)
        hired = []
        for type_ in types:
            actor, person = self._person(type_.title(), None, head)
            employment = registry.employment(actor.employee, person, type_, division=place.division)
            hired.append(Act(self._author.sign("employee.register", head, resource=employment)))
            place.staff.setdefault(type_, []).append(actor)
        self._mis.post(hired)
        return place

    def _person(
        self, family: str, edrpou: str | None, head: Actor | None = None
    ) -> tuple[Actor, dict[str, object]]:
        self._people += 1
        tax_id = staff_tax_id(self._people)
        entity = an_id(self._random) if head is None else head.legal_entity
        credential = self._running.founding.authority.issue(family, tax_id, edrpou)
        person = registry.party(tax_id, family, f"Людина-{self._people}")
        return Actor(an_id(self._random), entity, credential, family), person

    def _one(self, command: str, actor: Actor, resource: object) -> None:
        self._mis.post([Act(self._author.sign(command, actor, resource=resource))])
