"""Refuse who acts (rules 2, 4 and 5)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "actor.unknown": RefusalKind(422, "There is no such employee", rule="2"),
    "actor.not_signer": RefusalKind(403, "The signer is not the acting employee", rule="2"),
    "actor.dismissed": RefusalKind(403, "The employment has ended", rule="2"),
    "actor.other_legal_entity": RefusalKind(
        403, "The employee works for another legal entity", rule="2"
    ),
    "actor.certificate_of_other_entity": RefusalKind(
        403, "The certificate names another legal entity", rule="4"
    ),
    "actor.legal_entity_not_active": RefusalKind(
        403, "The legal entity is suspended, closed or reorganised"
    ),
    "actor.deceased": RefusalKind(403, "A state register says that the person has died", rule="5"),
    "actor.not_verified": RefusalKind(
        403, "A state register denies the person, and the days of grace are over", rule="5"
    ),
    "actor.role_not_allowed": RefusalKind(403, "This type of employee may not order this act"),
}
