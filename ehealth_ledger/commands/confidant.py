"""Register and end the relationships by which a confidant confirms for a patient."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.elements import Text
from ehealth_ledger.commands.fhir.related_person import RelatedPerson
from ehealth_ledger.values.identifiers import ConfidantId, PatientId


class RegisterConfidant(StaffCommand):
    """Ask to register a relationship, proven by a document."""

    NAME: ClassVar[str] = "confidant.register"
    VERSION: ClassVar[int] = 1

    command: Literal["confidant.register"]
    version: Literal[1]
    resource: RelatedPerson


class Ending(Element):
    """Name the relationship that no longer holds, and why."""

    patient: PatientId
    confidant: ConfidantId
    reason: Text


class DeactivateConfidant(StaffCommand):
    """Ask to end a relationship before its last day."""

    NAME: ClassVar[str] = "confidant.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["confidant.deactivate"]
    version: Literal[1]
    resource: Ending


class Expiring(Element):
    """Name the patient of whose relationships one or several are over."""

    patient: PatientId


class ExpireConfidant(SystemCommand):
    """End a patient's relationships whose last day is over."""

    NAME: ClassVar[str] = "confidant.expire"
    VERSION: ClassVar[int] = 1

    command: Literal["confidant.expire"]
    version: Literal[1]
    resource: Expiring


COMMANDS: Final = (RegisterConfidant, DeactivateConfidant, ExpireConfidant)
