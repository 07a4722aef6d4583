"""Refuse what is recorded outside an encounter package: reports, procedures, conclusions."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "standalone.performer_not_signer": RefusalKind(
        422, "The performer is the one who signs", rule="2"
    ),
    "standalone.period_reversed": RefusalKind(422, "The period ends before it starts", rule="36"),
    "standalone.moment_in_future": RefusalKind(422, "The moment is later than now", rule="36"),
    "standalone.moment_too_old": RefusalKind(
        422, "The moment lies further back than is recorded", rule="36"
    ),
    "standalone.basis_required": RefusalKind(
        422, "Either a referral or a referral on paper is expected", rule="40"
    ),
    "standalone.paper_in_future": RefusalKind(
        422, "The referral on paper is dated later than today", rule="40"
    ),
    "standalone.category_differs": RefusalKind(422, "The category is not the service's", rule="40"),
    "standalone.other_service": RefusalKind(
        422, "The service is not one the referral asks for", rule="40"
    ),
    "standalone.evidence_unknown": RefusalKind(
        422, "There is no such resource of this type", rule="37"
    ),
    "standalone.evidence_of_other_patient": RefusalKind(
        422, "The resource is another patient's", rule="37"
    ),
    "standalone.evidence_in_error": RefusalKind(
        422, "The resource was entered in error", rule="37"
    ),
    "standalone.of_other_entity": RefusalKind(
        403, "Only the institution that recorded it marks it as entered in error", rule="41"
    ),
    "standalone.content_differs": RefusalKind(
        409, "What is signed again is not what was recorded", rule="41"
    ),
    "standalone.already_in_error": RefusalKind(
        409, "It is marked as entered in error already", rule="41"
    ),
    # Reports
    "diagnostic_report.unknown": RefusalKind(422, "There is no such report outside a package"),
    "diagnostic_report.id_repeated": RefusalKind(
        422, "An id stands twice in the report", rule="24"
    ),
    "diagnostic_report.subject_mismatch": RefusalKind(
        422, "An observation is about another patient than its report"
    ),
    "diagnostic_report.results_differ": RefusalKind(
        422, "The report's results are not the observations signed with it"
    ),
    "diagnostic_report.observations_required": RefusalKind(
        422, "A laboratory report needs observations", rule="40"
    ),
    "diagnostic_report.interpretation_required": RefusalKind(
        422, "This kind of examination needs an interpreter and a conclusion", rule="40"
    ),
    "diagnostic_report.interpreter_unknown": RefusalKind(
        422, "There is no such interpreting employee", rule="40"
    ),
    "diagnostic_report.nothing_in_error": RefusalKind(
        422, "Nothing of the report is marked as entered in error", rule="41"
    ),
    # Procedures
    "procedure.unknown": RefusalKind(422, "There is no such procedure outside a package"),
    # Specimens
    "specimen.unknown": RefusalKind(422, "There is no such specimen", rule="37"),
    "specimen.of_other_patient": RefusalKind(422, "The specimen is another patient's", rule="37"),
    "specimen.not_available": RefusalKind(409, "The specimen can be used no more", rule="37"),
    "specimen.collector_unknown": RefusalKind(
        422, "The collector is no employee of the acting institution"
    ),
    "specimen.already_received": RefusalKind(409, "The specimen was received already"),
    "specimen.received_before_collected": RefusalKind(
        422, "The specimen was received before it was taken"
    ),
    # Conclusions
    "composition.unknown": RefusalKind(422, "There is no such conclusion"),
    "composition.encounter_unknown": RefusalKind(
        422, "There is no such encounter of this patient in the acting institution"
    ),
    "composition.encounter_in_error": RefusalKind(409, "The encounter was entered in error"),
    "composition.category_not_allowed": RefusalKind(
        422, "A conclusion of this type has no such category", rule="38"
    ),
    "composition.valid_too_long": RefusalKind(
        422, "The conclusion would hold for longer than its type allows"
    ),
    "composition.related_differs": RefusalKind(
        422, "The conclusion it relates to is of another type or about another patient"
    ),
    "composition.not_final": RefusalKind(
        409, "The conclusion it relates to was replaced or entered in error"
    ),
}
