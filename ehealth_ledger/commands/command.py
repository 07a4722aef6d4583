"""Give every command the same head: which wish, whose, when, for which deployment."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from ehealth_ledger.values.identifiers import CommandId, EmployeeId, LedgerId, LegalEntityId
from ehealth_ledger.values.time import Instant


class Element(BaseModel):
    """Close an administrative resource to unknown fields and freeze it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Command(Element):
    """Carry the head of the signed content (design section 3); subclasses add the resource.

    `NAME` and `VERSION` are published and outlive the class; the literal fields `command` and
    `version` of each subclass repeat them, so that the JSON Schema says so too.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[int]

    command_id: CommandId
    ledger: LedgerId
    issued_at: Instant
    legal_entity: LegalEntityId
    employee: EmployeeId
