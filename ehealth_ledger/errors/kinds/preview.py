"""Refuse content that is not what was previewed."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "preview.unknown": RefusalKind(
        422, "No such preview is held, any more or at all: preview the content again", rule="3"
    ),
    "preview.expired": RefusalKind(
        422, "The preview's time has passed: preview the content again", rule="3"
    ),
    "preview.mismatch": RefusalKind(
        422, "What was signed differs from what was previewed", rule="3"
    ),
    "preview.unavailable": RefusalKind(
        503, "What was previewed cannot be looked at now; nothing was written", retry=True
    ),
}
