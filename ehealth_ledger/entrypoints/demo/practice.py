"""Settle a family doctor's practice before the month begins, so that the month can be counted.

Capitation counts who was declared when a month began, and the rest of the demo begins today. So the
ledger is founded on a day of last month, on a clock of its own, and this practice is settled then:
in process, through the same write path as everything else. The running service does the rest.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.entrypoints import bootstrap, reference_data
from ehealth_ledger.entrypoints.demo import acts, people
from ehealth_ledger.entrypoints.demo.commands import Author, Signed
from ehealth_ledger.entrypoints.demo.founding import Founding
from ehealth_ledger.entrypoints.demo.resources import patient as resources
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import KYIV, Month, first_day, kyiv_day, microseconds, month_of
from ehealth_ledger.verification.containers import CMS

INSTITUTION: Final = people.Institution(
    "Амбулаторія «Смерека»",
    "99000004",
    "PRIMARY_CARE",
    people.Person("Полонина", "Смерека", "9900000008"),
)
DOCTOR: Final = people.Person("Стежка", "Остап", "9900000009")
AGES: Final = (16, 25, 30, 50, 70, 82)
LIMIT: Final = 1_800
RED_LIST: Final = "1-red-list"  # a package whose tariff comes late
DAYS_BEFORE: Final = 10
_YEAR: Final = 366  # days, so that nobody is younger than the age says


@dataclass(frozen=True, slots=True)
class Practice:
    """Hold what the end of the demo asks about; `commands` is how many settled it."""

    contract: UUID
    period: Month
    declared: int = len(AGES)
    commands: int = 0


def last_month(now: datetime) -> datetime:
    """Return a moment some days before the month of `now` begins: a morning in Kyiv."""
    begins = first_day(month_of(kyiv_day(now)))
    return datetime.combine(begins - timedelta(days=DAYS_BEFORE), time(10), KYIV)


def settle(settings: Settings, urls: Databases, founding: Founding, at: datetime) -> Practice:
    """Register the practice and its patients, conclude its contract: all of it at one moment."""
    moment = microseconds(at)
    period = month_of(kyiv_day(at + timedelta(days=DAYS_BEFORE)))
    practice = Practice(uuid4(), period)

    def clock() -> int:
        return moment

    with bootstrap.service(settings, urls, on_fatal=bootstrap.raising, now=clock) as service:
        count = asyncio.run(_settled(service, founding, founding.author(clock), practice, at))
    return replace(practice, commands=count)


async def _settled(
    service: bootstrap.Service, founding: Founding, author: Author, practice: Practice, at: datetime
) -> int:
    """Post everything; return how many commands that were."""
    count = 0

    async def send(signed: Signed) -> Placement:
        nonlocal count
        count += 1
        accepted = await service.intake.accept(signed.container, CMS, client="practice")
        return accepted.receipt.placement

    payer = founding.payer
    head = acts.head_of(founding.authority, INSTITUTION)
    doctor = acts.employee_of(founding.authority, head, DOCTOR)
    await send(acts.register_institution(author, head, INSTITUTION))
    await send(acts.verify_institution(author, payer, head.legal_entity))
    place = registry.division(head.division, mountain=True)
    await send(author.sign("division.register", head, resource=place))
    await send(acts.register_employee(author, head, doctor, DOCTOR, "DOCTOR"))
    for age in AGES:
        patient = uuid4()
        described = resources.patient(
            patient,
            family="Смерічка",
            given=f"Ровесниця{age}",
            birth_date=kyiv_day(at) - timedelta(days=_YEAR * age),
            gender="female",
        )
        await send(author.sign("patient.register", doctor, resource=described))
        await send(acts.sign_declaration(author, doctor, patient))
    begins = first_day(practice.period)
    await send(author.sign("tariff.release", payer, resource=tariff(practice.period)))
    request = uuid4()
    post = {
        "employee": str(doctor.employee),
        "division": str(doctor.division),
        "declaration_limit": LIMIT,
    }
    wish = {
        "id": str(request),
        "contract": str(practice.contract),
        "kind": "CAPITATION",
        "packages": ["1", RED_LIST],
        "divisions": [str(head.division)],
        "employees": [post],
        **_rest_of_the_year(begins),
    }
    await send(author.sign("contract.request", head, resource=wish))
    signed = acts.sign_contract(author, payer, request, "К-1", [("1", "rural")])
    placed = await send(signed)
    await send(acts.countersign_contract(author, head, request, signed, placed))
    return count


def _rest_of_the_year(begins: date) -> Json:
    return {"first_day": begins.isoformat(), "last_day": f"{begins.year}-12-31"}


def tariff(period: Month, package: str = "1") -> Json:
    """Release the rates of 2018 for this year, which are known exactly, and a rural correction."""
    first, *_ = (each for each in reference_data.tariffs() if each["package"] == package)
    begins = first_day(period)
    order = f"Демо: ставки 2018 року на {begins.year}"
    terms = {**first["terms"], "corrections": [{"code": "rural", "value": "1.1"}]}
    days = _rest_of_the_year(begins)
    return {**first, **days, "id": str(uuid4()), "order": order, "terms": terms}
