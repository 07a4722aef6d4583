"""Invent the region of the demo: institutions, the people who work there, the patients.

Nobody here exists. Tax ids (РНОКПП) begin with 99 and so belong to birth dates of the 22nd century;
codes of organisations (ЄДРПОУ) begin with 99, a range the state register has not reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, product
from typing import Final, Literal

from ehealth_ledger.entrypoints.demo.resources.patient import invented_tax_id

PATIENTS_MIN: Final = 6  # one for each turn of the story
PATIENTS_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Person:
    """Name a person at work."""

    family: str
    given: str
    tax_id: str

    @property
    def name(self) -> str:
        """Return the name as a certificate carries it."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Institution:
    """Describe an institution (надавач медичних послуг) and its head."""

    name: str
    edrpou: str
    kind: Literal["PRIMARY_CARE", "OUTPATIENT"]
    head: Person


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Describe a patient before registration."""

    family: str
    given: str
    gender: Literal["female", "male"]
    birth_date: date
    tax_id: str


CLINIC: Final = Institution(
    "Амбулаторія «Ромашка»", "99000001", "PRIMARY_CARE", Person("Головань", "Мальва", "9900000001")
)
SECOND_CLINIC: Final = Institution(
    "Амбулаторія «Барвінок»", "99000002", "PRIMARY_CARE", Person("Керманич", "Ждан", "9900000002")
)
HOSPITAL: Final = Institution(
    "Лікарня «Калина»", "99000003", "OUTPATIENT", Person("Очільник", "Зоряна", "9900000003")
)

FAMILY_DOCTOR: Final = Person("Цілитель", "Веселина", "9900000011")
SECOND_FAMILY_DOCTOR: Final = Person("Дбайло", "Світозар", "9900000012")
RECEPTIONIST: Final = Person("Привітна", "Квітка", "9900000013")
CARDIOLOGIST: Final = Person("Серденько", "Лісомир", "9900000014")
SECOND_CARDIOLOGIST: Final = Person("Пульсар", "Зорян", "9900000015")
DISMISSED: Final = Person("Вибулий", "Явір", "9900000016")
SECOND_SIGNER: Final = Person("Совісна", "Дана", "9900000017")  # the payer's other person

_FAMILIES: Final = (
    *("Верболіз", "Горицвіт", "Деревій", "Живокіст", "Звіробій", "Кульбаба", "Любисток"),
    *("Материнка", "Первоцвіт", "Сон-Трава", "Чебрець", "Шавлія", "Безсмертник", "Волошка"),
    *("Конвалія", "Незабудка", "Орлики", "Полин", "Рута", "Цикорій"),
)
_GIVEN: Final[tuple[tuple[str, Literal["female", "male"]], ...]] = (
    *(("Зоряна", "female"), ("Ждан", "male"), ("Мальва", "female"), ("Яр", "male")),
    *(("Калина", "female"), ("Любомир", "male"), ("Веселка", "female"), ("Сокіл", "male")),
    *(("Весна", "female"), ("Добриня", "male"), ("Роксолана", "female"), ("Вир", "male")),
    *(("Світанка", "female"), ("Гай", "male"), ("Мрія", "female"), ("Грім", "male")),
    *(("Піснеслава", "female"), ("Степ", "male"), ("Хвиля", "female"), ("Місяць", "male")),
)
_YOUNGEST: Final = date(2004, 3, 9)
_FIRST_TAX_ID: Final = 991_000_000  # without the last digit, which follows from the others
_YEARS_APART_DAYS: Final = 1_301  # steps through the ages without repeating a day of the year


def patients(count: int) -> list[Newcomer]:
    """Invent different patients, always the same ones; raise ValueError beyond the limits."""
    if not PATIENTS_MIN <= count <= PATIENTS_MAX:
        raise ValueError(f"the demo plays with {PATIENTS_MIN} to {PATIENTS_MAX} patients")
    shifts = range(len(_GIVEN))
    pairs = (
        (at, (at + shift) % len(_GIVEN)) for shift, at in product(shifts, range(len(_FAMILIES)))
    )
    return [
        Newcomer(
            _FAMILIES[family],
            *_GIVEN[given],
            _YOUNGEST - timedelta(days=number % 20 * _YEARS_APART_DAYS),
            invented_tax_id(_FIRST_TAX_ID + number),
        )
        for number, (family, given) in enumerate(islice(pairs, count))
    ]
