"""Refuse a command for its identity, its ids, or a key that is gone."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "command.conflict": RefusalKind(409, "The command id stands for other content already"),
    "subject.key_missing": RefusalKind(
        410, "The person's key is gone; nothing can be added to the record"
    ),
    "id.not_new": RefusalKind(
        409, "The id is taken; every id is new to the whole ledger", rule="24"
    ),
}
