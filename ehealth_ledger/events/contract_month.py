"""Share what facts say of a contract's month that is paid as such, and not by single acts."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId, contract_month_stream
from ehealth_ledger.values.time import Month

Withheld = Literal["no_tariff", "contract_suspended"]
"""Why a package earned nothing in a month: a work item for people, never a guess."""


class ContractMonthFact(Fact):
    """Share the stream and the key of what a contract's month came to; it is the act of charges.

    `billing_date` is the first day of the month: what stood in the log when that day began (Kyiv)
    is what counts, whenever it is counted.
    """

    BEGINS: ClassVar[bool] = True

    contract: ContractId
    provider: LegalEntityId
    payer: LegalEntityId
    period: Month
    billing_date: date

    @property
    def stream_id(self) -> UUID:
        """Name the contract's month: it is reckoned once, and each package settled once."""
        return contract_month_stream(self.contract, self.period)

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: it names records, and nobody."""
        return
