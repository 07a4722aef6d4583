"""Refuse acts about erased patients, and erasures that may not be."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "patient.erased": RefusalKind(
        410, "The patient was erased: nothing is known any more, and nothing new is taken"
    ),
    "patient.erasure_barred": RefusalKind(
        409, "The patient has a live declaration, which must be terminated first"
    ),
    "patient.erasure_not_ordered": RefusalKind(409, "Nobody has ordered the patient's erasure"),
    "patient.erasure_by_one_person": RefusalKind(
        403, "An erasure takes two people; whoever ordered it does not countersign"
    ),
    "patient.erasure_reference_mismatch": RefusalKind(
        409, "The countersignature names another record than the order in force"
    ),
}
