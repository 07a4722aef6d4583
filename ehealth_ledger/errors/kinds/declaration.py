"""Refuse acts about declarations (декларації)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "declaration.signer_not_doctor": RefusalKind(
        403, "Only the declared doctor signs a declaration", rule="6"
    ),
    "declaration.already_active": RefusalKind(
        409, "The patient has an active declaration", rule="6"
    ),
}
