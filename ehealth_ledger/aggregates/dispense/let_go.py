"""Judge what frees a held quantity: the pharmacy lets go of it, or its minutes have passed."""

from __future__ import annotations

from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.prescription.named import prescription_of, require_reason
from ehealth_ledger.aggregates.prescription.state import (
    Dispense,
    DispenseStatus,
    Prescription,
)
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.dispense import ExpireDispense, RejectDispense
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.dispense import DispenseExpired, DispenseRejected
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import DispenseId, LegalEntityId
from ehealth_ledger.values.time import from_microseconds

_PRESCRIPTION: Final = "$.resource.prescription"


def let_go_overdue(
    prescription: Prescription, now_us: int
) -> tuple[Prescription, list[DispenseExpired]]:
    """Return the prescription without the holds that have expired, and the facts that say so.

    Whoever acts on a prescription next ends them; the ledger does where nobody comes.
    """
    facts: list[DispenseExpired] = []
    for each in prescription.overdue(now_us):
        prescription = prescription.settled(each.id, DispenseStatus.EXPIRED)
        facts.append(
            DispenseExpired(
                prescription=prescription.id,
                patient=prescription.patient,
                dispense=each.id,
                next_expiry=prescription.next_expiry,
            )
        )
    return prescription, facts


def held_dispense(
    case: Case[Any],
    prescription: Prescription,
    wanted: DispenseId,
    holder: LegalEntityId,
    *,
    path: str,
) -> Dispense:
    """Return what a pharmacy holds of a prescription, or refuse (rule 62)."""
    dispense = prescription.dispenses.get(wanted)
    if dispense is None:
        raise RuleBroken("dispense.unknown", path, expected="a dispense of the prescription")
    case.require(
        dispense.legal_entity == holder,
        "dispense.of_other_entity",
        "$.legal_entity",
        expected="the pharmacy that holds the dispense",
    )
    case.require(
        dispense.status is DispenseStatus.HELD,
        "dispense.not_held",
        path,
        expected=DispenseStatus.HELD.value,
        status=dispense.status.value,
    )
    case.require(
        dispense.expires_at > case.now_us or dispense.status is not DispenseStatus.HELD,
        "dispense.hold_expired",
        path,
        expected=f"before {from_microseconds(dispense.expires_at).isoformat()}",
    )
    return dispense


def reject(case: Case[RejectDispense]) -> list[Fact]:
    """Let go of a hold of one's own pharmacy; what was handed out stays so."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    prescription = prescription_of(case, asked.prescription, asked.patient)
    dispense = held_dispense(
        case, prescription, asked.dispense, actor.legal_entity, path="$.resource.dispense"
    )
    left = prescription.settled(dispense.id, DispenseStatus.REJECTED)
    return [
        DispenseRejected(
            prescription=prescription.id,
            patient=prescription.patient,
            dispense=dispense.id,
            next_expiry=left.next_expiry,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=require_reason(case, asked.reason),
        )
    ]


def expire(case: Case[ExpireDispense]) -> list[Fact]:
    """Let go of every hold of a prescription that has outlived its minutes (rule 62)."""
    acting_system(case)
    prescription = case.get(
        Prescription,
        case.command.body.resource.prescription,
        code="prescription.unknown",
        path=_PRESCRIPTION,
    )
    _, facts = let_go_overdue(prescription, case.now_us)
    due = prescription.next_expiry
    case.require(
        bool(facts),
        "dispense.not_due",
        _PRESCRIPTION,
        expected="a held dispense"
        if due is None
        else f"{from_microseconds(due).isoformat()} or later",
    )
    return [*facts]
