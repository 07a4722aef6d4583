"""Judge the withdrawal of a request for a contract by the provider that had asked."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.state import ContractRequest
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.contract import WithdrawContract
from ehealth_ledger.events.contract import ContractDeclined
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ContractRequestId, EmployeeId

_WHICH = "$.resource.request"


def withdraw(case: Case[WithdrawContract]) -> list[Fact]:
    """Take a request back before it is concluded, whether or not the payer has signed it."""
    actor = acting_employee(case)
    wanted = case.command.body.resource.request
    wish = case.get(ContractRequest, wanted, code="contract.request_unknown", path=_WHICH)
    case.require(
        wish.asked.provider == case.command.body.legal_entity,
        "contract.not_yours",
        "$.legal_entity",
        expected="the provider that asked for the contract",
    )
    case.require(
        wish.open,
        "contract.request_over",
        _WHICH,
        status=wish.status.value,
        expected="a request that still waits for a signature",
    )
    return [withdrawn(wanted, actor.id)]


def withdrawn(request: ContractRequestId, by: EmployeeId) -> ContractDeclined:
    """Say that a request is over, as any other that is not concluded, and by whose will."""
    return ContractDeclined(
        request=request, declined_by=by, reason_pointer="/resource/reason", by_provider=True
    )
