"""Say which divisions provide a medical program."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Day
from ehealth_ledger.values.identifiers import DivisionId, MedicalProgramId


class Provision(Element):
    """Let a division provide a program from a day on."""

    program: MedicalProgramId
    division: DivisionId
    first_day: Day


class OpenProgramProvision(StaffCommand):
    """Ask to let a division provide a program (rule 59); the payer signs."""

    NAME: ClassVar[str] = "program_provision.open"
    VERSION: ClassVar[int] = 1

    command: Literal["program_provision.open"]
    version: Literal[1]
    resource: Provision


class ProvisionEnd(Element):
    """Let a division provide a program no longer, from a day on."""

    program: MedicalProgramId
    division: DivisionId
    from_day: Day


class CloseProgramProvision(StaffCommand):
    """Ask to end a division's provision of a program; the payer signs."""

    NAME: ClassVar[str] = "program_provision.close"
    VERSION: ClassVar[int] = 1

    command: Literal["program_provision.close"]
    version: Literal[1]
    resource: ProvisionEnd


COMMANDS: Final = (OpenProgramProvision, CloseProgramProvision)
