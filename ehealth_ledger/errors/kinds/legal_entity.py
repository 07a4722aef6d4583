"""Refuse acts about legal entities (суб'єкти господарювання)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "legal_entity.unknown": RefusalKind(422, "There is no such legal entity"),
    "legal_entity.already_registered": RefusalKind(
        409, "A legal entity with this code is registered already"
    ),
    "legal_entity.is_payer": RefusalKind(422, "The payer itself is not decided about"),
    "legal_entity.ended": RefusalKind(409, "The legal entity was closed or reorganised"),
    "legal_entity.suspended_already": RefusalKind(409, "The legal entity is suspended already"),
    "legal_entity.not_suspended": RefusalKind(409, "The legal entity is not suspended"),
    "legal_entity.not_active": RefusalKind(409, "The legal entity is not active", rule="17"),
    "legal_entity.not_verified": RefusalKind(
        409, "The payer has not verified the legal entity", rule="17"
    ),
    "legal_entity.verdict_unchanged": RefusalKind(
        409, "The legal entity has this verdict of the payer already", rule="17"
    ),
    "legal_entity.successor_is_itself": RefusalKind(422, "A legal entity does not succeed itself"),
    "legal_entity.other_head": RefusalKind(409, "Another employee heads the legal entity"),
}
