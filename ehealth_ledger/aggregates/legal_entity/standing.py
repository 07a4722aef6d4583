"""Judge what the payer decides about institutions: verified, suspended, resumed, ended."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.institution import (
    declined_with,
    ended_with,
    resumed_with,
    suspended_with,
)
from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.legal_entity.state import LegalEntity, Status
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.legal_entity import (
    CloseLegalEntity,
    ReorganiseLegalEntity,
    ResumeLegalEntity,
    SuspendLegalEntity,
    VerifyLegalEntity,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import (
    LegalEntityClosed,
    LegalEntityReorganised,
    LegalEntityResumed,
    LegalEntitySuspended,
    LegalEntityVerified,
)
from ehealth_ledger.values.identifiers import LegalEntityId

_WHICH = "$.resource.legal_entity"
_WHY = "/resource/reason"


def institution(case: Case[Command], wanted: LegalEntityId, path: str) -> LegalEntity:
    """Return an institution that is not the payer: nobody decides about the payer here."""
    entity = case.get(LegalEntity, wanted, code="legal_entity.unknown", path=path)
    case.require(
        entity.kind != "PAYER",
        "legal_entity.is_payer",
        path,
        expected="an institution other than the payer",
    )
    return entity


def verify(case: Case[VerifyLegalEntity]) -> list[Fact]:
    """Verify an institution, or take that back; only a change of the verdict is one."""
    acting_employee(case)
    asked = case.command.body.resource
    entity = institution(case, asked.legal_entity, _WHICH)
    _require_not_ended(case, entity)
    case.require(
        entity.nhs_verified != (asked.verdict == "VERIFIED"),
        "legal_entity.verdict_unchanged",
        "$.resource.verdict",
        expected="NOT_VERIFIED" if entity.nhs_verified else "VERIFIED",
    )
    return [
        LegalEntityVerified(legal_entity=entity.id, verdict=asked.verdict, reason_pointer=_WHY),
    ]


def suspend(case: Case[SuspendLegalEntity]) -> list[Fact]:
    """Stop an active institution's acts, and payment under its contracts."""
    entity = _decided(case, Status.ACTIVE)
    return [
        LegalEntitySuspended(legal_entity=entity.id, reason_pointer=_WHY),
        *suspended_with(contracts_of(case, entity), case.today),
    ]


def resume(case: Case[ResumeLegalEntity]) -> list[Fact]:
    """Let a suspended institution act again, and pay for what it does from today on."""
    entity = _decided(case, Status.SUSPENDED)
    return [
        LegalEntityResumed(legal_entity=entity.id, reason_pointer=_WHY),
        *resumed_with(contracts_of(case, entity), case.today),
    ]


def close(case: Case[CloseLegalEntity]) -> list[Fact]:
    """Close an institution for good; today is the last day of its contracts, none is asked for.

    The fact names whom the system is to dismiss for it, one employee a command
    (`employee.dismiss_by_closing`), so that no commit grows with the size of a hospital.
    """
    entity = _decided(case, Status.ACTIVE, Status.SUSPENDED)
    return [
        LegalEntityClosed(
            legal_entity=entity.id,
            closed_at=case.now_us,
            employees=case.lookups.employees.approved_of(entity.id),
            reason_pointer=_WHY,
        ),
        *ended_with(contracts_of(case, entity), case.today),
        *declined_with(_requests(case, entity), case.command.body.employee),
    ]


def reorganise(case: Case[ReorganiseLegalEntity]) -> list[Fact]:
    """End an institution in favour of an active one.

    Its declarations stand until their patients sign new ones at the successor: nobody loses his
    doctor by a merger of offices. Its contracts end as they do with a closing: nobody can sign for
    it any more, and what the successor is paid for both sides sign anew.
    """
    entity = _decided(case, Status.ACTIVE, Status.SUSPENDED)
    asked = case.command.body.resource
    path = "$.resource.successor"
    with case.part():
        successor = institution(case, asked.successor, path)
        case.require(
            successor.id != entity.id,
            "legal_entity.successor_is_itself",
            path,
            expected="another institution",
        )
        case.require(
            successor.status is Status.ACTIVE,
            "legal_entity.not_active",
            path,
            status=successor.status.value,
            expected=Status.ACTIVE.value,
        )
    return [
        LegalEntityReorganised(
            legal_entity=entity.id, successor=asked.successor, reason_pointer=_WHY
        ),
        *ended_with(contracts_of(case, entity), case.today),
        *declined_with(_requests(case, entity), case.command.body.employee),
    ]


def contracts_of(case: Case[Command], entity: LegalEntity) -> list[Contract]:
    """Return an institution's contracts, in order of id."""
    found = (case.find(Contract, each) for each in case.lookups.contracts.of_provider(entity.id))
    return [each for each in found if each is not None]


def _requests(case: Case[Command], entity: LegalEntity) -> list[ContractRequest]:
    """Return what an institution asked for and nobody has signed off yet, in order of id."""
    waiting = case.lookups.contracts.requests_of(entity.id)
    found = (case.find(ContractRequest, each) for each in waiting)
    return [each for each in found if each is not None]


def _decided(
    case: Case[SuspendLegalEntity]
    | Case[ResumeLegalEntity]
    | Case[CloseLegalEntity]
    | Case[ReorganiseLegalEntity],
    *from_status: Status,
) -> LegalEntity:
    """Return an institution that the actor decides about, in a status that allows it."""
    acting_employee(case)
    entity = institution(case, case.command.body.resource.legal_entity, _WHICH)
    _require_not_ended(case, entity)
    if not entity.ended:
        case.require(
            entity.status in from_status,
            "legal_entity.suspended_already"
            if entity.status is Status.SUSPENDED
            else "legal_entity.not_suspended",
            _WHICH,
            status=entity.status.value,
            expected=" or ".join(each.value for each in from_status),
        )
    return entity


def _require_not_ended(case: Case[Command], entity: LegalEntity) -> None:
    case.require(
        not entity.ended,
        "legal_entity.ended",
        _WHICH,
        status=entity.status.value,
        expected="an institution that is not closed",
    )
