"""Register people who receive care."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.fhir.patient import Patient


class RegisterPatient(StaffCommand):
    """Ask to register a person; their data lives under a key of their own from this record on."""

    NAME: ClassVar[str] = "patient.register"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.register"]
    version: Literal[1]
    resource: Patient


COMMANDS: Final = (RegisterPatient,)
