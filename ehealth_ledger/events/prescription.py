"""Facts about prescriptions."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CarePlanId,
    DivisionId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    MedicalProgramId,
    MedicationId,
    PatientId,
    PrescriptionId,
)
from ehealth_ledger.values.numbers import PrescriptionNumber
from ehealth_ledger.values.programs import ProgramSetting

Blocker = Literal["provider", "pharmacy", "payer"]
"""Whose employee blocked."""


class PrescriptionFact(Fact):
    """Share the stream and the key of every fact about a prescription and its dispenses."""

    prescription: PrescriptionId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the prescription."""
        return self.prescription

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class PrescriptionIssued(PrescriptionFact):
    """A doctor prescribed a quantity of a medication, in whole units.

    The days are civil ones and included. `settings` are the program's as of this moment.
    `treatment` is the keyed blind index of patient, medication and program, in hexadecimal; a plan
    and a prescription without program have none (rule 54). `activity` is what it carries out of a
    care plan (rule 51).
    """

    TOPIC: ClassVar[str] = "prescription.issued.v1"
    BEGINS: ClassVar[bool] = True

    number: PrescriptionNumber
    intent: Literal["plan", "order"]
    medication: MedicationId
    unit: str
    quantity: int
    program: MedicalProgramId | None = None
    settings: tuple[ProgramSetting, ...]
    requester: EmployeeId
    legal_entity: LegalEntityId
    division: DivisionId
    encounter: EncounterId
    started_on: date
    ended_on: date
    dispensed_from: date
    dispensed_to: date
    expires_at: Microseconds
    treatment: str | None = None
    care_plan: CarePlanId | None = None
    activity: ActivityId | None = None
    resource_pointer: Pointer


class PrescriptionBlocked(PrescriptionFact):
    """Nothing is dispensed, until a moment (microseconds UTC) or until the block is lifted."""

    TOPIC: ClassVar[str] = "prescription.blocked.v1"

    by: Blocker
    employee: EmployeeId
    legal_entity: LegalEntityId
    reason: str  # `system|code`
    until: Microseconds | None = None


class PrescriptionUnblocked(PrescriptionFact):
    """The block was lifted."""

    TOPIC: ClassVar[str] = "prescription.unblocked.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    reason: str  # `system|code`


class PrescriptionRejected(PrescriptionFact):
    """The prescription was withdrawn before anything was dispensed.

    The prescribing institution did so, or, where `by` says so, a pharmacy.
    """

    TOPIC: ClassVar[str] = "prescription.rejected.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    reason: str  # `system|code`
    explanation_pointer: Pointer
    by: Literal["pharmacy"] | None = None


class PrescriptionExpired(PrescriptionFact):
    """The treatment is over; what was not dispensed is not dispensed any more."""

    TOPIC: ClassVar[str] = "prescription.expired.v1"


class PrescriptionCompleted(PrescriptionFact):
    """Everything prescribed was handed out."""

    TOPIC: ClassVar[str] = "prescription.completed.v1"


FACTS: Final = (
    PrescriptionIssued,
    PrescriptionBlocked,
    PrescriptionUnblocked,
    PrescriptionRejected,
    PrescriptionExpired,
    PrescriptionCompleted,
)
