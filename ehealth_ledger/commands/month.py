"""Price at last a contract's month that was withheld."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.contract_month import ContractMonth


class WithheldMonth(ContractMonth):
    """Name a month that was reckoned without some tariff, and what has changed since."""

    explanation: Annotated[str, Field(min_length=1, max_length=1000)]


class SettleMonth(StaffCommand):
    """Ask to price what a month withheld for want of a tariff; the payer signs."""

    NAME: ClassVar[str] = "month.settle"
    VERSION: ClassVar[int] = 1

    command: Literal["month.settle"]
    version: Literal[1]
    resource: WithheldMonth


COMMANDS: Final = (SettleMonth,)
