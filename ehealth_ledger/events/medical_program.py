"""Facts about medical programs: all under the ledger's key, none about a person."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.values.identifiers import MedicalProgramId, MedicationId
from ehealth_ledger.values.programs import FundingSource, ProgramKind, ProgramSetting
from ehealth_ledger.values.reimbursement import Reimbursement


class ProgramFact(Fact):
    """Share the stream of every fact about a program and its participants."""

    program: MedicalProgramId

    @property
    def stream_id(self) -> UUID:
        """Name the program."""
        return self.program

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return


class MedicalProgramPublished(ProgramFact):
    """A program holds between two days, both included, on these conditions."""

    TOPIC: ClassVar[str] = "medical_program.published.v1"
    BEGINS: ClassVar[bool] = True

    name: str
    kind: ProgramKind
    funding_source: FundingSource
    first_day: date
    last_day: date
    settings: tuple[ProgramSetting, ...]
    specialities: tuple[str, ...]  # empty: any
    conditions: tuple[str, ...]  # `system|code`; empty: any
    patient_categories: tuple[str, ...]  # empty: any
    request_days_max: int | None = None
    dispense_days: int | None = None
    patient_age_min: int | None = None  # whole years, included
    patient_age_max: int | None = None
    order: str
    resource_pointer: Pointer


class MedicalProgramDeactivated(ProgramFact):
    """A program ended at once."""

    TOPIC: ClassVar[str] = "medical_program.deactivated.v1"

    order: str


class MedicationParticipation(Body):
    """Hold one product's part in a program, with what a dispense needs of the product."""

    medication: MedicationId
    generic: MedicationId  # the INNM dosage it is a product of
    package_quantity: int
    package_minimum: int
    first_day: date
    last_day: date
    reimbursement: Reimbursement


class ProgramMedicationAdded(ProgramFact):
    """Products take part in a program from their first to their last days."""

    TOPIC: ClassVar[str] = "program_medication.added.v1"

    participants: tuple[MedicationParticipation, ...]
    order: str


class ProgramMedicationEnded(ProgramFact):
    """A product takes part until a day, which is still included."""

    TOPIC: ClassVar[str] = "program_medication.ended.v1"

    medication: MedicationId
    last_day: date
    order: str


class ServiceParticipation(Body):
    """Hold one service's part in a program."""

    service: str  # `system|code`
    first_day: date
    last_day: date


class ProgramServiceAdded(ProgramFact):
    """Services take part in a program from their first to their last days."""

    TOPIC: ClassVar[str] = "program_service.added.v1"

    participants: tuple[ServiceParticipation, ...]
    order: str


class ProgramServiceEnded(ProgramFact):
    """A service takes part until a day, which is still included."""

    TOPIC: ClassVar[str] = "program_service.ended.v1"

    service: str
    last_day: date
    order: str


FACTS: Final = (
    MedicalProgramPublished,
    MedicalProgramDeactivated,
    ProgramMedicationAdded,
    ProgramMedicationEnded,
    ProgramServiceAdded,
    ProgramServiceEnded,
)
