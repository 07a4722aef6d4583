"""Answer a law that is judged again as it would have been answered then.

It asks the index tables that this same check derives from the log. What an erased patient's age was
nobody knows any more: it is taken from the facts, which say in which band the declaration counted.
Everything else about it, and everybody else, is reckoned anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import psycopg

from ehealth_ledger.aggregates.lookups import BillingLookup, ChargeLookup, CutOffLookup
from ehealth_ledger.events.capitation import CapitationCounted, CapitationSettled
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.billing import Billing
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.tariffs import CapitationTerms
from ehealth_ledger.values.time import Month


class Past(NamedTuple):
    """Gather what a law may look up of a past position."""

    billing: BillingLookup
    cut_offs: CutOffLookup
    charges: ChargeLookup


class PastCutOffs:
    """Collect the cut-offs of a log, of which the walk may be ahead of its checks."""

    def __init__(self) -> None:
        self._set: list[tuple[int, CutOffSet]] = []

    def absorb(self, position: int, fact: Fact) -> None:
        """Take in a cut-off that the walk has come to."""
        if isinstance(fact, CutOffSet):
            self._set.append((position, fact))

    def as_of(self, basis: int) -> KnownCutOffs:
        """Return what was known at a position."""
        return KnownCutOffs({fact.period: fact.at for at, fact in self._set if at <= basis})


@dataclass(frozen=True, slots=True)
class KnownCutOffs:
    """Serve `aggregates.lookups.CutOffLookup` as of a position, from the moments known then."""

    known: Mapping[Month, int]

    def at(self, period: Month) -> int | None:
        """Return the cut-off of a month as it was known, microseconds UTC."""
        return self.known.get(period)


class PastBilling(Billing):
    """Serve `aggregates.lookups.BillingLookup` as of a position, for the facts that stand there."""

    def __init__(
        self,
        cursor: psycopg.Cursor,
        mapper: FactMapper,
        vault: Vault,
        facts: Sequence[Fact],
        *,
        basis: int,
    ) -> None:
        super().__init__(cursor, mapper, vault, upto=basis)
        self._said = dict(self._ages(facts))
        self._erased_then, self._any_age = _uncounted(facts)

    def _age(self, position: int, ages_from: date | None) -> date | None:
        """Return what is known of a patient's age, or what the facts say of an erased one.

        Where every package was withheld no charge tells a band; whoever is not named as erased had
        an age then, and any will do: where a package is counted, a wrong one gives another charge.
        """
        if ages_from is not None or position in self._erased_then:
            return ages_from
        return self._said.get(position, self._any_age)

    def _ages(self, facts: Sequence[Fact]) -> Iterator[tuple[int, date]]:
        """Give for each declaration a day of birth that fits every band it was counted in."""
        for counted in facts[:1]:
            if not isinstance(counted, CapitationCounted | CapitationSettled):
                return
            ages: dict[int, int] = {}
            for package in counted.packages:
                ages |= dict.fromkeys(package.beyond, 0)
            for charge in facts[1:]:
                if isinstance(charge, ChargeAccrued):
                    youngest = self._youngest(charge)
                    ages |= {act: max(youngest, ages.get(act, 0)) for act in charge.acts}
            day = counted.billing_date
            for position, age in ages.items():
                yield position, day.replace(year=day.year - age)

    def _youngest(self, charge: ChargeAccrued) -> int:
        tariff = self.tariff(charge.service, charge.day)
        if tariff is None or not isinstance(tariff.terms, CapitationTerms):
            return 0
        return next((band.age_from for band in tariff.terms.bands if band.code == charge.band), 0)


def _uncounted(facts: Sequence[Fact]) -> tuple[frozenset[int], date | None]:
    """Return who was erased already when a month was counted, and a day of birth of the others."""
    for counted in facts[:1]:
        if isinstance(counted, CapitationCounted | CapitationSettled):
            erased = (each.acts for each in counted.uncounted if each.reason == "erased")
            return frozenset(act for acts in erased for act in acts), counted.billing_date
    return frozenset(), None
