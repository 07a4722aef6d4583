"""Judge the use of a referral: taken by one institution, given back, completed (39, 47, 49)."""

from __future__ import annotations

from ehealth_ledger.aggregates import encounter as encounters
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.referral.program import EXPECTED, objections
from ehealth_ledger.aggregates.referral.shared import (
    REFERRAL,
    named,
    require_active,
    require_held,
    require_unexpired,
    service_codes,
)
from ehealth_ledger.aggregates.referral.state import ProgramStatus, Referral
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.service_request import COUNSELLING
from ehealth_ledger.commands.referral import (
    CompleteReferral,
    RedeemReferral,
    ReleaseReferral,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import (
    ReferralCompleted,
    ReferralRedeemed,
    ReferralReleased,
)
from ehealth_ledger.values.identifiers import (
    DiagnosticReportId,
    EncounterId,
    PatientId,
    ProcedureId,
    ReferralId,
)


def redeem(case: Case[RedeemReferral]) -> list[Fact]:
    """Redeem a referral for the signer's own institution: active, unexpired, unused (rule 47).

    Its patient comes to be seen, and so is active (rule 23).
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require(
        asked.performer == actor.id,
        "referral.performer_not_signer",
        "$.resource.performer",
        expected=str(actor.id),
    )
    referral = named(case, asked)
    with case.part():
        active_patient(case, asked.patient, "$.resource.patient")
    case.require(
        referral.redeemed_by is None,
        "referral.already_redeemed",
        REFERRAL,
        expected="a referral that no institution holds",
    )
    require_active(case, referral, REFERRAL)
    require_unexpired(case, referral, REFERRAL)
    _require_program(case, actor, referral)
    return [
        ReferralRedeemed(
            referral=referral.id,
            patient=referral.patient,
            performer=actor.id,
            legal_entity=actor.legal_entity,
            attempt=referral.releases + 1,
        )
    ]


def _require_program(case: Case[RedeemReferral], actor: Employee, referral: Referral) -> None:
    """Let a referral within a program be taken by whom the program was found to cover (rule 48)."""
    if referral.program is None:
        return
    case.require(
        actor.legal_entity in referral.qualified,
        "referral.not_qualified",
        REFERRAL,
        expected="a referral that this institution was told VALID of",
    )
    for code in objections(
        case, referral.program, referral.patient, referral.services, referral.reasons
    ):
        case.refuse(code, REFERRAL, expected=EXPECTED[code])


def release(case: Case[ReleaseReferral]) -> list[Fact]:
    """Give a referral back that the signer's institution redeemed and has not completed."""
    actor = acting_employee(case)
    referral = named(case, case.command.body.resource)
    require_held(case, actor, referral)
    require_active(case, referral, REFERRAL)
    return [
        ReferralReleased(
            referral=referral.id,
            patient=referral.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            expires_at=referral.expires_at,
        )
    ]


def complete_by_hand(case: Case[CompleteReferral]) -> list[Fact]:
    """Complete a referral that an encounter fulfilled without saying so.

    Rule 49: it is in the hands of the signer's institution, its program's part has begun where it
    has one, and the encounter is the same patient's.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    referral = named(case, asked)
    require_held(case, actor, referral)
    require_active(case, referral, REFERRAL)
    case.require(
        referral.program_status in (None, ProgramStatus.IN_PROGRESS),
        "referral.program_not_begun",
        REFERRAL,
        expected="a referral whose program's part has begun",
    )
    encounter = case.find(encounters.Encounter, asked.encounter)
    case.require(
        encounter is not None
        and encounter.patient == referral.patient
        and encounter.status is encounters.Status.FINISHED,
        "referral.outcome_unknown",
        "$.resource.encounter",
        expected="an encounter of this patient that is not entered in error",
    )
    return [
        ReferralCompleted(
            referral=referral.id,
            patient=referral.patient,
            legal_entity=actor.legal_entity,
            encounter=asked.encounter,
        )
    ]


def fulfil(
    case: Case[StaffCommand],
    actor: Employee,
    wanted: ReferralId,
    *,
    patient: PatientId,
    path: str,
    encounter: EncounterId | None = None,
    diagnostic_report: DiagnosticReportId | None = None,
    procedure: ProcedureId | None = None,
) -> tuple[Referral, ReferralCompleted]:
    """Close the referral that an act is based on, whether or not it was redeemed before.

    Rule 39: it is this patient's, active, unexpired, and no other institution holds it. What it
    asks for is for the caller to compare with what was done.
    """
    referral = case.get(Referral, wanted, code="referral.unknown", path=path)
    case.require(
        referral.patient == patient,
        "referral.of_other_patient",
        path,
        expected="a referral of this patient",
    )
    require_active(case, referral, path)
    case.require(
        referral.redeemed_by in (None, actor.legal_entity),
        "referral.of_other_entity",
        path,
        expected="a referral that this institution redeemed, or nobody",
    )
    require_unexpired(case, referral, path)
    return referral, ReferralCompleted(
        referral=referral.id,
        patient=referral.patient,
        legal_entity=actor.legal_entity,
        encounter=encounter,
        diagnostic_report=diagnostic_report,
        procedure=procedure,
    )


def complete(
    case: Case[RecordEncounter], actor: Employee, wanted: ReferralId
) -> tuple[Referral, ReferralCompleted]:
    """Close the referral an encounter is based on: counselling, for this service (rule 39)."""
    encounter = case.command.body.encounter
    path = "$.resources[0].basedOn[0].reference"
    referral, completed = fulfil(
        case,
        actor,
        wanted,
        patient=encounter.subject.reference,
        path=path,
        encounter=encounter.id,
    )
    case.require(
        referral.category == COUNSELLING,
        "referral.other_category",
        path,
        expected=f"a referral of the category {COUNSELLING}",
    )
    case.require(
        not set(service_codes(encounter.service_type)).isdisjoint(referral.services),
        "referral.other_service",
        "$.resources[0].serviceType",
        expected=" | ".join(referral.services),
    )
    return referral, completed
