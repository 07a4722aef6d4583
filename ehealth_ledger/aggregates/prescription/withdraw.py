"""Judge what stops a prescription: a block, its rejection, the end of its treatment."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import care_plan as care_plans
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.dispense.let_go import let_go_overdue
from ehealth_ledger.aggregates.dispense.pharmacy import require_pharmacy_entity
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.prescription.named import (
    prescription_of,
    require_active,
    require_reason,
)
from ehealth_ledger.aggregates.prescription.state import Prescription
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.prescription import (
    BlockPrescription,
    ExpirePrescription,
    RejectPrescription,
    UnblockPrescription,
)
from ehealth_ledger.events.employee import EmployeeType
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.prescription import (
    Blocker,
    PrescriptionBlocked,
    PrescriptionExpired,
    PrescriptionRejected,
    PrescriptionUnblocked,
)
from ehealth_ledger.values.time import from_microseconds, microseconds

_PRESCRIPTION: Final = "$.resource.prescription"


def _blocker(kind: EmployeeType) -> Blocker:
    """Tell whose employee blocks; entitlement has let nobody else come this far."""
    if kind == "PHARMACIST":
        return "pharmacy"
    return "payer" if kind in ("NHS_ADMIN", "NHS_ADMIN_SIGNER") else "provider"


def block(case: Case[BlockPrescription]) -> list[Fact]:
    """Block an active prescription; a block that has run out may be followed by another."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    prescription = prescription_of(case, asked.prescription, asked.patient)
    require_active(case, prescription)
    case.require(
        not prescription.blocked(case.now_us),
        "prescription.is_blocked",
        _PRESCRIPTION,
        expected="a prescription that is not blocked",
    )
    until = None if asked.until is None else microseconds(asked.until)
    case.require(
        until is None or until > case.now_us,
        "prescription.block_ends_in_past",
        "$.resource.until",
        expected=f"later than {case.now.isoformat()}",
    )
    return [
        PrescriptionBlocked(
            prescription=prescription.id,
            patient=prescription.patient,
            by=_blocker(actor.type),
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=require_reason(case, asked.reason),
            until=until,
        )
    ]


def unblock(case: Case[UnblockPrescription]) -> list[Fact]:
    """Lift a block: the institution that blocked does, or the payer."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    prescription = prescription_of(case, asked.prescription, asked.patient)
    require_active(case, prescription)
    standing = prescription.block
    case.require(
        prescription.blocked(case.now_us),
        "prescription.not_blocked",
        _PRESCRIPTION,
        expected="a blocked prescription",
    )
    case.require(
        standing is None
        or standing.legal_entity == actor.legal_entity
        or _blocker(actor.type) == "payer",
        "prescription.blocked_by_other",
        "$.legal_entity",
        expected="the institution that blocked, or the payer",
    )
    return [
        PrescriptionUnblocked(
            prescription=prescription.id,
            patient=prescription.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=require_reason(case, asked.reason),
        )
    ]


def reject(case: Case[RejectPrescription]) -> list[Fact]:
    """Reject a prescription while nothing of it is held or handed out (rule 58).

    A doctor rejects his own institution's; a pharmacist the one whose code the patient shows.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    prescription = prescription_of(case, asked.prescription, asked.patient)
    require_active(case, prescription)
    by_pharmacist = _blocker(actor.type) == "pharmacy"
    if by_pharmacist:
        with case.part():
            require_pharmacy_entity(case, actor)
        case.require(
            asked.code == case.lookups.prescriptions.code_of(prescription.id),
            "dispense.code_mismatch",
            "$.resource.code",
            expected="the code the patient was given",
        )
    else:
        case.require(
            prescription.legal_entity == actor.legal_entity,
            "prescription.of_other_entity",
            "$.legal_entity",
            expected="the institution that prescribed",
        )
    left, facts = let_go_overdue(prescription, case.now_us)
    case.require(
        not left.live,
        "prescription.has_live_dispense",
        _PRESCRIPTION,
        expected="a prescription of which nothing is held or was handed out",
    )
    return [
        *facts,
        PrescriptionRejected(
            prescription=prescription.id,
            patient=prescription.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=require_reason(case, asked.reason),
            explanation_pointer="/resource/explanation",
            by="pharmacy" if by_pharmacist else None,
        ),
        *_given_back(left),
    ]


def expire(case: Case[ExpirePrescription]) -> list[Fact]:
    """End a prescription after the last day of its treatment; a pharmacy's hold is waited for."""
    acting_system(case)
    asked = case.command.body.resource
    prescription = case.get(
        Prescription, asked.prescription, code="prescription.unknown", path=_PRESCRIPTION
    )
    require_active(case, prescription)
    case.require(
        prescription.expires_at <= case.now_us,
        "prescription.not_due",
        _PRESCRIPTION,
        expected=f"{from_microseconds(prescription.expires_at).isoformat()} or later",
    )
    left, facts = let_go_overdue(prescription, case.now_us)
    case.require(
        not left.holds,
        "prescription.not_due",
        _PRESCRIPTION,
        expected="after the pharmacy's hold has ended",
    )
    return [
        *facts,
        PrescriptionExpired(prescription=prescription.id, patient=prescription.patient),
        *_given_back(left),
    ]


def _given_back(prescription: Prescription) -> list[Fact]:
    """Give the care plan back what was prescribed of an activity and not handed out (rule 51)."""
    planned = prescription.planned
    if planned is None or prescription.intent == "plan" or prescription.remaining == 0:
        return []
    return [
        care_plans.release_activity(
            planned.care_plan,
            planned.activity,
            prescription.remaining,
            request=prescription.id,
            patient=prescription.patient,
        )
    ]
