"""Judge the rules by which treated cases are grouped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.kept import keep, stand
from ehealth_ledger.aggregates.replacement import last_day_left
from ehealth_ledger.commands.grouping import (
    GroupingRelease,
    ReleaseGrouping,
    ReplaceGrouping,
    ReplacingGroupingRelease,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.pricing.grouping import first_unreachable
from ehealth_ledger.values.grouping import Conditions

_Release = Case[ReleaseGrouping | ReplaceGrouping]


def release(case: _Release) -> list[Fact]:
    """Put rules in force; two releases never hold on one day, nor have one version."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require_days(asked.first_day, asked.last_day, "grouping.period_invalid", "$.resource")
    case.require(
        not case.lookups.groupings.version_is_taken(asked.version),
        "grouping.version_taken",
        "$.resource.version",
        expected="a version that no release has yet",
    )
    for at, rule in enumerate(asked.rules):
        _require_bounds(case, rule.when, f"$.resource.rules[{at}].when")
    unreachable = first_unreachable(asked.rules)
    case.require(
        unreachable is None,
        "grouping.rule_unreachable",
        f"$.resource.rules[{unreachable}].when",
        expected="a condition that tells it from each earlier rule",
    )
    return [
        *_ended(case, asked),
        GroupingReleased(
            grouping=asked.id,
            version=asked.version,
            first_day=asked.first_day,
            last_day=asked.last_day,
            order=asked.order,
            trust=asked.trust,
            rules=asked.rules,
        ),
    ]


def _ended(case: _Release, asked: GroupingRelease) -> Iterator[GroupingEnded]:
    """End the release that is replaced, and refuse days on which another one holds."""
    replaced = None
    if isinstance(asked, ReplacingGroupingRelease):
        replaced = asked.replaces
        yield from _end(case, asked)
    case.require(
        not case.lookups.groupings.overlap(asked.first_day, asked.last_day, apart_from=replaced),
        "grouping.overlaps",
        "$.resource.first_day",
        expected="days without rules of grouping",
    )


def _end(case: _Release, asked: ReplacingGroupingRelease) -> Iterator[GroupingEnded]:
    """End a release on the day before another takes its place."""
    replaced = case.find(GroupingReleased, asked.replaces)
    if replaced is None:
        case.refuse(
            "grouping.unknown", "$.resource.replaces", expected="the id of a release of rules"
        )
        return
    yield GroupingEnded(
        grouping=replaced.grouping,
        successor=asked.id,
        version=replaced.version,
        first_day=replaced.first_day,
        last_day=last_day_left(
            case,
            case.lookups.groupings.days_of(replaced.grouping),
            asked.first_day,
            asked.last_day,
            over="grouping.already_over",
            gap="grouping.leaves_gap",
        ),
    )


def _require_bounds(case: _Release, when: Conditions, path: str) -> None:
    """Require that every span of codes, years and days ends no earlier than it begins."""
    for name in ("main_diagnosis", "secondary_diagnosis"):
        for at, codes in enumerate(getattr(when, name)):
            first, dash, last = codes.partition("-")
            case.require(
                not dash or first[: len(last)] <= last,
                "grouping.range_reversed",
                f"{path}.{name}[{at}]",
                expected=f"{first} or later behind the hyphen",
            )
    for first_bound, last_bound in (("age_from", "age_to"), ("stay_days_from", "stay_days_to")):
        least = getattr(when, first_bound)
        case.require(
            least <= getattr(when, last_bound),
            "grouping.range_reversed",
            f"{path}.{last_bound}",
            expected=f"{least} or more",
        )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    GroupingReleased: keep,
    GroupingEnded: stand,
}
