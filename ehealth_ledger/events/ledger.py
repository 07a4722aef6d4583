"""Facts about the ledger itself."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EmployeeId, LedgerId, LegalEntityId


class LedgerOpened(Fact):
    """A deployment began: position 1 of its records; keys and digests in lower-case hexadecimal."""

    TOPIC: ClassVar[str] = "ledger.opened.v1"
    BEGINS: ClassVar[bool] = True

    ledger: LedgerId
    payer: LegalEntityId
    opened_by: EmployeeId
    signing_key: str
    trust_store: str

    @property
    def stream_id(self) -> UUID:
        """Name the ledger."""
        return self.ledger

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (LedgerOpened,)
