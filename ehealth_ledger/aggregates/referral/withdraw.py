"""Judge the end of a referral that nobody fulfilled: recalled, in error, expired (rule 50)."""

from __future__ import annotations

from ehealth_ledger.aggregates import care_plan as care_plans
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.referral.shared import named, require_active
from ehealth_ledger.aggregates.referral.state import ProgramStatus, Referral, Status
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.referral import CancelReferral, ExpireReferral, RecallReferral
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import ReferralCancelled, ReferralExpired, ReferralRecalled

EXPIRY_RULE = "referral.expires_at"
"""Name the rule that makes an expiry due: the moment the referral itself carries."""


def recall(case: Case[RecallReferral]) -> list[Fact]:
    """Recall a referral that is no longer needed (rule 50)."""
    referral = _withdrawable(case)
    recalled = ReferralRecalled(
        referral=referral.id, patient=referral.patient, reason_pointer="/resource/reason"
    )
    return [recalled, *_given_back(referral)]


def cancel(case: Case[CancelReferral]) -> list[Fact]:
    """Mark a referral as entered in error (rule 50)."""
    referral = _withdrawable(case)
    cancelled = ReferralCancelled(
        referral=referral.id, patient=referral.patient, reason_pointer="/resource/reason"
    )
    return [cancelled, *_given_back(referral)]


def _withdrawable(case: Case[RecallReferral] | Case[CancelReferral]) -> Referral:
    """Return a referral that its own author may still withdraw."""
    actor = acting_employee(case)
    referral = named(case, case.command.body.resource)
    case.require(
        referral.requester == actor.id,
        "referral.not_author",
        "$.employee",
        expected=str(referral.requester),
    )
    require_active(case, referral, "$.resource.referral")
    return referral


def expire(case: Case[ExpireReferral]) -> list[Fact]:
    """Recall a referral whose time has passed and that nothing refers to yet.

    The system asks; the law checks again that the moment has come, that it is still open, and that
    no program's part of it has begun.
    """
    acting_system(case)
    wish = case.command.body
    referral = case.get(
        Referral, wish.resource.referral, code="referral.unknown", path="$.resource.referral"
    )
    case.require(
        referral.patient == wish.resource.patient,
        "referral.of_other_patient",
        "$.resource.patient",
        expected="the patient of the referral",
    )
    case.require(
        referral.status is Status.ACTIVE
        and referral.expires_at <= case.now_us
        and referral.program_status in (None, ProgramStatus.NEW)
        and wish.reason.rule == EXPIRY_RULE,
        "referral.not_due",
        "$.resource.referral",
        status=referral.status.value,
        expected="an active referral whose time has passed",
    )
    expired = ReferralExpired(
        referral=referral.id, patient=referral.patient, expired_at=referral.expires_at
    )
    return [expired, *_given_back(referral)]


def _given_back(referral: Referral) -> list[Fact]:
    """Give the care plan back what the referral took of an activity's quantity."""
    planned = referral.planned
    if planned is None:
        return []
    return [
        care_plans.release_activity(
            planned.care_plan, planned.activity, 1, request=referral.id, patient=referral.patient
        )
    ]
