"""Sign contracts: which packages the payer buys from an institution, and for which days."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId


class Contract(Element):
    """State what is bought; both days are included, Kyiv time."""

    id: ContractId
    provider: LegalEntityId
    number: Annotated[str, Field(min_length=1, max_length=100)]
    packages: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    first_day: Day
    last_day: Day


class SignContract(StaffCommand):
    """Ask to put a contract in force; the payer signs."""

    NAME: ClassVar[str] = "contract.sign"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.sign"]
    version: Literal[1]
    resource: Contract


COMMANDS: Final = (SignContract,)
