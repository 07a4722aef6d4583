"""Sign a declaration (декларація): a patient's choice of a family doctor."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.values.identifiers import DeclarationId, EmployeeId, PatientId


class Choice(Element):
    """Name the patient and the chosen doctor, who signs."""

    id: DeclarationId
    patient: PatientId
    doctor: EmployeeId


class SignDeclaration(StaffCommand):
    """Ask to begin a declaration.

    An active one of the same patient ends in the same commit (rule 6).
    """

    NAME: ClassVar[str] = "declaration.sign"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.sign"]
    version: Literal[1]
    resource: Choice


COMMANDS: Final = (SignDeclaration,)
