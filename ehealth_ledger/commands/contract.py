"""Conclude contracts: a provider asks, the payer signs, the provider countersigns (rules 16-22)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day
from ehealth_ledger.commands.statement import FirstSignature
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import (
    ContractId,
    ContractRequestId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
)
from ehealth_ledger.values.money import KOPIYKAS_MAX
from ehealth_ledger.values.tariffs import Name
from ehealth_ledger.values.time import Month

DECLARATIONS_MAX: Final = 10_000
Number = Annotated[str, Field(min_length=1, max_length=100)]
Packages = Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class Contract(Element):
    """State what is bought; both days are included, Kyiv time."""

    id: ContractId
    provider: LegalEntityId
    number: Annotated[str, Field(min_length=1, max_length=100)]
    packages: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    first_day: Day
    last_day: Day


class SignContractAlone(StaffCommand):
    """Ask to put a contract in force; the payer signs."""

    NAME: ClassVar[str] = "contract.sign"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.sign"]
    version: Literal[1]
    resource: Contract


class EmployedDoctor(Element):
    """Name a doctor who works under the contract, where, and how many declarations count."""

    employee: EmployeeId
    division: DivisionId
    declaration_limit: Annotated[int, Field(ge=1, le=DECLARATIONS_MAX)]


class ExternalContractor(Element):
    """Name whom the provider engages for a part of the services, and until when."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    contract_number: Number
    expires_on: Day


class ContractWish(Element):
    """State what a provider wants to be bought from it.

    With `contract_number` it amends the contract in force of that number and names no days of it;
    `counts_from` is the first day on which the amendment counts, where that is not the day of the
    countersignature. The packages of a reimbursement contract are the ids of medical programs.
    """

    id: ContractRequestId
    contract: ContractId
    contract_number: Number | None = None
    kind: ContractKind
    packages: Packages
    divisions: Annotated[tuple[DivisionId, ...], Field(min_length=1, max_length=1000)]
    employees: Annotated[tuple[EmployedDoctor, ...], Field(max_length=5000)] = ()
    external_contractor_flag: bool = False
    external_contractors: Annotated[tuple[ExternalContractor, ...], Field(max_length=100)] = ()
    first_day: Day | None = None
    last_day: Day | None = None
    counts_from: Day | None = None


class RequestContract(StaffCommand):
    """Ask the payer for a contract, or to amend one; the provider's head signs."""

    NAME: ClassVar[str] = "contract.request"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.request"]
    version: Literal[1]
    resource: ContractWish


class PlannedAmount(Element):
    """State what is planned for a package in a month, kopiykas: its ceiling."""

    package: Code
    period: Month
    amount: Annotated[int, Field(ge=0, le=KOPIYKAS_MAX)]


class AgreedCorrection(Element):
    """Say that a correction of a package's tariffs applies to the provider, by its code."""

    package: Code
    code: Name


class PayerSignature(Element):
    """Agree to a request; `number` is given to a new contract, an amended one keeps its own."""

    request: ContractRequestId
    number: Number | None = None
    plan: Annotated[tuple[PlannedAmount, ...], Field(max_length=2000)] = ()
    corrections: Annotated[tuple[AgreedCorrection, ...], Field(max_length=500)] = ()


class SignContract(StaffCommand):
    """Ask to agree to a provider's request; the payer signs first (rule 22)."""

    NAME: ClassVar[str] = "contract.sign"
    VERSION: ClassVar[int] = 2

    command: Literal["contract.sign"]
    version: Literal[2]
    resource: PayerSignature


class Refusal(Element):
    """Say why the payer does not want the contract."""

    request: ContractRequestId
    reason: Reason


class DeclineContract(StaffCommand):
    """Ask to decline a provider's request; the payer signs."""

    NAME: ClassVar[str] = "contract.decline"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.decline"]
    version: Literal[1]
    resource: Refusal


class Withdrawal(Element):
    """Say why the provider wants the contract no more."""

    request: ContractRequestId
    reason: Reason


class WithdrawContract(StaffCommand):
    """Ask to take back a request before it is concluded; the provider's head signs."""

    NAME: ClassVar[str] = "contract.withdraw"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.withdraw"]
    version: Literal[1]
    resource: Withdrawal


class ContractCountersignature(Element):
    """Name what the payer signed: its record and the digest of its content."""

    request: ContractRequestId
    first: FirstSignature


class CountersignContract(StaffCommand):
    """Ask to add the provider's signature: it puts the contract, or its amendment, in force."""

    NAME: ClassVar[str] = "contract.countersign"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.countersign"]
    version: Literal[1]
    resource: ContractCountersignature


class Standing(Element):
    """Name a contract and say why its standing changes."""

    contract: ContractId
    reason: Reason


class SuspendContract(StaffCommand):
    """Ask to suspend a contract: nothing is paid under it until it is resumed."""

    NAME: ClassVar[str] = "contract.suspend"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.suspend"]
    version: Literal[1]
    resource: Standing


class ResumeContract(StaffCommand):
    """Ask to resume a suspended contract."""

    NAME: ClassVar[str] = "contract.resume"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.resume"]
    version: Literal[1]
    resource: Standing


class Ending(Element):
    """Name a contract, its last day and why it ends."""

    contract: ContractId
    last_day: Day
    reason: Reason


class TerminateContract(StaffCommand):
    """Ask to end a contract before its time; days that have passed stand."""

    NAME: ClassVar[str] = "contract.terminate"
    VERSION: ClassVar[int] = 1

    command: Literal["contract.terminate"]
    version: Literal[1]
    resource: Ending


COMMANDS: Final = (
    SignContractAlone,
    RequestContract,
    SignContract,
    DeclineContract,
    WithdrawContract,
    CountersignContract,
    SuspendContract,
    ResumeContract,
    TerminateContract,
)
