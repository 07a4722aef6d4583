"""Count a month of capitation (капітація)."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.commands.contract_month import ContractMonth


class RunCapitation(SystemCommand):
    """Count the declared patients of a contract's doctors and charge the month for them."""

    NAME: ClassVar[str] = "capitation.run"
    VERSION: ClassVar[int] = 1

    command: Literal["capitation.run"]
    version: Literal[1]
    resource: ContractMonth


COMMANDS: Final = (RunCapitation,)
