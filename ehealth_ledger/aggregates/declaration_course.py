"""Judge what becomes of a declaration: only the transitions of rule 15."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from ehealth_ledger.aggregates.acting_patient import acting_patient
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.declaration import LIVE, Declaration, Status
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.entitlement import PAYER
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.declaration import (
    ActivateDeclaration,
    ApproveDeclaration,
    CloseDeclaration,
    EndDeclarationByPatient,
    RejectDeclaration,
    TerminateDeclaration,
)
from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationTerminated,
    TerminationReason,
)
from ehealth_ledger.events.fact import Fact

_REASON: Final = "/resource/reason"

Holding = TypeVar("Holding", DeclarationApproved, DeclarationActivated)


def approve(case: Case[ApproveDeclaration]) -> list[Fact]:
    """Let a pending declaration hold: the payer has looked at the documents (rule 15)."""
    acting_employee(case)
    state = _declaration(case)
    _require_pending(case, state)
    return [_holding(DeclarationApproved, state)]


def reject(case: Case[RejectDeclaration]) -> list[Fact]:
    """Turn a pending declaration down (rule 15)."""
    acting_employee(case)
    state = _declaration(case)
    _require_pending(case, state)
    return [
        DeclarationRejected(declaration=state.id, patient=state.patient, reason_pointer=_REASON)
    ]


def terminate(case: Case[TerminateDeclaration]) -> list[Fact]:
    """End a live declaration: its own doctor, its institution, or the payer (rule 15)."""
    actor = acting_employee(case)
    state = _declaration(case)
    reason = _reason(actor, state)
    _require_live(case, state)
    if reason is None:
        case.refuse(
            "declaration.not_yours",
            "$.employee",
            expected="the declared doctor, the head of the institution, or the payer",
        )
        return []
    return [
        DeclarationTerminated(
            declaration=state.id,
            patient=state.patient,
            reason=reason,
            reason_pointer=_REASON,
            last_day=case.today,
        )
    ]


def end_by_patient(case: Case[EndDeclarationByPatient]) -> list[Fact]:
    """End a live declaration: its patient does, who signs himself (rule 15)."""
    patient = acting_patient(case)
    asked = case.command.body.resource
    path = "$.resource.declaration"
    state = case.get(Declaration, asked.declaration, code="declaration.unknown", path=path)
    case.require(
        state.patient == patient.id,
        "declaration.of_other_patient",
        path,
        expected="a declaration of the patient who signs",
    )
    _require_live(case, state)
    return [
        DeclarationTerminated(
            declaration=state.id,
            patient=state.patient,
            reason="by_patient",
            reason_pointer=None if asked.reason is None else _REASON,
            last_day=case.today,
        )
    ]


def activate(case: Case[ActivateDeclaration]) -> list[Fact]:
    """Let a declaration hold that was confirmed by scans and not turned down in time (rule 15)."""
    acting_system(case)
    state = _declaration(case)
    _require_pending(case, state)
    case.require(
        state.activates_at is not None and state.activates_at <= case.now_us,
        "declaration.not_due",
        "$.resource.declaration",
        expected="a declaration whose time for the payer's word is over",
    )
    return [_holding(DeclarationActivated, state)]


def close(case: Case[CloseDeclaration]) -> list[Fact]:
    """Close a declaration whose last day is over (rules 8 and 15)."""
    acting_system(case)
    state = _declaration(case)
    case.require(
        state.status is Status.ACTIVE,
        "declaration.not_live",
        "$.resource.declaration",
        status=state.status.value,
        expected="active",
    )
    case.require(
        state.last_day < case.today,
        "declaration.not_due",
        "$.resource.declaration",
        expected=f"a day after {state.last_day}",
    )
    return [DeclarationClosed(declaration=state.id, patient=state.patient)]


def _declaration(case: Case[Any]) -> Declaration:
    """Return the declaration a command names with its patient."""
    asked = case.command.body.resource
    state = case.get(
        Declaration,
        asked.declaration,
        code="declaration.unknown",
        path="$.resource.declaration",
    )
    case.require(
        state.patient == asked.patient,
        "declaration.of_other_patient",
        "$.resource.patient",
        expected="the patient of the declaration",
    )
    return state


def _holding(kind: type[Holding], state: Declaration) -> Holding:
    """Say that a pending declaration holds now, and what it is."""
    return kind(
        declaration=state.id,
        patient=state.patient,
        doctor=state.doctor,
        party=state.party,
        legal_entity=state.legal_entity,
        last_day=state.last_day,
    )


def _require_live(case: Case[Any], state: Declaration) -> None:
    case.require(
        state.status in LIVE,
        "declaration.not_live",
        "$.resource.declaration",
        status=state.status.value,
        expected="active or pending_verification",
    )


def _require_pending(case: Case[Any], state: Declaration) -> None:
    case.require(
        state.status is Status.PENDING,
        "declaration.not_pending",
        "$.resource.declaration",
        status=state.status.value,
        expected="pending_verification",
    )


def _reason(actor: Employee, state: Declaration) -> TerminationReason | None:
    """Say in which capacity somebody ends a declaration; None where in none."""
    if actor.type in PAYER:
        return "by_payer"
    if actor.id == state.doctor:
        return "by_doctor"
    if actor.type != "DOCTOR" and actor.legal_entity == state.legal_entity:
        return "by_legal_entity"
    return None
