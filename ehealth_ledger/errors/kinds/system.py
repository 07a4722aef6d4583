"""Refuse a command of the system that is not one, or that was not due."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "system.signed_by_staff": RefusalKind(
        403, "Only the ledger itself gives this command, under its own key"
    ),
    "system.not_a_system_command": RefusalKind(
        403, "The ledger's own key signs nothing but what the system does by itself"
    ),
    "system.reason_unknown": RefusalKind(
        422, "The command of the system names a record that does not stand in the log"
    ),
    "system.duty_unknown": RefusalKind(
        503, "Something is due that this release does not know how to do", retry=True
    ),
}
