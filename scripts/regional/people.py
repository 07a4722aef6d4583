"""Invent the region's people: as many as asked for, always the same ones from the same seed.

Nobody here exists: names are plants' and fairy tales', tax ids belong to the 22nd century.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final, Literal
from uuid import UUID

from ehealth_ledger.entrypoints.demo.resources.patient import invented_tax_id

Gender = Literal["female", "male"]

_FAMILIES: Final = (
    *("Верболіз", "Горицвіт", "Деревій", "Живокіст", "Звіробій", "Кульбаба", "Любисток"),
    *("Материнка", "Первоцвіт", "Чебрець", "Шавлія", "Безсмертник", "Волошка", "Конвалія"),
    *("Незабудка", "Орлики", "Полин", "Рута", "Цикорій", "Барвінок", "Калина", "Ожина"),
    *("Суниця", "Горобина", "Ялівець", "Папороть", "Очерет", "Латаття", "Підсніжник"),
)
_GIVEN: Final[dict[Gender, tuple[str, ...]]] = {
    "female": ("Зоряна", "Мальва", "Веселка", "Весна", "Роксолана", "Світанка", "Мрія", "Хвиля"),
    "male": ("Ждан", "Яр", "Любомир", "Сокіл", "Добриня", "Гай", "Грім", "Степ"),
}
# Shares of the country's people by age, from the youngest band: (oldest age, share in percent).
_AGES: Final = ((5, 4), (13, 10), (17, 5), (39, 28), (64, 35), (95, 18))
_FIRST_PATIENT: Final = 991_000_000
_FIRST_STAFF: Final = 990_000_000
CHILD_AGE: Final = 14  # below it somebody confirms for the person (rule 10)
ADULT_AGE: Final = 18


@dataclass(slots=True)
class Patient:
    """Hold one patient and what the year did to him."""

    id: UUID
    family: str
    given: str
    second: str
    gender: Gender
    birth_date: date
    tax_id: str
    phone: str
    clinic: int  # which of the clinics he goes to
    doctor: int  # which of its doctors
    declared: bool = False
    episode: UUID | None = None
    deceased: bool = False
    confidant: Patient | None = None  # who signs for the young

    def age(self, day: date) -> int:
        """Return the age in whole years on a day."""
        had = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (not had)


def an_id(random: Random) -> UUID:
    """Draw a random id (version 4)."""
    return UUID(int=random.getrandbits(128), version=4)


def staff_tax_id(number: int) -> str:
    """Return the tax id of the n-th person at work."""
    return invented_tax_id(_FIRST_STAFF + number)


def patients(random: Random, count: int, clinics: list[int], today: date) -> Iterator[Patient]:
    """Invent patients; `clinics` says how many doctors each clinic has."""
    doctors = [(clinic, doctor) for clinic, many in enumerate(clinics) for doctor in range(many)]
    for number in range(count):
        gender: Gender = random.choice(("female", "male"))
        clinic, doctor = doctors[number % len(doctors)]
        yield Patient(
            id=an_id(random),
            family=random.choice(_FAMILIES),
            given=random.choice(_GIVEN[gender]),
            # The number makes the name unlike any other: people are told apart by it (duplicates).
            second=f"{random.choice(_GIVEN['male'])}-{number}",
            gender=gender,
            birth_date=today - timedelta(days=random.randrange(*_age_days(random))),
            tax_id=invented_tax_id(_FIRST_PATIENT + number),
            phone=f"+38099{number:07}",
            clinic=clinic,
            doctor=doctor,
        )


def _age_days(random: Random) -> tuple[int, int]:
    youngest = 0
    (oldest,) = random.choices([age for age, _ in _AGES], [share for _, share in _AGES])
    for age, _ in _AGES:
        if age == oldest:
            break
        youngest = age + 1
    return youngest * 365 + 30, (oldest + 1) * 365
