"""Refuse acts about statements, payments and postings."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "statement.unknown": RefusalKind(422, "There is no such statement"),
    "statement.period_open": RefusalKind(409, "The period's cut-off has not passed", retry=True),
    "statement.empty": RefusalKind(409, "The period holds no charge of this contract and package"),
    "statement.already_formed": RefusalKind(
        409, "The statement of this contract, package and period is formed"
    ),
    "statement.package_not_in_contract": RefusalKind(422, "The contract does not buy this package"),
    "statement.not_yours": RefusalKind(403, "The statement is another provider's"),
    "statement.digest_mismatch": RefusalKind(409, "The digest is not the statement's"),
    "statement.reference_mismatch": RefusalKind(
        409, "The countersignature names another record than the one that formed the statement"
    ),
    "statement.already_countersigned": RefusalKind(409, "The provider has signed the statement"),
    "statement.not_countersigned": RefusalKind(409, "The provider has not signed the statement"),
    "statement.already_accepted": RefusalKind(409, "The payer has accepted the statement"),
    "statement.not_accepted": RefusalKind(409, "The payer has not accepted the statement"),
    "statement.line_unknown": RefusalKind(422, "The statement has no such line"),
    "statement.line_adjusted": RefusalKind(
        409, "The line was corrected: accept it, then correct what is left of it"
    ),
    "payment.exceeds_statement": RefusalKind(
        409, "The payments would exceed what the payer accepted of the statement"
    ),
    "payment.reference_repeated": RefusalKind(
        409, "The bank reference stands for another payment already"
    ),
    "payment.dated_in_future": RefusalKind(422, "The payment is dated later than today"),
    "offset.other_party": RefusalKind(409, "The statements are not of one provider and one payer"),
    "offset.exceeds_statement": RefusalKind(
        409, "The offset is more than the payer still owes of the statement"
    ),
    "offset.exceeds_receivable": RefusalKind(
        409, "The offset is more than the provider still owes back"
    ),
    "refund.exceeds_receivable": RefusalKind(
        409, "The refund is more than the provider still owes back"
    ),
    "refund.dated_in_future": RefusalKind(422, "The refund is dated later than today"),
    "posting.unbalanced": RefusalKind(500, "The postings of a record do not sum to zero"),
}
