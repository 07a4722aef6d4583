"""Cast the story: who acts, with which certificate, and which part each patient plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import acts, people
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.acts import Service, Treated
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.values.money import Kopiykas

ARRHYTHMOLOGIST: Final[Service] = ("A67004", "Консультація аритмолога")
CARDIAC_SURGEON: Final[Service] = ("A67005", "Консультація кардіохірурга")
TARIFFS: Final[tuple[tuple[Service, Kopiykas], ...]] = (
    (write.CARDIOLOGIST, Kopiykas(48_250)),
    (ARRHYTHMOLOGIST, Kopiykas(19_900)),
)  # none for the cardiac surgeon: the charge is withheld


class Part(Enum):
    """Say what becomes of a patient's referral."""

    TREATED = "treated"
    RECALLED = "recalled"
    OPEN = "open"
    UNPRICED = "unpriced"  # a service without a tariff
    LATE = "late"  # recorded after the cut-off


_PARTS: Final = (Part.TREATED, Part.RECALLED, Part.OPEN, Part.UNPRICED, Part.LATE)


@dataclass(frozen=True, slots=True)
class Institutions:
    """Hold the heads, each with the institution's certificate."""

    clinic: Actor
    second_clinic: Actor
    hospital: Actor

    @classmethod
    def of(cls, authority: Authority) -> Institutions:
        """Issue the heads' certificates."""
        described = (people.CLINIC, people.SECOND_CLINIC, people.HOSPITAL)
        return cls(*(acts.head_of(authority, each) for each in described))

    def described(self) -> Iterator[tuple[Actor, people.Institution]]:
        """Pair each head with the institution."""
        yield self.clinic, people.CLINIC
        yield self.second_clinic, people.SECOND_CLINIC
        yield self.hospital, people.HOSPITAL


@dataclass(frozen=True, slots=True)
class Staff:
    """Hold the employees."""

    doctor: Actor
    second_doctor: Actor
    receptionist: Actor
    cardiologist: Actor
    second_cardiologist: Actor
    dismissed: Actor

    @classmethod
    def of(cls, authority: Authority, heads: Institutions) -> Staff:
        """Issue the employees' certificates; one of them is revoked at once."""
        staff = cls(
            acts.employee_of(authority, heads.clinic, people.FAMILY_DOCTOR),
            acts.employee_of(authority, heads.second_clinic, people.SECOND_FAMILY_DOCTOR),
            acts.employee_of(authority, heads.clinic, people.RECEPTIONIST),
            acts.employee_of(authority, heads.hospital, people.CARDIOLOGIST),
            acts.employee_of(authority, heads.hospital, people.SECOND_CARDIOLOGIST),
            acts.employee_of(authority, heads.clinic, people.DISMISSED),
        )
        authority.revoke(staff.dismissed.credential, datetime.now(UTC))
        return staff

    def described(self, heads: Institutions) -> Iterator[tuple[Actor, Actor, people.Person, str]]:
        """List for each employee the head who registers, the person and the type of employment."""
        yield heads.clinic, self.doctor, people.FAMILY_DOCTOR, "DOCTOR"
        yield heads.second_clinic, self.second_doctor, people.SECOND_FAMILY_DOCTOR, "DOCTOR"
        yield heads.clinic, self.receptionist, people.RECEPTIONIST, "RECEPTIONIST"
        yield heads.hospital, self.cardiologist, people.CARDIOLOGIST, "SPECIALIST"
        yield heads.hospital, self.second_cardiologist, people.SECOND_CARDIOLOGIST, "SPECIALIST"
        yield heads.clinic, self.dismissed, people.DISMISSED, "DOCTOR"


@dataclass(frozen=True, slots=True)
class Cast:
    """Hold everybody; `names` is the demo's phone book, by the id of the registered thing."""

    authority: Authority
    payer: Actor
    second_signer: Actor  # of the payer, too
    heads: Institutions
    staff: Staff
    patients: tuple[Treated, ...]

    @classmethod
    def of(cls, authority: Authority, payer: Actor, patients: int) -> Cast:
        """Issue every certificate and hand out the parts."""
        heads = Institutions.of(authority)
        staff = Staff.of(authority, heads)
        second = acts.employee_of(authority, payer, people.SECOND_SIGNER)
        return cls(authority, payer, second, heads, staff, tuple(_treated(staff, patients)))

    def playing(self, *parts: Part) -> list[Treated]:
        """List the patients who play one of the parts."""
        return [each for at, each in enumerate(self.patients) if part_of(at) in parts]

    @property
    def mover(self) -> Treated:
        """Return the patient who changes the family doctor, and whose summary is shown."""
        return self.patients[0]

    @property
    def leaver(self) -> Treated:
        """Return the patient who is erased in the end: treated, stated and paid for before."""
        return self.playing(Part.TREATED)[-1]

    @property
    def names(self) -> dict[str, str]:
        """Map ids of employees, institutions and patients to names."""
        known: dict[UUID, str] = {
            each.employee: each.name for each in (self.payer, self.second_signer)
        }
        for head, institution in self.heads.described():
            known |= {head.employee: head.name, head.legal_entity: institution.name}
        for _, employee, person, _ in self.staff.described(self.heads):
            known[employee.employee] = person.name
        for each in self.patients:
            known[each.id] = f"{each.person.given} {each.person.family}"
        return {str(each): name for each, name in known.items()}


def part_of(number: int) -> Part:
    """Return the part of the patient with this number."""
    return _PARTS[number] if number < len(_PARTS) else Part.TREATED


def _treated(staff: Staff, count: int) -> Iterator[Treated]:
    doctors = (staff.second_doctor, staff.doctor)  # the first patient ends with the second doctor
    performers = (staff.second_cardiologist, staff.cardiologist)
    services = (write.CARDIOLOGIST, ARRHYTHMOLOGIST)
    for number, person in enumerate(people.patients(count)):
        service = CARDIAC_SURGEON if part_of(number) is Part.UNPRICED else services[number // 2 % 2]
        yield Treated(uuid4(), person, doctors[number % 2], performers[number % 3 // 2], service)
