"""Count declared patients for a month of capitation, and price each doctor's bands of ages.

Everything is as of the billing date, the first of the month: who is declared with whom, how old the
patient is, whether the division lies in the mountains. The day of the run is no input. Which
declarations exceed a doctor's limit in a division follows from their positions in the log: the
earlier counts first, whatever order they are read in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final, NamedTuple

from ehealth_ledger.pricing.charge import Price, amount, factors
from ehealth_ledger.values.identifiers import DivisionId, EmployeeId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import MONTHS_A_YEAR, CapitationTerms, OverLimitStep
from ehealth_ledger.values.time import age_on

PERCENT: Final = 100
MOUNTAIN: Final = "mountain"
OVER_LIMIT: Final = "over-limit-"  # then the step of the ladder, in percent of the limit

Post = tuple[EmployeeId, DivisionId]
"""Name a doctor in a division: what a contract limits the declarations of."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Name a declaration in force on the billing date: its record, doctor, and patient's birth.

    `birth_date` may be any day that gives the same age on the billing date.
    """

    position: int
    doctor: EmployeeId
    division: DivisionId
    birth_date: date
    mountain: bool


class Weight(NamedTuple):
    """Say what a declared patient weighs: one doctor's patients of one weight are one line.

    `band` is None above the doctor's limit, where `up_to_percent` names the step of the ladder.
    """

    doctor: EmployeeId
    mountain: bool
    band: str | None
    up_to_percent: int | None


@dataclass(frozen=True, slots=True)
class CapitationLine:
    """Hold the counted declarations of one weight, by position, and what they earn."""

    weight: Weight
    positions: tuple[int, ...]
    price: Price

    @property
    def amount(self) -> Kopiykas:
        """Return what the line earns, rounded once."""
        return amount(len(self.positions), self.price)


@dataclass(frozen=True, slots=True)
class Month:
    """Hold a counted month: lines in order of their weight, and what is beyond every step."""

    lines: tuple[CapitationLine, ...]
    beyond: tuple[int, ...]  # positions of declarations that earn nothing

    @property
    def total(self) -> Kopiykas:
        """Return the sum of the lines."""
        return Kopiykas(sum(line.amount for line in self.lines))


def count(
    declared: Iterable[Declared],
    terms: CapitationTerms,
    *,
    billing_date: date,
    limits: Mapping[Post, int],
    corrections: tuple[str, ...] = (),
) -> Month:
    """Count and price a month; raise KeyError for a post without limit.

    `limits` are the declarations that the contract lets each doctor of a division count at full
    weight. `corrections` are those that it names; each applies where the terms publish it.
    """
    by_post: defaultdict[Post, list[Declared]] = defaultdict(list)
    for each in declared:
        by_post[each.doctor, each.division].append(each)
    weighed: defaultdict[Weight, list[int]] = defaultdict(list)
    beyond: list[int] = []
    for post, held in by_post.items():
        doctor, limit = post[0], limits[post]
        for place, each in enumerate(sorted(held, key=lambda one: one.position), start=1):
            if place <= limit:
                band = band_of(terms, age_on(each.birth_date, billing_date))
                weighed[Weight(doctor, each.mountain, band, None)].append(each.position)
                continue
            step = step_of(terms, place, limit)
            if step is None:
                beyond.append(each.position)
            else:
                above = Weight(doctor, each.mountain, None, step.up_to_percent)
                weighed[above].append(each.position)
    lines = (
        CapitationLine(weight, tuple(sorted(positions)), price_of(terms, weight, corrections))
        for weight, positions in weighed.items()
    )
    return Month(tuple(sorted(lines, key=_order)), tuple(sorted(beyond)))


def band_of(terms: CapitationTerms, age: int) -> str:
    """Return the band of an age; the bands leave no gap (`tariff.bands_invalid`)."""
    return next(band.code for band in terms.bands if band.age_to is None or age <= band.age_to)


def step_of(terms: CapitationTerms, place: int, limit: int) -> OverLimitStep | None:
    """Return the step of the ladder on which a doctor's so many-th declaration stands."""
    return next(
        (step for step in terms.over_limit if place * PERCENT <= limit * step.up_to_percent), None
    )


def price_of(terms: CapitationTerms, weight: Weight, corrections: tuple[str, ...]) -> Price:
    """Return a month's price of one patient: a twelfth of the base, and what multiplies it."""
    if weight.up_to_percent is None:
        of_age = {band.code: band.coefficient for band in terms.bands}
        first = [(f"age-{weight.band}", of_age[weight.band or ""])]
    else:
        steps = {step.up_to_percent: step.factor for step in terms.over_limit}
        first = [(f"{OVER_LIMIT}{weight.up_to_percent}", steps[weight.up_to_percent])]
    mountain = [(MOUNTAIN, terms.mountain)] if weight.mountain else []
    others = factors(terms.corrections, corrections)
    return Price(terms.base, MONTHS_A_YEAR, tuple(chain(first, mountain, others)))


def _order(line: CapitationLine) -> tuple[object, ...]:
    doctor, mountain, band, step = line.weight
    return (str(doctor), mountain, step or 0, band or "")
