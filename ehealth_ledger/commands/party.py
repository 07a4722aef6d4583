"""Say what the state registers know of a person at work (party)."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Day
from ehealth_ledger.commands.legal_entity import Why
from ehealth_ledger.values.identifiers import EmployeeId

StateRegister = Literal["DRFO", "DRACS_DEATH", "DRACS_NAME_CHANGE", "DMS_PASSPORT"]
"""Tax payers (ДРФО), deaths and changes of name (ДРАЦС), passports (ДМС)."""

Verdict = Literal["VERIFIED", "NOT_VERIFIED", "VERIFICATION_NEEDED", "VERIFICATION_NOT_NEEDED"]


class PartyVerdict(Element):
    """Give one register's verdict on the person behind an employment."""

    employee: EmployeeId
    source: StateRegister
    verdict: Verdict
    reason: Why


class VerifyParty(StaffCommand):
    """Ask to note a register's verdict on a person at work (rule 5)."""

    NAME: ClassVar[str] = "party.verify"
    VERSION: ClassVar[int] = 1

    command: Literal["party.verify"]
    version: Literal[1]
    resource: PartyVerdict


class Death(Element):
    """Name a dead person by one of the employments, and the day of death."""

    employee: EmployeeId
    died_on: Day
    reason: Why


class MarkDeceased(StaffCommand):
    """Ask to note that a person at work has died; nobody signs for the dead (rule 5)."""

    NAME: ClassVar[str] = "party.mark_deceased"
    VERSION: ClassVar[int] = 1

    command: Literal["party.mark_deceased"]
    version: Literal[1]
    resource: Death


class Correction(Element):
    """Name a person who was taken for dead, by one of the employments."""

    employee: EmployeeId
    reason: Why


class MarkAlive(StaffCommand):
    """Ask to take back that a person at work has died: the register was mistaken."""

    NAME: ClassVar[str] = "party.mark_alive"
    VERSION: ClassVar[int] = 1

    command: Literal["party.mark_alive"]
    version: Literal[1]
    resource: Correction


COMMANDS: Final = (VerifyParty, MarkDeceased, MarkAlive)
