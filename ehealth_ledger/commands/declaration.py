"""Sign a declaration (декларація), a patient's choice of a family doctor, and end it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, PatientCommand, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.elements import Day, Text
from ehealth_ledger.commands.ledger import HexDigest
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    DivisionId,
    EmployeeId,
    PatientId,
)

Speciality = Literal["FAMILY_DOCTOR", "THERAPIST", "PEDIATRICIAN"]


class Seed(Element):
    """Name the record that stood last when the preview was shown; it holds for ever."""

    log: Literal["records"]
    position: Annotated[int, Field(ge=1)]
    chain_value: HexDigest


class Choice(Element):
    """Name the patient and the chosen doctor, who signs; the patient has signed on paper or by OTP.

    `speciality` is the one the doctor is chosen for. `overlimit` asks to be let in above the limit.
    `parent_declaration` is the one that a reorganisation of the institution carries on. `end_date`
    is the last day as the patient was shown it; without it the law's own last day holds (rule 8).
    """

    id: DeclarationId
    patient: PatientId
    doctor: EmployeeId
    division: DivisionId
    speciality: Speciality
    seed: Seed
    patient_signed: Literal[True]
    process_disclosure_data_consent: Literal[True]
    overlimit: bool = False
    parent_declaration: DeclarationId | None = None
    end_date: Day | None = None


class SignDeclaration(StaffCommand):
    """Ask to begin a declaration.

    A live one of the same patient ends in the same commit (rule 6).
    """

    NAME: ClassVar[str] = "declaration.sign"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.sign"]
    version: Literal[1]
    resource: Choice


class Named(Element):
    """Name a declaration and whose it is."""

    declaration: DeclarationId
    patient: PatientId


class ApproveDeclaration(StaffCommand):
    """Ask to let a pending declaration hold; the payer has looked at the documents."""

    NAME: ClassVar[str] = "declaration.approve"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.approve"]
    version: Literal[1]
    resource: Named


class Reasoned(Named):
    """Name a declaration and why it ends."""

    reason: Text


class RejectDeclaration(StaffCommand):
    """Ask to turn a pending declaration down."""

    NAME: ClassVar[str] = "declaration.reject"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.reject"]
    version: Literal[1]
    resource: Reasoned


class TerminateDeclaration(StaffCommand):
    """Ask to end a live declaration: its doctor, its institution or the payer."""

    NAME: ClassVar[str] = "declaration.terminate"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.terminate"]
    version: Literal[1]
    resource: Reasoned


class Leaving(Element):
    """Name the declaration that its patient ends, and why, if he says so."""

    declaration: DeclarationId
    reason: Text | None = None


class EndDeclarationByPatient(PatientCommand):
    """Ask to end one's own declaration; the patient signs (rule 15)."""

    NAME: ClassVar[str] = "declaration.end_by_patient"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.end_by_patient"]
    version: Literal[1]
    resource: Leaving


class ActivateDeclaration(SystemCommand):
    """Let a declaration hold that nobody has turned down in time."""

    NAME: ClassVar[str] = "declaration.activate"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.activate"]
    version: Literal[1]
    resource: Named


class CloseDeclaration(SystemCommand):
    """Close a declaration whose last day is over."""

    NAME: ClassVar[str] = "declaration.close"
    VERSION: ClassVar[int] = 1

    command: Literal["declaration.close"]
    version: Literal[1]
    resource: Named


COMMANDS: Final = (
    SignDeclaration,
    ApproveDeclaration,
    RejectDeclaration,
    TerminateDeclaration,
    EndDeclarationByPatient,
    ActivateDeclaration,
    CloseDeclaration,
)
