"""Refuse acts about referrals (електронні направлення)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "referral.unknown": RefusalKind(422, "There is no such referral"),
    "referral.requester_not_signer": RefusalKind(
        422, "The requester is the one who signs", rule="43"
    ),
    "referral.authored_in_future": RefusalKind(
        422, "The referral is dated later than now", rule="43"
    ),
    "referral.context_unknown": RefusalKind(
        422, "The encounter a referral comes from is the same patient's", rule="44"
    ),
    "referral.category_not_allowed": RefusalKind(
        403, "This type of employee may not ask for services of the category", rule="45"
    ),
    "referral.service_of_other_category": RefusalKind(
        422, "The category is not the service's", rule="45"
    ),
    "referral.nothing_permitted_to_laboratory": RefusalKind(
        422, "A referral for laboratory services opens nothing", rule="46"
    ),
    "referral.permitted_unknown": RefusalKind(
        422, "A referral opens active episodes and reports of its own patient", rule="46"
    ),
    "referral.service_not_in_program": RefusalKind(
        422, "The service does not take part in the program", rule="48"
    ),
    "referral.reason_not_in_program": RefusalKind(
        422, "The program is for other conditions than the referral's reasons", rule="48"
    ),
    "referral.age_not_in_program": RefusalKind(
        422, "The program is for patients of another age", rule="48"
    ),
    "referral.other_program": RefusalKind(
        422, "The referral was not issued within this program", rule="48"
    ),
    "referral.not_qualified": RefusalKind(
        409, "The legal entity was not told that the program takes the referral", rule="48"
    ),
    "referral.program_not_new": RefusalKind(
        409, "There is no program whose part could begin", rule="48"
    ),
    "referral.program_not_begun": RefusalKind(
        409, "The program's part of the referral has not begun", rule="49"
    ),
    "referral.not_active": RefusalKind(409, "The referral is not active", rule="47"),
    "referral.expired": RefusalKind(409, "The referral has expired", rule="47"),
    "referral.already_redeemed": RefusalKind(409, "The referral was redeemed already", rule="47"),
    "referral.performer_not_signer": RefusalKind(
        422, "The performer is the one who signs", rule="47"
    ),
    "referral.not_redeemed": RefusalKind(
        409, "The referral was not redeemed before its service", rule="49"
    ),
    "referral.of_other_entity": RefusalKind(
        409, "The referral is redeemed by another legal entity", rule="39"
    ),
    "referral.of_other_patient": RefusalKind(422, "The referral is another patient's", rule="49"),
    "referral.outcome_unknown": RefusalKind(
        422, "What completes a referral is an act for the same patient", rule="49"
    ),
    "referral.other_category": RefusalKind(
        422, "An encounter fulfils referrals for counselling only", rule="39"
    ),
    "referral.other_service": RefusalKind(
        422, "The encounter is not the service the referral asks for", rule="39"
    ),
    "referral.not_author": RefusalKind(
        403, "Only the author recalls or cancels a referral", rule="50"
    ),
    "referral.not_due": RefusalKind(
        409, "The referral is not one that its time has ended", retry=True
    ),
}
