"""Say who is there when a chapter begins: institutions, staff, and who signs for them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.commands import Actor, Author, Signed
from ehealth_ledger.entrypoints.demo.resources import patient as people
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import from_microseconds, kyiv_day

_STAFF_NUMBERS: Final = 9_900_500_000  # tax ids of people whom nobody else invents
_INSTITUTION_NUMBERS: Final = 99_500_000
GROWN_UP: Final = 40 * 366  # days
SIX_YEARS: Final = 6 * 366

Play = Iterator[Signed]
"""A chapter being played: signed commands, each posted before the next one is asked for."""


@dataclass(slots=True)
class Stage:
    """Hold who takes part in the chapters, and hand out new people and numbers.

    `dispense_code` tells what the patient was told by the ledger when a medicine was prescribed,
    `placed` where a command stands that was posted and accepted.
    """

    author: Author
    authority: Authority
    payer: Actor
    clinic: Actor  # the heads
    hospital: Actor
    doctor: Actor
    receptionist: Actor
    specialist: Actor
    dispense_code: Callable[[UUID], str]
    placed: Callable[[UUID], Placement]
    taken: int = 0

    @property
    def now(self) -> datetime:
        """Return the moment."""
        return from_microseconds(self.author.now())

    @property
    def today(self) -> date:
        """Return the civil day in Kyiv."""
        return kyiv_day(self.now)

    @property
    def just_now(self) -> datetime:
        """Return a moment that is certainly not ahead of the ledger's clock."""
        return self.now - timedelta(seconds=1)

    def sign(self, command: str, actor: Actor, **body: Any) -> Signed:
        """Sign a command as an actor."""
        return self.author.sign(command, actor, **body)

    # Newcomers

    def person(self, family: str, entity: Actor | None = None) -> tuple[Actor, Json]:
        """Invent a person at work; without an institution, the head of a new one."""
        self.taken += 1
        tax_id = f"{_STAFF_NUMBERS + self.taken}"
        edrpou = None if entity is not None else f"{_INSTITUTION_NUMBERS + self.taken}"
        credential = self.authority.issue(f"Людина {family}", tax_id, edrpou)
        legal_entity = uuid4() if entity is None else entity.legal_entity
        actor = Actor(uuid4(), legal_entity, credential, f"Людина {family}")
        return actor, registry.party(tax_id, family, "Людина")

    def institution(self, name: str, kind: str) -> Generator[Signed, None, Actor]:
        """Open an institution that the payer verifies; return its head."""
        head, party = self.person("Засновник")
        edrpou = f"{_INSTITUTION_NUMBERS + self.taken}"
        resource = registry.institution(head.legal_entity, edrpou, name, kind, head.employee, party)
        yield self.sign("legal_entity.register", head, resource=resource)
        yield self.sign(
            "legal_entity.verify", self.payer, resource=registry.verdict(head.legal_entity)
        )
        return head

    def newcomer(self, family: str, **described: Any) -> tuple[UUID, Signed]:
        """Register a patient whom the receptionist has never seen; a child names who confirms."""
        self.taken += 1
        patient, confidant = uuid4(), described.pop("confidant", None)
        fields: Json = {
            "family": family,
            "given": f"Гість{self.taken}",
            "birth_date": self.today - timedelta(days=GROWN_UP + self.taken),
            "gender": "female",
            **described,
        }
        body = {"resource": people.patient(patient, **fields)}
        if confidant is not None:
            body["confidant"] = confidant(patient)
        return patient, self.sign("patient.register", self.receptionist, **body)

    def declared(self, patient: UUID, **other: Any) -> tuple[UUID, Signed]:
        """Declare the doctor the patient's own."""
        declaration = uuid4()
        resource = write.declaration(
            patient,
            self.doctor.employee,
            division=self.doctor.division,
            seed=self.author.seed,
            declaration_id=declaration,
            **other,
        )
        return declaration, self.sign("declaration.sign", self.doctor, resource=resource)

    def episode(self, patient: UUID, manager: Actor) -> tuple[UUID, Signed]:
        """Open an episode that began yesterday."""
        episode = uuid4()
        resource = episode_of_care(
            episode, patient, manager, started_on=self.today - timedelta(days=1)
        )
        return episode, self.sign("episode.open", manager, resource=resource)

    def visit(
        self, patient: UUID, performer: Actor, episode: UUID, referral: UUID | None = None
    ) -> tuple[list[Json], Signed]:
        """Record an encounter at the hospital; return what was signed."""
        package = write.encounter_package(
            patient, performer, at=self.now, episode=episode, referral=referral
        )
        return package, self.sign("encounter.record", performer, resources=package)

    def referral(self, patient: UUID, **other: Any) -> tuple[UUID, Signed]:
        """Issue a referral for sixty days."""
        referral = uuid4()
        resource = write.service_request(
            referral, patient, self.doctor, authored_on=self.just_now, days=60, **other
        )
        return referral, self.sign("referral.issue", self.doctor, resource=resource)
