"""Refuse tariffs, contracts, cut-offs and charges."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "tariff.period_invalid": RefusalKind(422, "The tariff's last day is before its first"),
    "tariff.overlaps": RefusalKind(409, "A tariff of this service is in force in these days"),
    "contract.unknown": RefusalKind(422, "There is no such contract"),
    "contract.period_invalid": RefusalKind(422, "The contract's last day is before its first"),
    "contract.overlaps": RefusalKind(
        409, "The entity has a contract for this package in these days"
    ),
    "cut_off.not_in_future": RefusalKind(422, "A cut-off is set before it comes"),
    "cut_off.already_passed": RefusalKind(409, "The period is closed; its cut-off cannot move"),
}
