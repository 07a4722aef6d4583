"""Register the people who work at an institution."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.legal_entity import Person
from ehealth_ledger.values.identifiers import EmployeeId


class Employment(Element):
    """Describe one employment of one person.

    Another employment of the same person is another id.
    """

    id: EmployeeId
    party: Person
    type: Literal["HR", "DOCTOR", "SPECIALIST", "RECEPTIONIST"]
    speciality: Literal["FAMILY_DOCTOR", "THERAPIST", "PEDIATRICIAN", "OTHER"] | None = None


class RegisterEmployee(StaffCommand):
    """Ask to register an employee of the signer's own institution."""

    NAME: ClassVar[str] = "employee.register"
    VERSION: ClassVar[int] = 1

    command: Literal["employee.register"]
    version: Literal[1]
    resource: Employment


COMMANDS: Final = (RegisterEmployee,)
