"""Facts about institutions."""

from __future__ import annotations

from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import LegalEntityId

LegalEntityKind = Literal["PAYER", "PRIMARY_CARE", "OUTPATIENT", "INPATIENT"]


class LegalEntityRegistered(Fact):
    """An institution, or the payer, entered the register."""

    TOPIC: ClassVar[str] = "legal_entity.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    edrpou: str
    kind: LegalEntityKind
    resource_pointer: Pointer

    @property
    def stream_id(self) -> UUID:
        """Name the institution."""
        return self.legal_entity

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: an institution is nobody's personal data."""
        return None


FACTS: Final = (LegalEntityRegistered,)
