"""Set accepted scenes of commands about prescriptions, dispenses and who provides a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.care_plan import Activity
from ehealth_ledger.aggregates.care_plan import Status as PlanStatus
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.encounter import Encounter
from ehealth_ledger.aggregates.licence import Licence
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.prescription.state import (
    Block,
    Dispense,
    DispenseStatus,
    Prescription,
)
from ehealth_ledger.aggregates.program_provision import ProgramProvision
from ehealth_ledger.commands.fhir.care_plan import INNM_DOSAGES
from ehealth_ledger.entrypoints.demo.resources import prescription as write
from ehealth_ledger.entrypoints.demo.resources.care_plan import based_on
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.values.identifiers import (
    ContractId,
    DispenseId,
    DivisionId,
    EncounterId,
    EpisodeId,
    LegalEntityId,
    LicenceId,
    MedicalProgramId,
    MedicationId,
    PatientId,
    PrescriptionId,
    provision_stream,
)
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.approval import APPROVAL, approval
from tests.laws.scenes.care_plan import ACTIVITY, CARE_PLAN, activity, plan
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    EDRPOU,
    ENCOUNTER,
    ENTITY,
    LEDGER,
    NEW,
    PATIENT,
    TAX,
    contract,
    institution,
    scene,
)
from tests.laws.scenes.episode import EPISODE
from tests.laws.scenes.medication import (
    GENERIC,
    PRODUCT,
    PROGRAM,
    generic,
    participation,
    product,
    program,
)

PRESCRIPTION, DISPENSE = an_id("prescription"), an_id("dispense")
DIVISION, DRUGSTORE = an_id("division"), an_id("drugstore")
LICENCE = an_id("licence")
TODAY: Final = date(2026, 11, 23)
CODE: Final = "0417"
QUANTITY: Final = 60
HELD_UNTIL: Final = microseconds(NOW + timedelta(minutes=5))


def treated() -> Patient:
    """Make the patient's state."""
    return Patient(PatientId(PATIENT), date(1980, 5, 1))


def encountered(patient: UUID = PATIENT) -> Encounter:
    """Make the state of the encounter at which it was prescribed."""
    return Encounter(
        EncounterId(ENCOUNTER), PatientId(patient), EpisodeId(EPISODE), LegalEntityId(ENTITY)
    )


def division(**other: Any) -> Division:
    """Make the state of the institution's division."""
    fields: dict[str, Any] = {
        "id": DivisionId(DIVISION),
        "legal_entity": LegalEntityId(ENTITY),
        "kind": "CLINIC",
    }
    return Division(**(fields | other))


def drugstore() -> Division:
    """Make the state of a verified drugstore of the acting pharmacy."""
    return division(id=DivisionId(DRUGSTORE), kind="DRUGSTORE", dls_verified=True)


def provision() -> ProgramProvision:
    """Make the state of what the drugstore provides: the program, since the summer."""
    return ProgramProvision(
        MedicalProgramId(PROGRAM),
        DivisionId(DRUGSTORE),
        LegalEntityId(ENTITY),
        Dated((date(2026, 6, 1),), (True,)),
    )


def prescription(*dispenses: Dispense, **other: Any) -> Prescription:
    """Make a prescription's state: sixty tablets, this month, by the acting institution."""
    fields: dict[str, Any] = {
        "id": PrescriptionId(PRESCRIPTION),
        "patient": PatientId(PATIENT),
        "intent": "order",
        "medication": MedicationId(GENERIC),
        "quantity": QUANTITY,
        "program": MedicalProgramId(PROGRAM),
        "settings": frozenset(),
        "legal_entity": LegalEntityId(ENTITY),
        "dispensed_from": date(2026, 11, 1),
        "dispensed_to": date(2026, 11, 30),
        "expires_at": microseconds(NOW + timedelta(days=7)),
        "dispenses": {each.id: each for each in dispenses},
    }
    return Prescription(**(fields | other))


def blocked(entity: UUID = ENTITY, until: int | None = None) -> Prescription:
    """Make the state of a prescription that an institution blocked."""
    return prescription(block=Block("provider", LegalEntityId(entity), until))


