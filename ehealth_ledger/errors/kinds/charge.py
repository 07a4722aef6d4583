"""Refuse acts about charges."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "charge.already_withdrawn": RefusalKind(409, "The charge is withdrawn already"),
    "charge.already_live": RefusalKind(409, "The act is charged to this package already"),
    "charge.unknown": RefusalKind(422, "There is no such charge"),
    "charge.not_yours": RefusalKind(403, "The charge is another provider's"),
    "charge.not_denied": RefusalKind(409, "The payer has not denied the charge"),
    "charge.already_resubmitted": RefusalKind(409, "The charge was claimed again already"),
    "charge.act_in_error": RefusalKind(409, "The act was entered in error: nothing is owed for it"),
    "charge.attempts_exhausted": RefusalKind(409, "The act was claimed as often as is allowed"),
    "charge.not_stated": RefusalKind(409, "No statement holds the charge yet", retry=True),
    "charge.not_accepted": RefusalKind(
        409, "The payer has not accepted the statement that holds the charge", retry=True
    ),
    "charge.is_denied": RefusalKind(409, "The payer has denied the charge: nothing is owed for it"),
    "charge.not_withheld": RefusalKind(409, "The charge is not withheld: its act has its price"),
    "charge.already_settled": RefusalKind(409, "The withheld charge was settled already"),
    "charge.still_no_tariff": RefusalKind(
        409, "No tariff prices the service on the day of the act yet", retry=True
    ),
    "charge.still_no_contract": RefusalKind(
        409, "No contract pays for the act on its day yet", retry=True
    ),
    "charge.still_no_release": RefusalKind(
        409, "No rules of grouping are in force for the day on which the case ended", retry=True
    ),
    "charge.still_no_group": RefusalKind(
        409, "The treated case falls into no group by the rules in force on its day", retry=True
    ),
    "charge.still_no_price": RefusalKind(409, "Nothing says what the act is worth"),
    "charge.settled_otherwise": RefusalKind(
        409, "Only services and dispensed medicines are settled one by one"
    ),
    "charge.rule_unknown": RefusalKind(422, "No rule of monitoring has this id in this version"),
    "charge.adjustment_is_zero": RefusalKind(422, "An adjustment of nothing corrects nothing"),
    "charge.adjustment_exceeds": RefusalKind(
        409, "The adjustments would take more than was charged"
    ),
}
