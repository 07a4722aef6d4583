"""Register specimens and say what became of them: received, unusable, unsatisfactory, in error."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.diagnostic_report import Cancellation
from ehealth_ledger.commands.fhir.elements import Code, Text
from ehealth_ledger.commands.fhir.standalone.specimen import Specimen
from ehealth_ledger.values.identifiers import PatientId, SpecimenId
from ehealth_ledger.values.time import Instant


class RegisterSpecimen(StaffCommand):
    """Ask to register a specimen that was taken."""

    NAME: ClassVar[str] = "specimen.register"
    VERSION: ClassVar[int] = 1

    command: Literal["specimen.register"]
    version: Literal[1]
    resource: Specimen


class Receipt(Element):
    """Say when a laboratory received a specimen."""

    specimen: SpecimenId
    patient: PatientId
    received_at: Instant


class ProcessSpecimen(StaffCommand):
    """Ask to note that a specimen was received to be examined."""

    NAME: ClassVar[str] = "specimen.process"
    VERSION: ClassVar[int] = 1

    command: Literal["specimen.process"]
    version: Literal[1]
    resource: Receipt


class Verdict(Element):
    """Say why a specimen can be used no more."""

    specimen: SpecimenId
    patient: PatientId
    reason: Code
    explanation: Text | None = None


class InvalidateSpecimen(StaffCommand):
    """Ask to note that a specimen is used up, lost or spoilt."""

    NAME: ClassVar[str] = "specimen.invalidate"
    VERSION: ClassVar[int] = 1

    command: Literal["specimen.invalidate"]
    version: Literal[1]
    resource: Verdict


class RejectSpecimen(StaffCommand):
    """Ask to note that a specimen is unfit for examination."""

    NAME: ClassVar[str] = "specimen.reject"
    VERSION: ClassVar[int] = 1

    command: Literal["specimen.reject"]
    version: Literal[1]
    resource: Verdict


class SpecimenInError(Element):
    """Name the specimen that was entered in error, and why."""

    specimen: SpecimenId
    patient: PatientId
    cancellation: Cancellation


class CancelSpecimen(StaffCommand):
    """Ask to mark a specimen as entered in error."""

    NAME: ClassVar[str] = "specimen.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["specimen.cancel"]
    version: Literal[1]
    resource: SpecimenInError


COMMANDS: Final = (
    RegisterSpecimen,
    ProcessSpecimen,
    InvalidateSpecimen,
    RejectSpecimen,
    CancelSpecimen,
)
