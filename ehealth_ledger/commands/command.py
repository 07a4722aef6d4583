"""Give every command the same head: which wish, whose, when, for which deployment."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from ehealth_ledger.values.identifiers import (
    CommandId,
    EmployeeId,
    LedgerId,
    LegalEntityId,
    PatientId,
    PreviewId,
)
from ehealth_ledger.values.time import Instant


class Element(BaseModel):
    """Close an administrative resource to unknown fields and freeze it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Command(Element):
    """Carry what every signed content begins with (design section 3).

    `NAME` and `VERSION` are published and outlive the class; the literal fields `command` and
    `version` of each subclass repeat them, so that the JSON Schema says so too.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[int]

    command_id: CommandId
    ledger: LedgerId
    issued_at: Instant


class StaffCommand(Command):
    """Add who orders the act: an employee, for the institution he works for.

    `preview` names what the ledger held of this content, where it was previewed (rule 3).
    """

    legal_entity: LegalEntityId
    employee: EmployeeId
    preview: PreviewId | None = None


class PatientCommand(Command):
    """Add whose act it is: a patient, who signs for himself with a certificate of his own.

    `preview` is as in a command of staff.
    """

    patient: PatientId
    preview: PreviewId | None = None


class Reason(Element):
    """Say why the system acts: the record that made the act due, and the rule that says so."""

    position: Annotated[int, Field(ge=1)]
    rule: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z_.0-9]+$")]


class SystemCommand(Command):
    """Add why the system acts by itself; the ledger's own key signs (design section 7)."""

    reason: Reason
