"""Refuse acts about licences (ліцензії)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "licence.unknown": RefusalKind(422, "There is no such licence"),
    "licence.of_other_entity": RefusalKind(403, "The licence is another legal entity's"),
    "licence.type_not_allowed": RefusalKind(
        422, "Legal entities of this kind work under no licence of this type"
    ),
    "licence.issued_in_future": RefusalKind(422, "The licence is said to be issued later"),
    "licence.period_reversed": RefusalKind(422, "The licence ends before it begins"),
    "licence.not_in_force": RefusalKind(409, "The licence does not hold on this day"),
}
