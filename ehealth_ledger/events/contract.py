"""Facts about contracts between the payer and institutions."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId


class ContractSigned(Fact):
    """The payer bought packages from an institution between two days, both included."""

    TOPIC: ClassVar[str] = "contract.signed.v1"
    BEGINS: ClassVar[bool] = True

    contract: ContractId
    payer: LegalEntityId
    provider: LegalEntityId
    number: str
    packages: tuple[str, ...]
    first_day: date
    last_day: date

    @property
    def stream_id(self) -> UUID:
        """Name the contract."""
        return self.contract

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (ContractSigned,)
