"""People: an unknown person identified, a child and who confirms, declarations to every end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.chapters.stage import SIX_YEARS, Play, Stage
from ehealth_ledger.entrypoints.demo.resources import patient as resources
from ehealth_ledger.values.json import Json


def people(stage: Stage) -> Play:
    """Register, correct, join, declare, and end."""
    yield from _identified(stage)
    yield from _child(stage)
    yield from _declarations(stage)
    yield from _endings(stage)


def _identified(stage: Stage) -> Play:
    """Somebody is brought in unknown, known again the next day, and joined to the own record."""
    unknown = uuid4()
    yield stage.sign("preperson.register", stage.doctor, resource=resources.preperson(unknown))
    known, registered = stage.newcomer("Впізнаний")
    yield registered
    joining = {"master": str(known), "merged": str(unknown), "reason": "Особу встановлено"}
    yield stage.sign("patient.merge", stage.doctor, resource=joining)
    wrong = {**joining, "reason": "Помилка: інша людина"}
    yield stage.sign("patient.unmerge", stage.payer, resource=wrong)
    yield stage.sign("patient.merge", stage.doctor, resource=joining)


def _child(stage: Stage) -> Play:
    """Register a child with the parent who confirms; later another one does."""
    parent, registered = stage.newcomer("Мати")
    yield registered
    other, registered = stage.newcomer("Батько")
    yield registered
    first_day = stage.today
    relationship, second = uuid4(), uuid4()

    def confidant(child: UUID, person: UUID, related: UUID) -> Json:
        return resources.confidant(related, patient_id=child, person=person, first_day=first_day)

    child, registered = stage.newcomer(
        "Дитина",
        birth_date=stage.today - timedelta(days=SIX_YEARS),
        authentication="THIRD_PERSON",
        confidant=partial(confidant, person=parent, related=relationship),
    )
    yield registered
    yield stage.sign(
        "confidant.register", stage.receptionist, resource=confidant(child, other, second)
    )
    ended = {"patient": str(child), "confidant": str(relationship), "reason": "За рішенням суду"}
    yield stage.sign("confidant.deactivate", stage.receptionist, resource=ended)


def _declarations(stage: Stage) -> Play:
    """Two wait for the payer's word, who approves one; two end, by the doctor and the patient."""
    for word in ("approve", "reject"):
        patient, registered = stage.newcomer("Паперовий", authentication="OFFLINE")
        yield registered
        declaration, signed = stage.declared(patient)
        yield signed
        named = {"declaration": str(declaration), "patient": str(patient)}
        said = named if word == "approve" else {**named, "reason": "Нечіткі копії"}
        yield stage.sign(f"declaration.{word}", stage.payer, resource=said)
    patient, registered = stage.newcomer("Мандрівний")
    yield registered
    declaration, signed = stage.declared(patient)
    yield signed
    ended = {"declaration": str(declaration), "patient": str(patient), "reason": "За заявою"}
    yield stage.sign("declaration.terminate", stage.doctor, resource=ended)
    yield from _left(stage)


def _left(stage: Stage) -> Play:
    """Let a patient leave her doctor herself, by a certificate of her own."""
    patient, registered = stage.newcomer("Самостійна")
    yield registered
    declaration, signed = stage.declared(patient)
    yield signed
    tax_id = resources.invented_tax_id(patient.int)
    credential = stage.authority.issue("Пацієнтка Самостійна", tax_id)
    left = {"declaration": str(declaration), "reason": "Переїзд до іншого міста"}
    yield stage.author.sign_as_patient(
        "declaration.end_by_patient", patient, credential, resource=left
    )


def _endings(stage: Stage) -> Play:
    """Correct a name, record a death, end a registration made in error."""
    changed, registered = stage.newcomer("Дівоча")
    yield registered
    described = resources.patient(
        changed,
        family="Заміжня",
        given="Оновлена",
        birth_date=stage.today - timedelta(days=15_000),
        gender="female",
    )
    yield stage.sign("patient.update", stage.receptionist, resource=described)
    dying, registered = stage.newcomer("Спочилий")
    yield registered
    died = {
        "patient": str(dying),
        "died_on": stage.today.isoformat(),
        "certificate": "I-БК-000002",
    }
    yield stage.sign("patient.mark_deceased", stage.doctor, resource=died)
    twice, registered = stage.newcomer("Зайвий")
    yield registered
    wrong = {"patient": str(twice), "reason": "Зареєстровано помилково"}
    yield stage.sign("patient.deactivate", stage.payer, resource=wrong)
