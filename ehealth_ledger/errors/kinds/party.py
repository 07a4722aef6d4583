"""Refuse acts about people at work (party)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "party.deceased_already": RefusalKind(409, "The person is known to have died", rule="5"),
    "party.not_deceased": RefusalKind(409, "The person is not known to have died", rule="5"),
    "party.died_in_future": RefusalKind(422, "The day of death has not come", rule="5"),
}
