"""Registries: places, papers, services, staff, and what becomes of institutions."""

from __future__ import annotations

from uuid import uuid4

from ehealth_ledger.entrypoints.demo import acts
from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.commands import PACKAGE, Actor
from ehealth_ledger.entrypoints.demo.resources import registry


def registries(stage: Stage) -> Play:
    """Change every register once."""
    yield from _place(stage)
    yield from _services(stage)
    yield from _person(stage)
    yield from _institutions(stage)


def _place(stage: Stage) -> Play:
    head, place = stage.clinic, uuid4()
    named = {"division": str(place)}
    described = registry.division(place, name="ФАП", mountain=True)
    yield stage.sign("division.register", head, resource=described)
    moved = {
        **named,
        "name": "ФАП у долині",
        "address": registry.address("Нове Вигадане"),
        "mountain_group": False,
    }
    yield stage.sign("division.update", head, resource=moved)
    yield stage.sign("division.deactivate", head, resource=named)
    yield stage.sign("division.activate", head, resource=named)


def _services(stage: Stage) -> Play:
    head, place, paper, care = stage.clinic, uuid4(), uuid4(), uuid4()
    yield stage.sign("division.register", head, resource=registry.division(place, name="Кабінет"))
    described = registry.licence(paper)
    yield stage.sign("licence.register", head, resource=described)
    renewed = {name: value for name, value in described.items() if name not in ("id", "type")}
    yield stage.sign(
        "licence.update", head, resource={**renewed, "licence": str(paper), "number": "ЛЦ-002"}
    )
    service = registry.healthcare_service(care, place, paper)
    yield stage.sign("healthcare_service.register", head, resource=service)
    named = {"healthcare_service": str(care)}
    yield stage.sign("healthcare_service.deactivate", head, resource=named)
    yield stage.sign("healthcare_service.activate", head, resource=named)
    tie = uuid4()
    role = registry.role(tie, stage.doctor.employee, care)
    yield stage.sign("employee_role.register", head, resource=role)
    tied = {"employee_role": str(tie)}
    yield stage.sign("employee_role.deactivate", head, resource=tied)
    yield stage.sign("employee_role.activate", head, resource=tied)


def _person(stage: Stage) -> Play:
    head = stage.clinic
    locum, party = stage.person("Заступник", head)
    hired = registry.employment(locum.employee, party, "DOCTOR")
    yield stage.sign("employee.register", head, resource=hired)
    named = {"employee": str(locum.employee)}
    qualified = {**named, "specialities": registry.specialities("FAMILY_DOCTOR", "PEDIATRICIAN")}
    yield stage.sign("employee.update", head, resource=qualified)
    known = registry.party_verdict(locum.employee, "VERIFIED")
    yield stage.sign("party.verify", stage.payer, resource=known)
    died = {**named, "died_on": stage.today.isoformat(), "reason": "Актовий запис про смерть"}
    yield stage.sign("party.mark_deceased", stage.payer, resource=died)
    yield stage.sign("party.mark_alive", stage.payer, resource={**named, "reason": "Однофамілець"})
    yield stage.sign("employee.dismiss", head, resource={**named, "reason": "За згодою сторін"})


def _institutions(stage: Stage) -> Play:
    """One with a contract is suspended, led by another and joined to the clinic; one is closed."""
    payer = stage.payer
    head = yield from stage.institution("Кабінет «Ластівка»", "PRIMARY_CARE")
    yield stage.sign(
        "legal_entity.update", head, resource={"name": "Кабінет «Ластівка» з новою назвою"}
    )
    yield from _contract(stage, head)
    decision = registry.decision(head.legal_entity)
    yield stage.sign("legal_entity.suspend", payer, resource=decision)
    yield stage.sign("legal_entity.resume", payer, resource=decision)
    successor, party = stage.person("Наступник", head)
    led = {
        "legal_entity": str(head.legal_entity),
        "former": str(head.employee),
        "head": {"id": str(successor.employee), "party": party},
        "reason": "Наказ про призначення",
    }
    yield stage.sign("legal_entity.change_head", payer, resource=led)
    joined = {**decision, "successor": str(stage.clinic.legal_entity)}
    yield stage.sign("legal_entity.reorganise", payer, resource=joined)
    closing = yield from stage.institution("Кабінет «Сорока»", "PRIMARY_CARE")
    nurse, party = stage.person("Остання", closing)
    hired = registry.employment(nurse.employee, party, "RECEPTIONIST")
    yield stage.sign("employee.register", closing, resource=hired)
    yield stage.sign("legal_entity.close", payer, resource=registry.decision(closing.legal_entity))


def _contract(stage: Stage, head: Actor) -> Play:
    """Conclude a contract of next year: it rests, wakes and ends with its institution.

    An earlier request is taken back after the payer has signed it.
    """
    request, division, year = uuid4(), uuid4(), stage.today.year + 1
    described = registry.division(division, name="Кабінет")
    yield stage.author.sign("division.register", head, resource=described)
    wish = {
        "id": str(request),
        "contract": str(uuid4()),
        "kind": "MEDICAL_SERVICES",
        "packages": [PACKAGE],
        "divisions": [str(division)],
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31",
    }
    mistaken = uuid4()
    other = {**wish, "id": str(mistaken), "contract": str(uuid4())}
    yield stage.author.sign("contract.request", head, resource=other)
    yield acts.sign_contract(stage.author, stage.payer, mistaken, "Д-С")
    why = {"request": str(mistaken), "reason": "Підписано з помилковими днями"}
    yield stage.author.sign("contract.withdraw", head, resource=why)
    yield stage.author.sign("contract.request", head, resource=wish)
    signed = acts.sign_contract(stage.author, stage.payer, request, "Д-Л")
    yield signed
    placed = stage.placed(signed.command_id)
    yield acts.countersign_contract(stage.author, head, request, signed, placed)
