"""Judge what becomes of an approval: confirmed by the patient in time, cancelled, expired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from ehealth_ledger.aggregates.approval.state import Approval, Status
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.approval import (
    CancelApproval,
    ConfirmApproval,
    ExpireApproval,
    NamedApproval,
)
from ehealth_ledger.errors import Undecided
from ehealth_ledger.events.approval import (
    ApprovalCancelled,
    ApprovalConfirmed,
    ApprovalExpired,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.parameters.approval import APPROVAL_HOURS_VALID
from ehealth_ledger.values.time import microseconds

EXPIRY_RULE: Final = "approval.expires_at"
"""Name the rule that makes an expiry due: the moment the approval itself carries."""


def confirm(case: Case[ConfirmApproval]) -> list[Fact]:
    """Record that the patient agreed, in time, before the institution that asked.

    Whoever died or was joined to another record agrees to nothing (rule 23).
    """
    actor, approval = _own(case, case.command.body.resource)
    with case.part():
        active_patient(case, case.command.body.resource.patient, "$.resource.patient")
    case.require(
        approval.status is Status.NEW,
        "approval.not_new",
        "$.resource.approval",
        status=approval.status.value,
        expected="an approval in status new",
    )
    case.require(
        approval.ends_at > case.now_us,
        "approval.lapsed",
        "$.resource.approval",
        expected="an approval whose time to confirm has not passed",
    )
    hours = case.number_by_name(APPROVAL_HOURS_VALID, approval.selector)
    if hours is None:
        raise Undecided("parameter.unset", parameter=APPROVAL_HOURS_VALID, key=approval.selector)
    return [
        ApprovalConfirmed(
            approval=approval.id,
            patient=approval.patient,
            employee=actor.id,
            method=case.command.body.resource.method,
            expires_at=microseconds(case.now + timedelta(hours=hours)),
            evidence_pointer="/resource/evidence",
        )
    ]


def cancel(case: Case[CancelApproval]) -> list[Fact]:
    """End an approval, confirmed or not, at the institution that asked for it."""
    actor, approval = _own(case, case.command.body.resource)
    case.require(
        approval.status in (Status.NEW, Status.ACTIVE),
        "approval.ended",
        "$.resource.approval",
        status=approval.status.value,
        expected="an approval in status new or active",
    )
    return [
        ApprovalCancelled(
            approval=approval.id,
            patient=approval.patient,
            employee=actor.id,
            reason_pointer="/resource/reason",
        )
    ]


def expire(case: Case[ExpireApproval]) -> list[Fact]:
    """End an approval whose time has passed; the system asks, the law checks the moment again."""
    acting_system(case)
    wish = case.command.body
    approval = _named(case, wish.resource)
    case.require(
        approval.status in (Status.NEW, Status.ACTIVE)
        and approval.ends_at <= case.now_us
        and wish.reason.rule == EXPIRY_RULE,
        "approval.not_due",
        "$.resource.approval",
        status=approval.status.value,
        expected="an approval whose time has passed",
    )
    return [
        ApprovalExpired(approval=approval.id, patient=approval.patient, expired_at=approval.ends_at)
    ]


def _named(case: Case[Any], asked: NamedApproval) -> Approval:
    approval = case.get(
        Approval, asked.approval, code="approval.unknown", path="$.resource.approval"
    )
    case.require(
        approval.patient == asked.patient,
        "approval.of_other_patient",
        "$.resource.patient",
        expected="the patient of the approval",
    )
    return approval


def _own(
    case: Case[ConfirmApproval] | Case[CancelApproval], asked: NamedApproval
) -> tuple[Employee, Approval]:
    """Return who acts and the approval that his institution asked for."""
    actor = acting_employee(case)
    approval = _named(case, asked)
    case.require(
        approval.legal_entity == actor.legal_entity,
        "approval.of_other_entity",
        "$.legal_entity",
        expected="the institution that asked for the approval",
    )
    return actor, approval
