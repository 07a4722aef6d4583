"""Register the people who work at an institution, and let them go."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.elements import Code
from ehealth_ledger.commands.legal_entity import Person, Why
from ehealth_ledger.values.identifiers import DivisionId, EmployeeId


class Speciality(Element):
    """Name one of an employee's specialities; `speciality_officio` marks the one employed for."""

    speciality: Code
    speciality_officio: bool


Specialities = Annotated[tuple[Speciality, ...], Field(max_length=20)]


class Employment(Element):
    """Describe one employment of one person.

    Another employment of the same person is another id.
    """

    id: EmployeeId
    party: Person
    type: Literal[
        "HR",
        "ADMIN",
        "ACCOUNTANT",
        "DOCTOR",
        "SPECIALIST",
        "SURGEON",
        "ASSISTANT",
        "LABORANT",
        "RECEPTIONIST",
        "PHARMACIST",
        "NHS_ADMIN",
        "NHS_ADMIN_SIGNER",
        "NHS_LE_VERIFIER",
    ]
    specialities: Specialities = ()
    division: DivisionId | None = None


class RegisterEmployee(StaffCommand):
    """Ask to register an employee of the signer's own institution."""

    NAME: ClassVar[str] = "employee.register"
    VERSION: ClassVar[int] = 1

    command: Literal["employee.register"]
    version: Literal[1]
    resource: Employment


class Qualification(Element):
    """Say anew which specialities an employee has, and where he works."""

    employee: EmployeeId
    specialities: Specialities = ()
    division: DivisionId | None = None


class UpdateEmployee(StaffCommand):
    """Ask to change what an employee of the signer's own institution is employed for."""

    NAME: ClassVar[str] = "employee.update"
    VERSION: ClassVar[int] = 1

    command: Literal["employee.update"]
    version: Literal[1]
    resource: Qualification


class Dismissal(Element):
    """Name who is dismissed, and why."""

    employee: EmployeeId
    reason: Why


class DismissEmployee(StaffCommand):
    """Ask to dismiss an employee of the signer's own institution.

    The declarations of patients with this employee end in the same commit.
    """

    NAME: ClassVar[str] = "employee.dismiss"
    VERSION: ClassVar[int] = 1

    command: Literal["employee.dismiss"]
    version: Literal[1]
    resource: Dismissal


class ClosedWorkplace(Element):
    """Name an employee whose institution was closed."""

    employee: EmployeeId


class DismissByClosing(SystemCommand):
    """Dismiss an employee of a closed institution, as the system does by itself."""

    NAME: ClassVar[str] = "employee.dismiss_by_closing"
    VERSION: ClassVar[int] = 1

    command: Literal["employee.dismiss_by_closing"]
    version: Literal[1]
    resource: ClosedWorkplace


COMMANDS: Final = (RegisterEmployee, UpdateEmployee, DismissEmployee, DismissByClosing)
