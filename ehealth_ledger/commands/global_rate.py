"""Charge a month at the global rate (глобальна ставка)."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.commands.contract_month import ContractMonth


class RunGlobalRate(SystemCommand):
    """Charge a contract's month for the packages that have a global rate."""

    NAME: ClassVar[str] = "global_rate.run"
    VERSION: ClassVar[int] = 1

    command: Literal["global_rate.run"]
    version: Literal[1]
    resource: ContractMonth


COMMANDS: Final = (RunGlobalRate,)
