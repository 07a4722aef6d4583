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
    "grouping.unknown": RefusalKind(422, "The release to be replaced is not known"),
    "grouping.already_over": RefusalKind(
        409, "The release to be replaced holds on no day from the new first day on"
    ),
    "grouping.leaves_gap": RefusalKind(
        409, "The release to be replaced holds on days after the new last day"
    ),
    "grouping.overlaps": RefusalKind(409, "Rules of grouping are in force in these days"),
}
