"""Refuse acts about people who receive care."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "patient.unknown": RefusalKind(422, "There is no such patient"),
    "patient.not_active": RefusalKind(
        409, "The patient's record takes nothing new: dead, ended or merged", rule="23"
    ),
    "patient.not_signer": RefusalKind(403, "The signer is not this patient", rule="15"),
    "patient.certificate_of_entity": RefusalKind(
        403, "A patient signs with a certificate of his own, not an institution's", rule="15"
    ),
    "patient.unidentified": RefusalKind(
        422, "This takes an identified person, and nobody knows yet who this is"
    ),
    "patient.birth_date_implausible": RefusalKind(
        422, "Nobody alive was born on this day", rule="12"
    ),
    "patient.tax_id_or_reason": RefusalKind(
        422, "Exactly one tax id is expected, or the reason why there is none", rule="12"
    ),
    "patient.tax_id_checksum": RefusalKind(
        422, "The last digit of the tax id does not follow from the others", rule="12"
    ),
    "patient.residence_not_one": RefusalKind(
        422, "Exactly one address where the person lives is expected", rule="12"
    ),
    "patient.document_missing": RefusalKind(422, "An identity document is expected"),
    "patient.document_number_invalid": RefusalKind(
        422, "The number of such a document is not written like this"
    ),
    "patient.already_registered": RefusalKind(
        409, "A person with this tax id, or with these names and birth date, is registered"
    ),
    "patient.phone_missing": RefusalKind(
        422, "A code can be sent to no telephone: a mobile number is expected"
    ),
    "patient.phone_of_too_many": RefusalKind(
        409, "Too many patients confirm by this telephone", rule="11"
    ),
    "patient.third_person_required": RefusalKind(
        422, "For a child this young a confidant confirms", rule="10"
    ),
    "patient.confidant_missing": RefusalKind(
        422, "A confidant, proven by a document, is expected", rule="10"
    ),
    "patient.death_date_implausible": RefusalKind(422, "The patient cannot have died on this day"),
    "patient.merge_with_itself": RefusalKind(422, "A record is not joined to itself"),
    "patient.merge_of_master": RefusalKind(
        409, "Other records are joined to this one; it stays a master"
    ),
    "patient.merge_by_payer_only": RefusalKind(
        403, "Records of two identified people are joined by the payer alone"
    ),
    "patient.not_merged": RefusalKind(409, "The record is not joined to this master's"),
    "confidant.unknown": RefusalKind(422, "The patient has no such live relationship"),
    "confidant.of_other_patient": RefusalKind(
        422, "The relationship is of another patient", rule="10"
    ),
    "confidant.not_another_person": RefusalKind(422, "Nobody is their own confidant", rule="10"),
    "confidant.not_grown_up": RefusalKind(
        422, "A confidant is an identified, grown-up person", rule="10"
    ),
    "confidant.period_not_current": RefusalKind(
        422, "The relationship does not hold today", rule="10"
    ),
    "confidant.not_due": RefusalKind(409, "No relationship of the patient is over"),
}
