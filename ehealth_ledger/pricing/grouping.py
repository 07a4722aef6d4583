"""Group a treated case by the rules of a release: the first that fits wins; and price it.

Pure: the same case, rules and tariffs give the same group and price, whoever asks, whenever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, Protocol

from ehealth_ledger.pricing.charge import Price, TariffInForce, amount
from ehealth_ledger.values.grouping import AGE_MAX, STAY_DAYS_MAX, Conditions, GroupingRule
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import RATE_MAX, CaseMixTerms

GROUPS: Final = "ehealth/groups/"


@dataclass(frozen=True, slots=True)
class TreatedCase:
    """Hold what the rules may ask of a case; no name, no date and no id is among it.

    `age` is None where nobody knows it.
    """

    encounter_class: str
    main_diagnosis: str
    secondary_diagnoses: frozenset[str]
    interventions: frozenset[str]
    discharge: frozenset[str]
    age: int | None
    stay_days: int


@dataclass(frozen=True, slots=True)
class Release:
    """Hold the rules of a version, in order."""

    version: str
    rules: Sequence[GroupingRule]


@dataclass(frozen=True, slots=True)
class Group:
    """Name the group of a package that a case fell into, by which version of the rules."""

    version: str
    code: str
    package: str

    @property
    def service(self) -> str:
        """Name the group as what was paid for: `system|code`."""
        return f"{GROUPS}{self.version}|{self.code}"


def grouped(case: TreatedCase, release: Release) -> Group | None:
    """Return the group of the first rule that fits; None where none does."""
    for rule in release.rules:
        if fits(case, rule.when):
            return Group(release.version, rule.group, rule.package)
    return None


def fits(case: TreatedCase, when: Conditions) -> bool:
    """Tell whether a case meets every condition."""
    return (
        case.encounter_class == when.encounter_class
        and _is_among([case.main_diagnosis], when.main_diagnosis)
        and _is_among(case.secondary_diagnoses, when.secondary_diagnosis)
        and _is_one_of(case.interventions, when.interventions)
        and _is_one_of(case.discharge, when.discharge)
        and when.stay_days_from <= case.stay_days <= when.stay_days_to
        and _is_of_age(case.age, when)
    )


def lie_within(codes: str, code: str) -> bool:
    """Tell whether a code of ICD-10-AM is one of `codes`, a beginning or a range of them."""
    first, dash, last = codes.partition("-")
    if not dash:
        return code.startswith(first)
    return first <= code and code[: len(last)] <= last


def first_unreachable(rules: Sequence[GroupingRule]) -> int | None:
    """Return the place of the first rule that an earlier one surely leaves nothing.

    Surely: each condition of the earlier rule asks nothing, or the very same. That it asks less in
    other words, or that several rules together leave nothing, is not found.
    """
    seen: set[tuple[object, ...]] = set()
    for at, rule in enumerate(rules):
        of_class, *asked = _compared(rule.when)
        wider = product((of_class,), *({each, None} for each in asked))
        if not seen.isdisjoint(wider):
            return at
        seen.add((of_class, *asked))
    return None


def _compared(when: Conditions) -> tuple[object, ...]:
    """Give each condition so that equal ones compare equal; None where nothing is asked."""
    ages = (when.age_from, when.age_to)
    days = (when.stay_days_from, when.stay_days_to)
    return (
        when.encounter_class,
        frozenset(when.main_diagnosis) or None,
        frozenset(when.secondary_diagnosis) or None,
        frozenset(when.interventions) or None,
        frozenset(when.discharge) or None,
        None if ages == (0, AGE_MAX) else ages,
        None if days == (0, STAY_DAYS_MAX) else days,
    )


def _is_among(given: Sequence[str] | frozenset[str], wanted: Sequence[str]) -> bool:
    return not wanted or any(lie_within(codes, code) for code in given for codes in wanted)


def _is_one_of(given: frozenset[str], wanted: Sequence[str]) -> bool:
    return not wanted or not given.isdisjoint(wanted)


def _is_of_age(age: int | None, when: Conditions) -> bool:
    if age is None:
        return (when.age_from, when.age_to) == (0, AGE_MAX)
    return when.age_from <= age <= when.age_to


class CaseTariffs(Protocol):
    """Know what cases are paid on the day they end."""

    def rate(self, package: str, group: str) -> TariffInForce | None:
        """Return the rate for each case of a group."""

    def mix(self, package: str) -> tuple[TariffId, CaseMixTerms] | None:
        """Return the base rate of a package and the weights of its groups."""


@dataclass(frozen=True, slots=True)
class CasePrice:
    """State what one case of a group is paid: a rate, or a base times the group's weight.

    `corrections` are those of the tariff that the contract names, each with its code.
    """

    tariff: TariffId
    base: Kopiykas
    weight: str | None = None
    corrections: tuple[tuple[str, str], ...] = ()

    def of(self, group: Group) -> Price:
        """Return the parts of the price."""
        weight = () if self.weight is None else ((group.code, self.weight),)
        return Price(self.base, factors=(*weight, *self.corrections))

    def payable(self, group: Group) -> bool:
        """Tell whether the price is one a tariff could state, and no slip of somebody's pen."""
        return amount(1, self.of(group)) <= RATE_MAX


NoPrice = Literal["no_tariff", "no_price"]


def price_of(group: Group, tariffs: CaseTariffs) -> CasePrice | NoPrice:
    """Return what a case of a group is paid, or why nobody can say.

    A rate for the very group goes before the case mix of its package. A weight that makes more of a
    base than a tariff may state is a slip of somebody's pen, and no price.
    """
    rate = tariffs.rate(group.package, group.code)
    if rate is not None:
        return CasePrice(rate.tariff, rate.unit_price)
    mix = tariffs.mix(group.package)
    if mix is None:
        return "no_tariff"
    tariff, terms = mix
    weight = next((each.value for each in terms.weights if each.code == group.code), None)
    if weight is None:
        return "no_price"
    price = CasePrice(tariff, terms.base, weight)
    return price if price.payable(group) else "no_price"
