"""Set accepted scenes of commands about people who receive care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.patient import Confidant, Patient
from ehealth_ledger.entrypoints.demo.resources.patient import confidant as written_confidant
from ehealth_ledger.entrypoints.demo.resources.patient import patient as written_patient
from ehealth_ledger.entrypoints.demo.resources.patient import preperson as written_preperson
from ehealth_ledger.values.identifiers import ConfidantId, PatientId
from ehealth_ledger.values.json import Json
from tests.laws.bench import NOW, Change, Scene, altered
from tests.laws.lookups import an_id
from tests.laws.scenes.common import NEW, PATIENT, TAX, head, scene

PARENT, RELATIONSHIP, MASTER = an_id("parent"), an_id("relationship"), an_id("master")
GROWN_UP, CHILD = date(1980, 5, 1), date(2016, 5, 1)
TODAY = NOW.date()


def person(wanted: UUID = PATIENT, **other: Any) -> Patient:
    """Make a patient's state: grown up, confirming by a code, with a tax id."""
    fields: dict[str, Any] = {
        "id": PatientId(wanted),
        "birth_date": GROWN_UP,
        "authentication": "OTP",
        "tax_index": f"tax index of {wanted}",
        "phone_index": f"phone index of {wanted}",
    }
    return Patient(**(fields | other))


def child(wanted: UUID = PATIENT, **other: Any) -> Patient:
    """Make a young child's state, for whom the parent confirms."""
    fields: dict[str, Any] = {
        "birth_date": CHILD,
        "authentication": "THIRD_PERSON",
        "phone_index": None,
        "confidants": (relationship(),),
    }
    return person(wanted, **(fields | other))


def relationship(**other: Any) -> Confidant:
    """Make a relationship that holds without an end."""
    fields: dict[str, Any] = {
        "id": ConfidantId(RELATIONSHIP),
        "person": PatientId(PARENT),
        "first_day": date(2020, 1, 1),
    }
    return Confidant(**(fields | other))


def described(wanted: UUID = NEW, **other: Any) -> Json:
    """Write the description of a grown-up patient."""
    fields: dict[str, Any] = {
        "family": "Пацієнтка",
        "given": "Олена",
        "second": "Іванівна",
        "birth_date": GROWN_UP,
        "gender": "female",
    }
    return written_patient(wanted, **(fields | other))


def described_confidant(wanted: UUID = NEW, **other: Any) -> Json:
    """Write the parent's relationship to a child."""
    fields: dict[str, Any] = {"patient_id": wanted, "person": PARENT, "first_day": CHILD}
    return written_confidant(RELATIONSHIP, **(fields | other))


NO_LONGER_ACTIVE: Final[Mapping[str, Change]] = {
    "a patient who died": altered(PATIENT, active=False, deceased=True),
    "a registration made in error": altered(PATIENT, active=False, deactivated=True),
    "a record joined to another": altered(PATIENT, active=False, merged_into=PatientId(MASTER)),
}


def register_patient() -> Scene:
    return scene("RECEPTIONIST", "patient.register", resource=described())


def register_child() -> Scene:
    """A child whose parent comes along."""
    return scene(
        "RECEPTIONIST",
        "patient.register",
        states={PARENT: person(PARENT)},
        resource=described(birth_date=CHILD, authentication="THIRD_PERSON"),
        confidant=described_confidant(),
    )


def update_patient() -> Scene:
    return scene(
        "DOCTOR",
        "patient.update",
        states={PATIENT: person(), PARENT: person(PARENT)},
        resource=described(PATIENT, family="Заміжня"),
    )


def register_preperson() -> Scene:
    return scene("SPECIALIST", "preperson.register", resource=written_preperson(NEW))


def mark_patient_deceased() -> Scene:
    resource = {"patient": str(PATIENT), "died_on": "2026-11-22", "certificate": "I-БК-000001"}
    states = {PATIENT: person()}
    return scene("DOCTOR", "patient.mark_deceased", states=states, resource=resource)


def deactivate_patient() -> Scene:
    resource = {"patient": str(PATIENT), "reason": "Зареєстровано помилково"}
    states = {PATIENT: person()}
    return scene("NHS_ADMIN_SIGNER", "patient.deactivate", states=states, resource=resource)


def merge_patient() -> Scene:
    """A person turns out to be the unidentified patient of the day before."""
    resource = {"master": str(MASTER), "merged": str(PATIENT), "reason": "Особу встановлено"}
    states = {
        MASTER: person(MASTER),
        PATIENT: Patient(PatientId(PATIENT), None, identified=False),
    }
    return scene("DOCTOR", "patient.merge", states=states, resource=resource)


def unmerge_patient() -> Scene:
    resource = {"master": str(MASTER), "merged": str(PATIENT), "reason": "Помилка"}
    states = {
        MASTER: person(MASTER, absorbed=(PatientId(PATIENT),)),
        PATIENT: person(active=False, merged_into=PatientId(MASTER)),
    }
    return scene("NHS_ADMIN_SIGNER", "patient.unmerge", states=states, resource=resource)


def register_confidant() -> Scene:
    states = {PATIENT: child(confidants=()), PARENT: person(PARENT)}
    resource = described_confidant(PATIENT)
    return scene("RECEPTIONIST", "confidant.register", states=states, resource=resource)


def deactivate_confidant() -> Scene:
    resource = {
        "patient": str(PATIENT),
        "confidant": str(RELATIONSHIP),
        "reason": "Позбавлення батьківських прав",
    }
    states = {PATIENT: child()}
    return scene("DOCTOR", "confidant.deactivate", states=states, resource=resource)


def system_head(command: str, **body: Any) -> Json:
    """Write the head of what the system orders by itself."""
    written = head(command, reason={"position": 90, "rule": command}, **body)
    return {name: part for name, part in written.items() if name not in _STAFF}


_STAFF: Final = ("legal_entity", "employee")


def expire_confidant() -> Scene:
    over = relationship(last_day=date(2026, 11, 22))
    content = system_head("confidant.expire", resource={"patient": str(PATIENT)})
    return Scene(content, {PATIENT: child(confidants=(over,))}, TAX)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "patient.register": register_patient,
    "patient.update": update_patient,
    "preperson.register": register_preperson,
    "patient.mark_deceased": mark_patient_deceased,
    "patient.deactivate": deactivate_patient,
    "patient.merge": merge_patient,
    "patient.unmerge": unmerge_patient,
    "confidant.register": register_confidant,
    "confidant.deactivate": deactivate_confidant,
    "confidant.expire": expire_confidant,
}
