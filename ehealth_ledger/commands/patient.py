"""Register people who receive care, keep what is known of them true, and end a registration."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day, Text
from ehealth_ledger.commands.fhir.patient import Patient, UnidentifiedPatient
from ehealth_ledger.commands.fhir.related_person import RelatedPerson
from ehealth_ledger.values.identifiers import PatientId


class RegisterPatient(StaffCommand):
    """Ask to register a person; their data lives under a key of their own from this record on.

    `confidant` comes with a patient who confirms by a confidant's word (rule 10).
    """

    NAME: ClassVar[str] = "patient.register"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.register"]
    version: Literal[1]
    resource: Patient
    confidant: RelatedPerson | None = None


class UpdatePatient(StaffCommand):
    """Ask to replace what is known of a patient; `resource` is the whole new description."""

    NAME: ClassVar[str] = "patient.update"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.update"]
    version: Literal[1]
    resource: Patient
    confidant: RelatedPerson | None = None


class RegisterPreperson(StaffCommand):
    """Ask to register somebody who receives care before anybody knows who it is."""

    NAME: ClassVar[str] = "preperson.register"
    VERSION: ClassVar[int] = 1

    command: Literal["preperson.register"]
    version: Literal[1]
    resource: UnidentifiedPatient


class Death(Element):
    """Name the patient, the day, and the document that certifies the death."""

    patient: PatientId
    died_on: Day
    certificate: Code


class MarkPatientDeceased(StaffCommand):
    """Ask to record a patient's death; the declaration ends in the same commit."""

    NAME: ClassVar[str] = "patient.mark_deceased"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.mark_deceased"]
    version: Literal[1]
    resource: Death


class Deactivation(Element):
    """Name the registration that should not be, and why."""

    patient: PatientId
    reason: Text


class DeactivatePatient(StaffCommand):
    """Ask to end a registration made in error; the declaration ends in the same commit."""

    NAME: ClassVar[str] = "patient.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.deactivate"]
    version: Literal[1]
    resource: Deactivation


class Merger(Element):
    """Name two records of one person: the master stays, the other one leads to it."""

    master: PatientId
    merged: PatientId
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class MergePatient(StaffCommand):
    """Ask to join a record to the master's; whoever may see the master sees the joined one."""

    NAME: ClassVar[str] = "patient.merge"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.merge"]
    version: Literal[1]
    resource: Merger


class UnmergePatient(StaffCommand):
    """Ask to take a record that was joined in error away from the master's."""

    NAME: ClassVar[str] = "patient.unmerge"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.unmerge"]
    version: Literal[1]
    resource: Merger


COMMANDS: Final = (
    RegisterPatient,
    UpdatePatient,
    RegisterPreperson,
    MarkPatientDeceased,
    DeactivatePatient,
    MergePatient,
    UnmergePatient,
)
