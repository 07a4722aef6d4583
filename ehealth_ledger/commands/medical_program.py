"""Publish medical programs (медична програма) and what takes part in them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.each_once import each_once
from ehealth_ledger.commands.fhir.elements import Code, Coding, Day, Text
from ehealth_ledger.values.identifiers import MedicalProgramId, MedicationId
from ehealth_ledger.values.programs import FundingSource, ProgramKind, ProgramSetting
from ehealth_ledger.values.reimbursement import Reimbursement

Order = Annotated[str, Field(min_length=1, max_length=200)]
"""Name the act of the state that a publication rests on."""

PERIOD_DAYS_MAX: Final = 3_660  # ten years: no program prescribes for longer
AGE_MAX: Final = 150  # whole years; nobody is older


Codes = Annotated[tuple[Code, ...], Field(max_length=1_000), each_once("a name stands once")]
Settings = Annotated[tuple[ProgramSetting, ...], each_once("a name stands once")]
Age = Annotated[int, Field(ge=0, le=AGE_MAX)]
"""Count whole years."""


class Program(Element):
    """Describe a program; both days are included, Kyiv time.

    An empty list of specialities, conditions or patient categories bars nobody. The two periods, in
    days, take the place of the general ones where they are given. The two ages, in whole years on
    the day, are included; one that is absent bars nobody.
    """

    id: MedicalProgramId
    name: Text
    kind: ProgramKind
    funding_source: FundingSource
    first_day: Day
    last_day: Day
    settings: Settings = ()
    specialities: Codes = ()
    conditions: Annotated[tuple[Coding, ...], Field(max_length=10_000)] = ()
    patient_categories: Codes = ()
    request_days_max: Annotated[int, Field(ge=1, le=PERIOD_DAYS_MAX)] | None = None
    dispense_days: Annotated[int, Field(ge=1, le=PERIOD_DAYS_MAX)] | None = None
    patient_age_min: Age | None = None
    patient_age_max: Age | None = None
    order: Order

    @model_validator(mode="after")
    def _someone_is_of_this_age(self) -> Self:
        if (self.patient_age_min or 0) > (
            AGE_MAX if self.patient_age_max is None else self.patient_age_max
        ):
            raise ValueError("the least age is above the greatest")
        return self


class PublishMedicalProgram(StaffCommand):
    """Ask to publish a program; the payer signs."""

    NAME: ClassVar[str] = "medical_program.publish"
    VERSION: ClassVar[int] = 1

    command: Literal["medical_program.publish"]
    version: Literal[1]
    resource: Program


class Deactivation(Element):
    """Name the program that ends, and the act of the state that ends it."""

    program: MedicalProgramId
    order: Order


class DeactivateMedicalProgram(StaffCommand):
    """Ask to end a program at once; the payer signs."""

    NAME: ClassVar[str] = "medical_program.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["medical_program.deactivate"]
    version: Literal[1]
    resource: Deactivation


class MedicationParticipant(Element):
    """Let a product take part between two days, both included, and say what is paid for it."""

    medication: MedicationId
    first_day: Day
    last_day: Day
    reimbursement: Reimbursement


class MedicationParticipants(Element):
    """List products that one order adds to a program."""

    program: MedicalProgramId
    participants: Annotated[tuple[MedicationParticipant, ...], Field(min_length=1, max_length=500)]
    order: Order


class AddProgramMedications(StaffCommand):
    """Ask to add products to a program, all or none; the payer signs."""

    NAME: ClassVar[str] = "program_medication.add"
    VERSION: ClassVar[int] = 1

    command: Literal["program_medication.add"]
    version: Literal[1]
    resource: MedicationParticipants


class MedicationDeparture(Element):
    """Let a product's part in a program end on a day, which is still included."""

    program: MedicalProgramId
    medication: MedicationId
    last_day: Day
    order: Order


class EndProgramMedication(StaffCommand):
    """Ask to end a product's part in a program; the payer signs."""

    NAME: ClassVar[str] = "program_medication.end"
    VERSION: ClassVar[int] = 1

    command: Literal["program_medication.end"]
    version: Literal[1]
    resource: MedicationDeparture


class ServiceParticipant(Element):
    """Let a service take part between two days, both included."""

    service: Coding
    first_day: Day
    last_day: Day


class ServiceParticipants(Element):
    """List services that one order adds to a program."""

    program: MedicalProgramId
    participants: Annotated[tuple[ServiceParticipant, ...], Field(min_length=1, max_length=500)]
    order: Order


class AddProgramServices(StaffCommand):
    """Ask to add services to a program, all or none; the payer signs."""

    NAME: ClassVar[str] = "program_service.add"
    VERSION: ClassVar[int] = 1

    command: Literal["program_service.add"]
    version: Literal[1]
    resource: ServiceParticipants


class ServiceDeparture(Element):
    """Let a service's part in a program end on a day, which is still included."""

    program: MedicalProgramId
    service: Coding
    last_day: Day
    order: Order


class EndProgramService(StaffCommand):
    """Ask to end a service's part in a program; the payer signs."""

    NAME: ClassVar[str] = "program_service.end"
    VERSION: ClassVar[int] = 1

    command: Literal["program_service.end"]
    version: Literal[1]
    resource: ServiceDeparture


COMMANDS: Final = (
    PublishMedicalProgram,
    DeactivateMedicalProgram,
    AddProgramMedications,
    EndProgramMedication,
    AddProgramServices,
    EndProgramService,
)
