"""Refuse acts about declarations (декларації)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "declaration.unknown": RefusalKind(422, "There is no such declaration"),
    "declaration.of_other_patient": RefusalKind(422, "The declaration is another patient's"),
    "declaration.signer_not_doctor": RefusalKind(
        403, "Only the declared doctor signs a declaration", rule="6"
    ),
    "declaration.seed_unknown": RefusalKind(
        422, "The preview was frozen at a record that does not stand in this ledger"
    ),
    "declaration.legal_entity_kind": RefusalKind(
        422, "An institution of this kind holds no declarations", rule="13"
    ),
    "declaration.legal_entity_not_verified": RefusalKind(
        422, "The payer has not verified the institution", rule="13"
    ),
    "declaration.confidant_missing": RefusalKind(
        422,
        "Nobody may confirm for the patient: a confidant is expected",
        rule="10",
    ),
    "declaration.confidant_not_active": RefusalKind(
        409,
        "Nobody may confirm for the patient: the confidant has died or is not registered",
        rule="10",
    ),
    "declaration.end_date_out_of_term": RefusalKind(
        422,
        "The declaration would end later than its term, or before it begins",
        rule="8",
    ),
    "declaration.speciality_not_held": RefusalKind(
        422, "The doctor does not hold this speciality", rule="7"
    ),
    "declaration.speciality_of_other_age": RefusalKind(
        422, "The doctor's speciality does not match the patient's age", rule="7"
    ),
    "declaration.limit_reached": RefusalKind(
        409, "The doctor holds as many declarations as the limit allows", rule="9"
    ),
    "declaration.already_active": RefusalKind(409, "The patient has a live declaration", rule="6"),
    "declaration.not_pending": RefusalKind(
        409, "The declaration does not wait for the payer", rule="15"
    ),
    "declaration.not_live": RefusalKind(409, "The declaration has ended", rule="15"),
    "declaration.not_yours": RefusalKind(
        403, "Only its doctor, its institution and the payer end a declaration", rule="15"
    ),
    "declaration.not_due": RefusalKind(409, "It is not time yet", rule="15"),
}
