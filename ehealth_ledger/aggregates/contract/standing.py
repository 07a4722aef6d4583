"""Judge how a contract in force stands: suspended, resumed, ended before its time."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.institution import ended
from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.legal_entity.state import LegalEntity, Status
from ehealth_ledger.commands.contract import ResumeContract, SuspendContract, TerminateContract
from ehealth_ledger.events.contract import ContractResumed, ContractSuspended
from ehealth_ledger.events.fact import Fact

_WHICH = "$.resource.contract"
_REASON = "/resource/reason"


def suspend(case: Case[SuspendContract]) -> list[Fact]:
    """Suspend a contract; what was charged before stands.

    One that rests with its institution can be suspended by itself: it is not resumed with it then.
    """
    contract = _in_force(case)
    case.require(
        not contract.suspended or contract.suspended_with_entity,
        "contract.suspended_already",
        _WHICH,
        expected="a contract that is not suspended by itself",
    )
    return [ContractSuspended(contract=contract.id, terms=contract.terms, reason_pointer=_REASON)]


def resume(case: Case[ResumeContract]) -> list[Fact]:
    """Resume a suspended contract from today on; what was done on days before is not paid.

    Nothing is paid to an institution that is suspended or has ended. What waits for its new head's
    signature goes on with that.
    """
    contract = _in_force(case)
    case.require(
        contract.suspended, "contract.not_suspended", _WHICH, expected="a suspended contract"
    )
    case.require(
        not contract.suspended_with_head,
        "contract.head_changed",
        _WHICH,
        expected="an amendment under the same number, countersigned by the new head",
    )
    provider = case.get(LegalEntity, contract.provider, code="legal_entity.unknown", path=_WHICH)
    case.require(
        provider.status is Status.ACTIVE,
        "contract.legal_entity_suspended",
        _WHICH,
        expected="a contract of an institution that is neither suspended nor ended",
    )
    return [ContractResumed(contract=contract.id, terms=contract.terms, reason_pointer=_REASON)]


def terminate(case: Case[TerminateContract]) -> list[Fact]:
    """End a contract earlier than agreed; its past days stand, whoever wants them otherwise."""
    contract = _in_force(case)
    last_day = case.command.body.resource.last_day
    earliest = max(case.today, contract.terms.first_day)
    case.require(
        earliest <= last_day < contract.terms.last_day,
        "contract.ending_invalid",
        "$.resource.last_day",
        expected=f"a day from {earliest} to the one before {contract.terms.last_day}",
    )
    return [ended(contract, last_day)]


def _in_force(
    case: Case[SuspendContract] | Case[ResumeContract] | Case[TerminateContract],
) -> Contract:
    acting_employee(case)
    wanted = case.command.body.resource.contract
    contract = case.get(Contract, wanted, code="contract.unknown", path=_WHICH)
    case.require(
        not contract.ended_by(case.today),
        "contract.not_in_force",
        _WHICH,
        expected="a contract whose last day has not passed",
    )
    return contract
