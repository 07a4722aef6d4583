"""Erase a patient: two people of the payer sign, the second names what the first signed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.statement import FirstSignature
from ehealth_ledger.values.erasure import LegalBasis
from ehealth_ledger.values.identifiers import PatientId


class ErasureOrder(Element):
    """Name the patient and the ground; `reference` names a document, never a person."""

    patient: PatientId
    basis: LegalBasis
    reference: Annotated[str, Field(min_length=1, max_length=300)]


class ErasePatient(StaffCommand):
    """Ask to erase a patient; nothing is destroyed before another person countersigns."""

    NAME: ClassVar[str] = "patient.erase"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.erase"]
    version: Literal[1]
    resource: ErasureOrder


class ErasureCountersignature(Element):
    """Name the order that is agreed to: its record and the digest of its content."""

    patient: PatientId
    first: FirstSignature


class CountersignErasure(StaffCommand):
    """Ask to add the second signature: the patient's key is destroyed with it, for ever."""

    NAME: ClassVar[str] = "patient.erase.countersign"
    VERSION: ClassVar[int] = 1

    command: Literal["patient.erase.countersign"]
    version: Literal[1]
    resource: ErasureCountersignature


COMMANDS: Final = (ErasePatient, CountersignErasure)
