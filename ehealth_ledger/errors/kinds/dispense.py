"""Refuse acts about dispenses (погашення рецептів)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "dispense.unknown": RefusalKind(422, "The prescription has no such dispense"),
    "dispense.not_an_order": RefusalKind(409, "A plan is not dispensed, only an order", rule="58"),
    "dispense.outside_days": RefusalKind(
        409, "The prescription is not dispensed on this day", rule="58"
    ),
    "dispense.code_mismatch": RefusalKind(
        403, "The code is not the one the patient was given", rule="58"
    ),
    "dispense.other_live": RefusalKind(
        409, "Another dispense of the prescription is held or done", rule="58"
    ),
    "dispense.legal_entity_kind": RefusalKind(403, "The institution is no pharmacy", rule="59"),
    "dispense.legal_entity_not_verified": RefusalKind(
        403, "The payer has not verified the pharmacy", rule="59"
    ),
    "dispense.division_not_active": RefusalKind(
        409, "The division is not active, or not the pharmacy's", rule="59"
    ),
    "dispense.division_kind": RefusalKind(
        403, "This kind of division does not dispense", rule="59"
    ),
    "dispense.division_not_verified": RefusalKind(
        403, "The medicines authority has not verified the division", rule="59"
    ),
    "dispense.licence_missing": RefusalKind(
        422, "The pharmacy has no licence in force under which it may dispense", rule="59"
    ),
    "dispense.contract_missing": RefusalKind(
        409, "No reimbursement contract in force names the program and the division", rule="59"
    ),
    "dispense.exceeds_prescribed": RefusalKind(
        409, "More would be handed out than was prescribed", rule="60"
    ),
    "dispense.quantity_not_packable": RefusalKind(
        422, "The product does not come in parts of that quantity", rule="60"
    ),
    "dispense.other_medication": RefusalKind(
        422, "The product is not one of the prescribed medication", rule="60"
    ),
    "dispense.medication_not_in_program": RefusalKind(
        409, "The product does not take part in the program", rule="60"
    ),
    "dispense.discount_out_of_bounds": RefusalKind(
        422, "The discount is not what the program grants", rule="61"
    ),
    "dispense.sell_amount_mismatch": RefusalKind(
        422, "The product sells for its unit price times the quantity", rule="63"
    ),
    "dispense.payment_mismatch": RefusalKind(
        422, "The patient pays what the product sells for less the discount", rule="61"
    ),
    "dispense.other_program": RefusalKind(
        409, "The dispense is under another program than the prescription", rule="62"
    ),
    "dispense.hold_expired": RefusalKind(409, "The hold has expired", rule="62"),
    "dispense.not_held": RefusalKind(409, "The dispense is not held any more", rule="62"),
    "dispense.not_due": RefusalKind(409, "No hold has expired yet", rule="62", retry=True),
    "dispense.prices_missing": RefusalKind(
        422, "A dispense that the payer pays for names its prices", rule="63"
    ),
    "dispense.pack_code_missing": RefusalKind(
        422, "The program asks for the code on each package", rule="63"
    ),
    "dispense.performer_not_signer": RefusalKind(
        422, "The pharmacist who hands out signs", rule="63"
    ),
    "dispense.of_other_entity": RefusalKind(403, "Another pharmacy holds the dispense"),
    "dispense.differs_from_hold": RefusalKind(
        422, "What is handed out is not what was held", rule="60"
    ),
    "dispense.handed_over_in_future": RefusalKind(
        422, "The medication is handed over later than now"
    ),
}
