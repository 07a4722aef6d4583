"""Set accepted scenes of commands about medications and medical programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.aggregates.medication import Medication
from ehealth_ledger.entrypoints.demo.resources import medication as write
from ehealth_ledger.events.medical_program import MedicationParticipation, ServiceParticipation
from ehealth_ledger.values.identifiers import MedicalProgramId, MedicationId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.reimbursement import FixedReimbursement
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CODE, NEW, SERVICE, SYSTEM, scene

GENERIC, PRODUCT, PROGRAM = an_id("generic"), an_id("product"), an_id("program")
FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 12, 31)
_PAYER: Final = "NHS_ADMIN_SIGNER"


def generic(**other: Any) -> Medication:
    """Make a generic's state: tablets, one product that comes by tens."""
    fields: dict[str, Any] = {
        "id": MedicationId(GENERIC),
        "unit": write.UNIT,
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "products": {MedicationId(PRODUCT): 10},
    }
    return Medication(**(fields | other))


def product(**other: Any) -> Medication:
    """Make a product's state: thirty tablets a package, by tens."""
    fields: dict[str, Any] = {
        "id": MedicationId(PRODUCT),
        "unit": write.UNIT,
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "generic": MedicationId(GENERIC),
        "package_quantity": 30,
        "package_minimum": 10,
    }
    return Medication(**(fields | other))


def participation(**other: Any) -> MedicationParticipation:
    """Make the product's part in the program: 60 hryvnias a package."""
    fields: dict[str, Any] = {
        "medication": MedicationId(PRODUCT),
        "generic": MedicationId(GENERIC),
        "package_quantity": 30,
        "package_minimum": 10,
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "reimbursement": FixedReimbursement(type="FIXED", amount=Kopiykas(6_000)),
    }
    return MedicationParticipation(**(fields | other))


def program(*participants: MedicationParticipation, **other: Any) -> MedicalProgram:
    """Make a program's state; by default it relaxes nothing but the declaration."""
    medications: dict[MedicationId, tuple[MedicationParticipation, ...]] = {}
    for each in participants:
        medications[each.medication] = (*medications.get(each.medication, ()), each)
    fields: dict[str, Any] = {
        "id": MedicalProgramId(PROGRAM),
        "kind": "MEDICATION",
        "funding_source": "NHS",
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "settings": frozenset(
            {"skip_employment_declaration_verify", "skip_legal_entity_declaration_verify"}
        ),
        "specialities": frozenset(),
        "conditions": frozenset(),
        "patient_categories": frozenset(),
        "request_days_max": None,
        "dispense_days": None,
        "medications": medications,
    }
    return MedicalProgram(**(fields | other))


def service_program() -> MedicalProgram:
    """Make the state of a program of services, with one."""
    part = ServiceParticipation(service=SERVICE, first_day=FIRST_DAY, last_day=LAST_DAY)
    return program(kind="SERVICE", services={SERVICE: (part,)})


def _by_payer(command: str, resource: Any, states: Mapping[UUID, object]) -> Scene:
    return scene(_PAYER, command, states=dict(states), resource=resource)


def publish_generic() -> Scene:
    return _by_payer("medication.publish", write.innm_dosage(NEW), {})


def publish_medication() -> Scene:
    return _by_payer("medication.publish", write.product(NEW, GENERIC), {GENERIC: generic()})


def deactivate_medication() -> Scene:
    resource = {"medication": str(PRODUCT), "order": write.ORDER}
    return _by_payer("medication.deactivate", resource, {PRODUCT: product(), GENERIC: generic()})


def publish_program() -> Scene:
    resource = write.program(
        NEW,
        specialities=["FAMILY_DOCTOR"],
        conditions=[{"system": "http://hl7.org/fhir/sid/icd-10-am", "code": "I10"}],
        patient_categories=["insulin"],
        request_days_max=60,
        dispense_days=20,
    )
    return _by_payer("medical_program.publish", resource, {})


def deactivate_program() -> Scene:
    resource = {"program": str(PROGRAM), "order": write.ORDER}
    return _by_payer("medical_program.deactivate", resource, {PROGRAM: program()})


def add_medications() -> Scene:
    states = {PROGRAM: program(), PRODUCT: product()}
    return _by_payer("program_medication.add", write.program_medications(PROGRAM, PRODUCT), states)


def end_medication() -> Scene:
    resource = {
        "program": str(PROGRAM),
        "medication": str(PRODUCT),
        "last_day": "2026-11-23",
        "order": write.ORDER,
    }
    return _by_payer("program_medication.end", resource, {PROGRAM: program(participation())})


def add_services() -> Scene:
    resource = write.program_services(PROGRAM, (SYSTEM, CODE))
    return _by_payer("program_service.add", resource, {PROGRAM: program(kind="SERVICE")})


def end_service() -> Scene:
    resource = {
        "program": str(PROGRAM),
        "service": {"system": SYSTEM, "code": CODE},
        "last_day": "2026-11-23",
        "order": write.ORDER,
    }
    return _by_payer("program_service.end", resource, {PROGRAM: service_program()})


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "medication.publish": publish_medication,
    "medication.deactivate": deactivate_medication,
    "medical_program.publish": publish_program,
    "medical_program.deactivate": deactivate_program,
    "program_medication.add": add_medications,
    "program_medication.end": end_medication,
    "program_service.add": add_services,
    "program_service.end": end_service,
}
