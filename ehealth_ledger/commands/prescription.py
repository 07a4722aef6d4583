"""Issue, block, unblock, reject and expire prescriptions (електронний рецепт)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.elements import Coding
from ehealth_ledger.commands.fhir.medication_request import MedicationRequest
from ehealth_ledger.values.identifiers import PatientId, PrescriptionId
from ehealth_ledger.values.time import Instant

DispenseCode = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
"""The four digits that the patient was given."""

Explanation = Annotated[str, Field(min_length=1, max_length=1000)]


class IssuePrescription(StaffCommand):
    """Ask to prescribe a medication (rules 52 to 57)."""

    NAME: ClassVar[str] = "prescription.issue"
    VERSION: ClassVar[int] = 1

    command: Literal["prescription.issue"]
    version: Literal[1]
    resource: MedicationRequest


class BlockReason(Coding):
    """Code why a prescription is blocked, or is so no longer."""

    system: Literal["eHealth/medication_request_block_reasons"]


class RejectReason(Coding):
    """Code why a prescription is withdrawn."""

    system: Literal["eHealth/medication_request_reject_reasons"]


class NamedPrescription(Element):
    """Name a prescription and its patient."""

    prescription: PrescriptionId
    patient: PatientId


class Block(NamedPrescription):
    """Stop a prescription from being dispensed, for good or until a moment, and say why."""

    reason: BlockReason
    until: Instant | None = None
    explanation: Explanation | None = None


class BlockPrescription(StaffCommand):
    """Ask to block a prescription."""

    NAME: ClassVar[str] = "prescription.block"
    VERSION: ClassVar[int] = 1

    command: Literal["prescription.block"]
    version: Literal[1]
    resource: Block


class Unblock(NamedPrescription):
    """Let a blocked prescription be dispensed again, and say why."""

    reason: BlockReason
    explanation: Explanation | None = None


class UnblockPrescription(StaffCommand):
    """Ask to lift the block of a prescription."""

    NAME: ClassVar[str] = "prescription.unblock"
    VERSION: ClassVar[int] = 1

    command: Literal["prescription.unblock"]
    version: Literal[1]
    resource: Unblock


class Rejection(NamedPrescription):
    """Withdraw a prescription and say why; a pharmacist gives the patient's code as well."""

    reason: RejectReason
    explanation: Explanation
    code: DispenseCode | None = None


class RejectPrescription(StaffCommand):
    """Ask to reject a prescription of which nothing is dispensed.

    A doctor does so with one of his own institution, a pharmacist with the one in front of him.
    """

    NAME: ClassVar[str] = "prescription.reject"
    VERSION: ClassVar[int] = 1

    command: Literal["prescription.reject"]
    version: Literal[1]
    resource: Rejection


class DuePrescription(Element):
    """Name the prescription that something is due of."""

    prescription: PrescriptionId


class ExpirePrescription(SystemCommand):
    """End a prescription whose treatment is over."""

    NAME: ClassVar[str] = "prescription.expire"
    VERSION: ClassVar[int] = 1

    command: Literal["prescription.expire"]
    version: Literal[1]
    resource: DuePrescription


COMMANDS: Final = (
    IssuePrescription,
    BlockPrescription,
    UnblockPrescription,
    RejectPrescription,
    ExpirePrescription,
)
