"""Refuse rules of grouping."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "grouping.period_invalid": RefusalKind(422, "The release's last day is before its first"),
    "grouping.version_taken": RefusalKind(409, "A release of this version exists"),
    "grouping.range_reversed": RefusalKind(422, "A range of the rule ends before it begins"),
    "grouping.rule_unreachable": RefusalKind(
        422, "An earlier rule takes every case that this one would"
    ),
    "grouping.overlaps": RefusalKind(409, "Rules of grouping are in force in these days"),
}
