"""Refuse acts about people who receive care."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "patient.unknown": RefusalKind(422, "There is no such patient"),
}
