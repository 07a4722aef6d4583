"""Refuse acts about legal entities (суб'єкти господарювання)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "legal_entity.unknown": RefusalKind(422, "There is no such legal entity"),
    "legal_entity.already_registered": RefusalKind(
        409, "A legal entity with this code is registered already"
    ),
}
