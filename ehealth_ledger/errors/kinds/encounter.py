"""Refuse encounter packages."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "encounter.performer_not_signer": RefusalKind(
        422, "The performer is the one who signs", rule="2"
    ),
    "encounter.period_in_future": RefusalKind(
        422, "The encounter's period ends later than now", rule="25"
    ),
    "encounter.period_reversed": RefusalKind(
        422, "The encounter's period ends before it starts", rule="25"
    ),
    "encounter.period_too_old": RefusalKind(422, "The encounter is recorded too late", rule="25"),
    "encounter.id_repeated": RefusalKind(422, "An id stands twice in the package", rule="24"),
    "encounter.primary_diagnosis_count": RefusalKind(
        422, "A package has exactly one primary diagnosis", rule="29"
    ),
    "encounter.diagnosis_rank": RefusalKind(422, "A diagnosis rank is from 1 to 10", rule="29"),
    "encounter.diagnosis_unresolved": RefusalKind(
        422, "A diagnosis names no condition of the package", rule="29"
    ),
    "encounter.code_system_not_allowed": RefusalKind(
        422, "The condition's code system is not allowed in this class of encounter", rule="31"
    ),
    "encounter.code_system_repeated": RefusalKind(
        422, "A condition has at most one code per system", rule="31"
    ),
    "encounter.subject_mismatch": RefusalKind(
        422, "A resource of the package is about another patient", rule="35"
    ),
    "encounter.context_mismatch": RefusalKind(
        422, "A resource of the package names another encounter", rule="35"
    ),
    "encounter.before_episode": RefusalKind(
        422, "The encounter began before its episode", rule="25"
    ),
    "encounter.class_not_allowed": RefusalKind(
        422, "An employee of this type records no encounter of this class", rule="27"
    ),
    "encounter.type_not_allowed": RefusalKind(
        422, "There is no encounter of this type in this class", rule="27"
    ),
    "encounter.reasons_required": RefusalKind(
        422, "Primary care gives its reasons in ICPC-2", rule="30"
    ),
    "encounter.actions_required": RefusalKind(
        422, "Primary care gives its actions in ICPC-2", rule="30"
    ),
    "encounter.service_not_allowed": RefusalKind(422, "Primary care names no service", rule="30"),
    "encounter.service_required": RefusalKind(
        422, "Care that is not primary names the service given", rule="30"
    ),
    "encounter.actions_not_allowed": RefusalKind(
        422, "Only primary care gives actions in ICPC-2", rule="30"
    ),
    "encounter.priority_required": RefusalKind(
        422, "An inpatient encounter says how urgent it was", rule="32"
    ),
    "encounter.hospitalization_not_inpatient": RefusalKind(
        422, "Only an inpatient encounter hospitalises", rule="32"
    ),
    "encounter.discharge_incomplete": RefusalKind(
        422, "A discharge says where from, where to and from which department", rule="32"
    ),
    "encounter.asserter_required": RefusalKind(
        422, "A finding at first hand names the employee who asserts it", rule="34"
    ),
    "encounter.report_origin_required": RefusalKind(
        422, "A finding at second hand says where it is known from", rule="34"
    ),
    "encounter.two_sources": RefusalKind(
        422, "A finding has an asserter or a report origin, not both", rule="34"
    ),
    "encounter.asserter_unknown": RefusalKind(
        422, "There is no such employee to assert it", rule="34"
    ),
    "encounter.asserter_of_other_entity": RefusalKind(
        422, "The asserting employee works for another institution", rule="34"
    ),
    "encounter.asserter_dismissed": RefusalKind(
        409, "The asserting employee is dismissed", rule="34"
    ),
    "encounter.speciality_not_allowed": RefusalKind(
        422, "A doctor of this speciality does not assert this code", rule="33"
    ),
    "encounter.division_required": RefusalKind(
        422, "An encounter of this class names its division", rule="28"
    ),
    "encounter.division_unknown": RefusalKind(422, "There is no such division", rule="28"),
    "encounter.division_of_other_entity": RefusalKind(
        422, "The division is another institution's", rule="28"
    ),
    "encounter.division_not_active": RefusalKind(409, "The division is not active", rule="28"),
    "encounter.moment_in_future": RefusalKind(
        422, "A resource of the package is dated later than now", rule="36"
    ),
    "encounter.moment_too_old": RefusalKind(
        422, "A resource of the package is dated longer ago than is believed", rule="36"
    ),
    "encounter.evidence_unknown": RefusalKind(
        422, "There is no such resource to rest on", rule="37"
    ),
    "encounter.evidence_of_other_patient": RefusalKind(
        422, "A resource rests on one of another patient", rule="37"
    ),
    "encounter.evidence_in_error": RefusalKind(
        409, "A resource rests on one that is entered in error", rule="37"
    ),
    "encounter.code_system_unexpected": RefusalKind(
        422, "A coded value comes from another code system than its own", rule="38"
    ),
    "encounter.two_referrals": RefusalKind(
        422, "An encounter follows one referral, electronic or on paper", rule="39"
    ),
    "encounter.paper_referral_later": RefusalKind(
        422, "The referral on paper is dated after the encounter", rule="39"
    ),
    "encounter.unknown": RefusalKind(422, "There is no such encounter", rule="41"),
    "encounter.of_other_patient": RefusalKind(422, "The encounter is another patient's", rule="41"),
    "encounter.of_other_entity": RefusalKind(
        403, "Another institution recorded the encounter", rule="41"
    ),
    "encounter.original_not_at_hand": RefusalKind(
        503, "The package is being recorded; ask again", retry=True
    ),
    "encounter.content_differs": RefusalKind(
        409, "The cancellation differs from what was recorded", rule="41"
    ),
    "encounter.already_in_error": RefusalKind(
        409, "The resource is entered in error already", rule="41"
    ),
    "encounter.nothing_withdrawn": RefusalKind(
        422, "The cancellation marks nothing as entered in error", rule="41"
    ),
    "encounter.diagnosis_is_live": RefusalKind(
        409, "The condition is a diagnosis of an encounter that still counts", rule="41"
    ),
}
