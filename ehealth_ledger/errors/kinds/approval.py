"""Refuse acts about approvals: access that patients grant."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "approval.unknown": RefusalKind(422, "There is no such approval"),
    "approval.of_other_patient": RefusalKind(422, "The approval is another patient's"),
    "approval.of_other_entity": RefusalKind(
        403, "The approval was asked for by another legal entity"
    ),
    "approval.grantee_not_own": RefusalKind(
        422, "Access is asked for oneself or for one's own legal entity", rule="64"
    ),
    "approval.selector_count": RefusalKind(
        422, "An approval has exactly one selector of resources", rule="64"
    ),
    "approval.resource_unknown": RefusalKind(
        422, "The resource is not one of this patient", rule="64"
    ),
    "approval.not_new": RefusalKind(409, "The approval was confirmed or ended already"),
    "approval.lapsed": RefusalKind(409, "The patient's time to confirm has passed"),
    "approval.ended": RefusalKind(409, "The approval has ended already"),
    "approval.not_due": RefusalKind(
        409, "The approval is not one that its time has ended", retry=True
    ),
}