def dispense(
    status: DispenseStatus = DispenseStatus.HELD, *, name: str = "dispense", **other: Any
) -> Dispense:
    """Make a dispense's state: all sixty tablets, held by the acting pharmacy."""
    fields: dict[str, Any] = {
        "id": DispenseId(an_id(name)),
        "legal_entity": LegalEntityId(ENTITY),
        "division": DivisionId(DRUGSTORE),
        "medication": MedicationId(PRODUCT),
        "program": MedicalProgramId(PROGRAM),
        "quantity": QUANTITY,
        "reserved_on": TODAY,
        "expires_at": HELD_UNTIL,
        "status": status,
    }
    return Dispense(**(fields | other))


def reimbursed(**terms: Any) -> Contract:
    """Make the state of the pharmacy's contract: it names the program and the drugstore."""
    kind = {"kind": "REIMBURSEMENT", "provider": ENTITY, "packages": (str(PROGRAM),)}
    return replace(contract(**(kind | terms)), divisions=frozenset({DivisionId(DRUGSTORE)}))


def pharmacy(command: str, *, states: Mapping[UUID, object], **body: Any) -> Scene:
    """Set a scene in which a pharmacist of the acting pharmacy acts."""
    known = {
        DRUGSTORE: drugstore(),
        PRODUCT: product(),
        PROGRAM: program(participation()),
        provision_stream(PROGRAM, DRUGSTORE): provision(),
        **states,
    }
    made = scene("PHARMACIST", command, states=known, **body)
    made.states[ENTITY] = institution(kind="PHARMACY")
    made.states[LICENCE] = Licence(
        LicenceId(LICENCE), LegalEntityId(ENTITY), "PHARMACY", date(2020, 1, 1)
    )
    made.states[CONTRACT] = reimbursed()
    bought = ContractInForce(ContractId(CONTRACT), LegalEntityId(an_id("payer")))
    days = (date(2026, 1, 1), date(2026, 12, 31))
    made.lookups.contracts.known[ENTITY] = [(*days, str(PROGRAM), bought)]
    made.lookups.licences.known[LegalEntityId(ENTITY)] = (LicenceId(LICENCE),)
    made.lookups.prescriptions.codes[PrescriptionId(PRESCRIPTION)] = CODE
    return made


def request(**other: Any) -> Json:
    """Write the prescription that the scenes issue: from today on, for thirty days."""
    fields: dict[str, Any] = {
        "patient": PATIENT,
        "encounter": ENCOUNTER,
        "requester": ACTOR,
        "division": DIVISION,
        "medication": GENERIC,
        "program": PROGRAM,
        "authored_on": NOW - timedelta(seconds=1),
        "first_day": TODAY,
    }
    return write.medication_request(NEW, **(fields | other))


def issue_prescription() -> Scene:
    states = {
        PATIENT: treated(),
        ENCOUNTER: encountered(),
        DIVISION: division(),
        GENERIC: generic(),
        PROGRAM: program(participation()),
    }
    return scene("DOCTOR", "prescription.issue", states=states, resource=request())


def planned_medicine(**other: Any) -> Activity:
    """Make the state of an activity: 120 tablets of the INNM dosage, of which 60 are taken."""
    fields: dict[str, Any] = {
        "kind": "MedicationRequest",
        "codes": (f"{INNM_DOSAGES}|{GENERIC}",),
        "quantity": 120,
        "uses": {an_id("another prescription"): 60},
        "ends_at": microseconds(NOW + timedelta(days=60)),
    }
    return activity(**(fields | other))


def issue_planned_prescription() -> Scene:
    """Prescribe sixty of what a care plan foresees, which the patient lets one write."""
    accepted = issue_prescription()
    resource = request(basedOn=[based_on(CARE_PLAN, ACTIVITY)])
    accepted.content = {**accepted.content, "resource": resource}
    accepted.states[CARE_PLAN] = plan(PlanStatus.ACTIVE, planned_medicine())
    accepted.states[APPROVAL] = approval()
    accepted.lookups.approvals.live[PatientId(PATIENT)] = (approval().id,)
    return accepted


def block_prescription() -> Scene:
    resource = write.named(PRESCRIPTION, PATIENT, reason=write.reason(write.BLOCK_REASONS))
    states = {PRESCRIPTION: prescription()}
    return scene("DOCTOR", "prescription.block", states=states, resource=resource)


