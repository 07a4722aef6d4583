"""Refuse acts about prescriptions (рецепти)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "prescription.unknown": RefusalKind(422, "There is no such prescription"),
    "prescription.of_other_patient": RefusalKind(422, "The prescription is another patient's"),
    "prescription.requester_not_signer": RefusalKind(
        422, "The requester is the one who signs", rule="52"
    ),
    "prescription.legal_entity_kind": RefusalKind(
        403, "This kind of institution does not prescribe", rule="52"
    ),
    "prescription.legal_entity_not_verified": RefusalKind(
        403, "The payer has not verified the institution", rule="52"
    ),
    "prescription.division_not_active": RefusalKind(
        409, "The division is not active, or not the institution's", rule="52"
    ),
    "prescription.declaration_missing": RefusalKind(
        409, "The program asks for the patient's declaration with the prescriber", rule="52"
    ),
    "prescription.encounter_unknown": RefusalKind(422, "There is no such encounter", rule="52"),
    "prescription.encounter_of_other_patient": RefusalKind(
        422, "The encounter is another patient's", rule="52"
    ),
    "prescription.encounter_in_error": RefusalKind(
        409, "The encounter was entered in error", rule="52"
    ),
    "prescription.authored_in_future": RefusalKind(
        422, "The prescription is dated later than now", rule="53"
    ),
    "prescription.authored_too_long_ago": RefusalKind(
        422, "The prescription is entered too late", rule="53"
    ),
    "prescription.starts_too_early": RefusalKind(
        422, "The treatment starts before the prescription or before today", rule="53"
    ),
    "prescription.period_reversed": RefusalKind(
        422, "The treatment ends before it starts", rule="53"
    ),
    "prescription.period_too_long": RefusalKind(
        422, "The treatment lasts longer than one prescription covers", rule="53"
    ),
    "prescription.treatment_running": RefusalKind(
        409, "A prescription of the same medication covers these days", rule="54"
    ),
    "prescription.quantity_not_packable": RefusalKind(
        422, "No product comes in parts that make up the quantity", rule="55"
    ),
    "prescription.unit_differs": RefusalKind(
        422, "The quantity counts another unit than the medication", rule="55"
    ),
    "prescription.medication_not_in_program": RefusalKind(
        409, "No product of the medication takes part in the program", rule="56"
    ),
    "prescription.condition_not_allowed": RefusalKind(
        409, "The program is not for these conditions", rule="56"
    ),
    "prescription.speciality_not_allowed": RefusalKind(
        403, "The program is not prescribed by this speciality", rule="56"
    ),
    "prescription.age_not_allowed": RefusalKind(
        409, "The program is for patients of another age", rule="56"
    ),
    "prescription.patient_category_not_allowed": RefusalKind(
        409, "The program is not for this category of patients", rule="56"
    ),
    "prescription.sequence_repeated": RefusalKind(
        422, "Two dosage instructions have one sequence number", rule="57"
    ),
    "prescription.number_taken": RefusalKind(
        409, "The number that the prescription's id yields is taken"
    ),
    "prescription.not_active": RefusalKind(409, "The prescription is not active", rule="58"),
    "prescription.is_blocked": RefusalKind(409, "The prescription is blocked", rule="58"),
    "prescription.not_blocked": RefusalKind(409, "The prescription is not blocked"),
    "prescription.block_ends_in_past": RefusalKind(422, "The block would end before it begins"),
    "prescription.blocked_by_other": RefusalKind(
        403, "Another institution blocked the prescription; it, or the payer, lifts the block"
    ),
    "prescription.of_other_entity": RefusalKind(
        403, "Only a doctor of the prescribing institution rejects a prescription"
    ),
    "prescription.has_live_dispense": RefusalKind(
        409, "Something of the prescription is held or was handed out"
    ),
    "prescription.not_due": RefusalKind(409, "The prescription has not expired yet", retry=True),
}
