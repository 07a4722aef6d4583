"""Tell what medical programs, prescriptions and their dispenses can say, in facts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.resources.prescription import medication_request
from ehealth_ledger.events.dispense import (
    DispenseExpired,
    DispenseGrant,
    DispensePrices,
    DispenseProcessed,
    DispenseRejected,
    DispenseReserved,
)
from ehealth_ledger.events.medical_program import (
    MedicalProgramDeactivated,
    MedicalProgramPublished,
    MedicationParticipation,
    ProgramMedicationAdded,
    ProgramMedicationEnded,
    ProgramServiceAdded,
    ProgramServiceEnded,
    ServiceParticipation,
)
from ehealth_ledger.events.prescription import (
    PrescriptionBlocked,
    PrescriptionCompleted,
    PrescriptionExpired,
    PrescriptionIssued,
    PrescriptionRejected,
    PrescriptionUnblocked,
)
from ehealth_ledger.events.program_provision import ProgramProvisionClosed, ProgramProvisionOpened
from ehealth_ledger.values.numbers import prescription_number
from ehealth_ledger.values.reimbursement import FixedReimbursement
from tests.projections.log import HandMadeLog, Said

DAY, LAST_DAY = date(2026, 11, 20), date(2026, 12, 19)
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
EXPIRES_AT = 1_800_000_000_000_000
ORDER, REASON = "наказ 1", "eHealth/test_reasons|changed"
TERMS = FixedReimbursement(type="FIXED", amount=6_000)
SERVICE = "eHealth/services|A67"


class Pharmacy:
    """Hold who prescribes, who hands out, and what."""

    def __init__(self, log: HandMadeLog, clinic: UUID, doctor: UUID, patient: UUID) -> None:
        self.log, self.patient = log, patient
        self.doctor = {"employee": doctor, "legal_entity": clinic}
        self.pharmacist = {"employee": uuid4(), "legal_entity": uuid4()}
        self.drugstore, self.generic, self.product = uuid4(), uuid4(), uuid4()
        self.program = self.publish("MEDICATION")

    def publish(self, kind: str) -> UUID:
        """Publish a program."""
        program = uuid4()
        self.log.add(
            MedicalProgramPublished(
                program=program,
                name="Доступні ліки, вигадані",
                kind=kind,
                funding_source="NHS",
                first_day=DAY,
                last_day=LAST_DAY,
                settings=("multi_medication_dispense_allowed",),
                specialities=(),
                conditions=(),
                patient_categories=(),
                order=ORDER,
                resource_pointer="/resource",
            )
        )
        return program

    def prescribe(self, quantity: int = 60) -> UUID:
        """Issue a prescription within the program."""
        prescription, encounter, division = uuid4(), uuid4(), uuid4()
        resource = medication_request(
            prescription,
            patient=self.patient,
            encounter=encounter,
            requester=self.doctor["employee"],
            division=division,
            medication=self.generic,
            program=self.program,
            authored_on=AT,
            first_day=DAY,
            quantity=quantity,
        )
        self.log.add(
            PrescriptionIssued(
                prescription=prescription,
                patient=self.patient,
                number=prescription_number(self.program, prescription),
                intent="order",
                medication=self.generic,
                unit="PILL",
                quantity=quantity,
                program=self.program,
                settings=(),
                requester=self.doctor["employee"],
                legal_entity=self.doctor["legal_entity"],
                division=division,
                encounter=encounter,
                started_on=DAY,
                ended_on=LAST_DAY,
                dispensed_from=DAY,
                dispensed_to=LAST_DAY,
                expires_at=EXPIRES_AT,
                resource_pointer="/resource",
            ),
            content={"resource": resource},
        )
        return prescription

    def of(self, prescription: UUID, **more: Any) -> dict[str, Any]:
        return {"prescription": prescription, "patient": self.patient, **more}

    def hold(self, prescription: UUID, quantity: int) -> UUID:
        """Hold a quantity of the product for the patient."""
        dispense = uuid4()
        reserved = self.of(
            prescription,
            dispense=dispense,
            division=self.drugstore,
            medication=self.product,
            quantity=quantity,
            program=self.program,
            reserved_on=DAY,
            expires_at=EXPIRES_AT,
            next_expiry=EXPIRES_AT,
            **self.pharmacist,
        )
        self.log.add(DispenseReserved(**reserved))
        return dispense

    def hand_out(self, prescription: UUID, quantity: int, *, last: bool = False) -> Said:
        """Hold a quantity and hand it out; the last one completes the prescription."""
        sold = 300 * quantity
        grant = DispenseGrant(
            program=self.program,
            funding_source="NHS",
            reimbursement=TERMS,
            package_quantity=30,
            amount=200 * quantity,
        )
        processed = self.of(
            prescription,
            dispense=self.hold(prescription, quantity),
            division=self.drugstore,
            medication=self.product,
            quantity=quantity,
            handed_over_on=DAY,
            prices=DispensePrices(
                unit_price=300,
                sell_amount=sold,
                discount_amount=grant.amount,
                payment_amount=sold - grant.amount,
            ),
            grant=grant,
            resource_pointer="/resource",
            **self.pharmacist,
        )
        completed = [PrescriptionCompleted(**self.of(prescription))] if last else []
        return self.log.add(DispenseProcessed(**processed), *completed)


def tell_pharmacy(log: HandMadeLog, clinic: UUID, doctor: UUID, patient: UUID) -> None:
    """Write every fact of programs, prescriptions and dispenses at least once."""
    pharmacy = Pharmacy(log, clinic, doctor, patient)
    _programs(pharmacy)
    _dispenses(pharmacy)
    _prescriptions(pharmacy)


def _programs(pharmacy: Pharmacy) -> None:
    log, program = pharmacy.log, pharmacy.program
    part = MedicationParticipation(
        medication=pharmacy.product,
        generic=pharmacy.generic,
        package_quantity=30,
        package_minimum=10,
        first_day=DAY,
        last_day=LAST_DAY,
        reimbursement=TERMS,
    )
    log.add(ProgramMedicationAdded(program=program, participants=(part,), order=ORDER))
    log.add(
        ProgramMedicationEnded(
            program=program, medication=pharmacy.product, last_day=DAY, order=ORDER
        )
    )
    place = {
        "program": program,
        "division": pharmacy.drugstore,
        "legal_entity": pharmacy.pharmacist["legal_entity"],
    }
    log.add(ProgramProvisionOpened(first_day=DAY, **place))
    log.add(ProgramProvisionClosed(from_day=LAST_DAY, **place))
    services = pharmacy.publish("SERVICE")
    treated = ServiceParticipation(service=SERVICE, first_day=DAY, last_day=LAST_DAY)
    log.add(ProgramServiceAdded(program=services, participants=(treated,), order=ORDER))
    log.add(ProgramServiceEnded(program=services, service=SERVICE, last_day=DAY, order=ORDER))
    log.add(MedicalProgramDeactivated(program=services, order=ORDER))


def _dispenses(pharmacy: Pharmacy) -> None:
    prescription = pharmacy.prescribe()
    pharmacy.hand_out(prescription, 20)
    let_go = pharmacy.of(prescription, dispense=pharmacy.hold(prescription, 40))
    pharmacy.log.add(DispenseRejected(reason=REASON, **let_go, **pharmacy.pharmacist))
    forgotten = pharmacy.of(prescription, dispense=pharmacy.hold(prescription, 40))
    pharmacy.log.add(DispenseExpired(**forgotten))
    pharmacy.hand_out(prescription, 40, last=True)


def _prescriptions(pharmacy: Pharmacy) -> None:
    log, doctor = pharmacy.log, pharmacy.doctor
    lifted = pharmacy.of(pharmacy.prescribe())
    blocked = {"by": "provider", "reason": REASON, **doctor}
    log.add(PrescriptionBlocked(until=EXPIRES_AT, **blocked, **lifted))
    log.add(PrescriptionUnblocked(reason=REASON, **doctor, **lifted))
    log.add(PrescriptionExpired(**lifted))
    withdrawn = pharmacy.of(pharmacy.prescribe())
    log.add(
        PrescriptionRejected(
            reason=REASON, explanation_pointer="/resource/explanation", **doctor, **withdrawn
        )
    )
    log.add(PrescriptionBlocked(**blocked, **pharmacy.of(pharmacy.prescribe())))