def unblock_prescription() -> Scene:
    resource = write.named(PRESCRIPTION, PATIENT, reason=write.reason(write.BLOCK_REASONS))
    states = {PRESCRIPTION: blocked()}
    return scene("DOCTOR", "prescription.unblock", states=states, resource=resource)


def reject_prescription() -> Scene:
    resource = write.named(
        PRESCRIPTION,
        PATIENT,
        reason=write.reason(write.REJECT_REASONS),
        explanation="Інший препарат",
    )
    states = {PRESCRIPTION: prescription()}
    return scene("DOCTOR", "prescription.reject", states=states, resource=resource)


def reject_at_pharmacy() -> Scene:
    """A pharmacist rejects the prescription that a patient shows."""
    resource = write.named(
        PRESCRIPTION,
        PATIENT,
        reason=write.reason(write.REJECT_REASONS),
        explanation="Взаємодія з іншим препаратом",
        code=CODE,
    )
    states = {PRESCRIPTION: prescription(legal_entity=LegalEntityId(an_id("hospital")))}
    return pharmacy("prescription.reject", states=states, resource=resource)


def reserve_dispense() -> Scene:
    resource = write.hold(
        NEW,
        prescription=PRESCRIPTION,
        patient=PATIENT,
        code=CODE,
        division=DRUGSTORE,
        program=PROGRAM,
        medication=PRODUCT,
    )
    states = {PRESCRIPTION: prescription(), PATIENT: treated()}
    return pharmacy("dispense.reserve", states=states, resource=resource)


def process_dispense() -> Scene:
    resource = write.medication_dispense(
        DISPENSE,
        prescription=PRESCRIPTION,
        patient=PATIENT,
        pharmacist=ACTOR,
        division=DRUGSTORE,
        program=PROGRAM,
        medication=PRODUCT,
        handed_over=NOW - timedelta(seconds=1),
    )
    states = {PRESCRIPTION: prescription(dispense())}
    return pharmacy("dispense.process", states=states, resource=resource, prices=write.prices())


def reject_dispense() -> Scene:
    resource = write.named(
        PRESCRIPTION,
        PATIENT,
        dispense=str(DISPENSE),
        reason=write.reason(write.DISPENSE_REASONS),
    )
    states = {PRESCRIPTION: prescription(dispense())}
    return pharmacy("dispense.reject", states=states, resource=resource)


def open_provision() -> Scene:
    resource = {
        "program": str(PROGRAM),
        "division": str(DRUGSTORE),
        "first_day": TODAY.isoformat(),
    }
    states = {PROGRAM: program(), DRUGSTORE: drugstore()}
    return scene("NHS_ADMIN_SIGNER", "program_provision.open", states=states, resource=resource)


def close_provision() -> Scene:
    resource = {
        "program": str(PROGRAM),
        "division": str(DRUGSTORE),
        "from_day": TODAY.isoformat(),
    }
    states = {
        PROGRAM: program(),
        DRUGSTORE: drugstore(),
        provision_stream(PROGRAM, DRUGSTORE): provision(),
    }
    return scene("NHS_ADMIN_SIGNER", "program_provision.close", states=states, resource=resource)


def due(command: str, state: Prescription) -> Scene:
    """Set a scene in which the ledger acts by itself on a prescription."""
    content = {
        "command": command,
        "version": 1,
        "command_id": "10000000-0000-4000-8000-000000000001",
        "ledger": str(LEDGER),
        "issued_at": NOW.isoformat(),
        "reason": {"position": 90, "rule": command},
        "resource": {"prescription": str(PRESCRIPTION)},
    }
    return Scene(content, {PRESCRIPTION: state}, TAX, EDRPOU)


def expire_prescription() -> Scene:
    return due("prescription.expire", prescription(expires_at=microseconds(NOW)))


def expire_dispense() -> Scene:
    state = prescription(dispense(expires_at=microseconds(NOW)))
    return due("dispense.expire", state)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "prescription.issue": issue_prescription,
    "prescription.block": block_prescription,
    "prescription.unblock": unblock_prescription,
    "prescription.reject": reject_prescription,
    "prescription.expire": expire_prescription,
    "dispense.reserve": reserve_dispense,
    "dispense.process": process_dispense,
    "dispense.reject": reject_dispense,
    "dispense.expire": expire_dispense,
    "program_provision.open": open_provision,
    "program_provision.close": close_provision,
}
