"""Judge whether a program takes a service, and begin the program's part (rule 48)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.referral.shared import (
    REFERRAL,
    named,
    require_active,
    require_held,
)
from ehealth_ledger.aggregates.referral.state import ProgramStatus, Referral, Status
from ehealth_ledger.commands.referral import ProcessReferral, QualifyReferral
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import ReferralProcessed, ReferralQualified
from ehealth_ledger.values.identifiers import MedicalProgramId, PatientId

EXPECTED: Final[Mapping[str, str]] = {
    "medical_program.unknown": "the id of a known program",
    "medical_program.not_active": "a program in force today",
    "medical_program.other_kind": "a program of services",
    "referral.service_not_in_program": "a service that takes part in the program",
    "referral.reason_not_in_program": "a reason that is one of the program's conditions",
    "referral.age_not_in_program": "a patient of the age that the program is for",
}
"""Say what would be accepted in the place of each objection."""


def objections(
    case: Case[Any],
    wanted: MedicalProgramId,
    patient: PatientId,
    services: tuple[str, ...],
    reasons: tuple[str, ...],
) -> tuple[str, ...]:
    """List the codes of what speaks against using a program for a service today (rule 48).

    The program holds and is one of services, the service takes part, and where the program is for
    some conditions or ages only, one of them is the reason and the patient is of that age.
    """
    program = case.find(MedicalProgram, wanted)
    if program is None:
        return ("medical_program.unknown",)
    today = case.today
    known = case.find(Patient, patient)
    found = (
        (program.in_force(today), "medical_program.not_active"),
        (program.kind == "SERVICE", "medical_program.other_kind"),
        (any(program.offers(each, today) for each in services), "referral.service_not_in_program"),
        (
            not program.conditions or not program.conditions.isdisjoint(reasons),
            "referral.reason_not_in_program",
        ),
        (
            program.admits(None if known is None else known.birth_date, today),
            "referral.age_not_in_program",
        ),
    )
    return tuple(code for holds, code in found if not holds)


def qualify(case: Case[QualifyReferral]) -> list[Fact]:
    """Answer whether a referral may be used within a program, and record the answer.

    It is recorded because it has an effect: an institution that was not told VALID cannot redeem
    (rule 48). What is no longer true by then the law of redemption finds by itself.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    referral = named(case, asked)
    found = (
        (referral.status is Status.ACTIVE, "referral.not_active"),
        (referral.expires_at > case.now_us, "referral.expired"),
        (referral.program == asked.program, "referral.other_program"),
    )
    reasons = (
        *(code for holds, code in found if not holds),
        *objections(case, asked.program, referral.patient, referral.services, referral.reasons),
    )
    return [
        ReferralQualified(
            referral=referral.id,
            patient=referral.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            program=asked.program,
            answer="INVALID" if reasons else "VALID",
            reasons=reasons,
        )
    ]


def process(case: Case[ProcessReferral]) -> list[Fact]:
    """Begin the program's part of a referral that the signer's institution holds."""
    actor = acting_employee(case)
    referral = named(case, case.command.body.resource)
    require_held(case, actor, referral)
    require_active(case, referral, REFERRAL)
    case.require(
        referral.program_status is ProgramStatus.NEW,
        "referral.program_not_new",
        REFERRAL,
        status="none" if referral.program_status is None else referral.program_status.value,
        expected="a referral within a program, whose part has not begun",
    )
    return [_processed(referral, case)]


def _processed(referral: Referral, case: Case[ProcessReferral]) -> ReferralProcessed:
    return ReferralProcessed(
        referral=referral.id,
        patient=referral.patient,
        employee=case.command.body.employee,
        legal_entity=case.command.body.legal_entity,
    )
