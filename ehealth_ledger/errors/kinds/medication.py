"""Refuse acts about medications (лікарські засоби)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "medication.unknown": RefusalKind(422, "There is no such medication"),
    "medication.not_active": RefusalKind(409, "The medication is not in force", rule="56"),
    "medication.not_a_generic": RefusalKind(
        422, "A prescription names an INNM dosage, not a product", rule="54"
    ),
    "medication.not_a_product": RefusalKind(
        422, "What is handed out is a product, not an INNM dosage", rule="60"
    ),
    "medication.period_invalid": RefusalKind(422, "The medication's last day is before its first"),
    "medication.package_invalid": RefusalKind(
        422, "The package does not divide into its least parts", rule="55"
    ),
}
