"""Name a contract's month, which the system reckons by itself."""

from __future__ import annotations

from ehealth_ledger.commands.command import Element
from ehealth_ledger.values.identifiers import ContractId
from ehealth_ledger.values.time import Month


class ContractMonth(Element):
    """Name a contract and a month on whose first day it is in force."""

    contract: ContractId
    period: Month
