"""Add up a month's charges of capitation as the report has it: by place and band of ages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from ehealth_ledger.values.money import Kopiykas

_FROM_AGE: Final = re.compile(r"\d+")


class Group(NamedTuple):
    """Name what the report adds up: a package's patients of one place and band.

    `band` is None above a doctor's limit, where `up_to_percent` names the step of the ladder.
    """

    package: str
    mountain: bool
    band: str | None
    up_to_percent: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold what one charge says: how many patients of a group, and what they earn."""

    group: Group
    patients: int
    amount: Kopiykas


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the rows, one a group, and their sums."""

    rows: tuple[Counted, ...]

    @property
    def patients(self) -> int:
        """Return how many patients the rows count; who is in two packages counts in both."""
        return sum(row.patients for row in self.rows)

    @property
    def amount(self) -> Kopiykas:
        """Return what they earn: the sum of the charges, each rounded for itself."""
        return Kopiykas(sum(row.amount for row in self.rows))


def report(charges: Iterable[Counted]) -> Report:
    """Add up charges, whatever order they are read in; rows go by package, place, and age."""
    patients: defaultdict[Group, int] = defaultdict(int)
    amounts: defaultdict[Group, int] = defaultdict(int)
    for each in charges:
        patients[each.group] += each.patients
        amounts[each.group] += each.amount
    return Report(
        tuple(
            Counted(group, patients[group], Kopiykas(amounts[group]))
            for group in sorted(patients, key=_order)
        )
    )


def _order(group: Group) -> tuple[object, ...]:
    band = group.band or ""
    age = _FROM_AGE.match(band)
    youngest = int(age[0]) if age is not None else 0
    return (group.package, group.mountain, group.up_to_percent or 0, youngest, band)
