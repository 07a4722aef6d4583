"""Look up what treated cases are paid: by day, because only the rules of grouping say of what."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.store.lookups.days import Days
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import (
    CaseMixTerms,
    CaseTerms,
    rate_of,
    subject_of,
    subject_of_group,
    subject_of_mix,
)

# The condition of the index tariffs_of_cases: both kinds of subjects begin so.
_TARIFFS = """
    SELECT service, first_day, last_day, tariff, package, unit_price FROM tariffs
    WHERE starts_with(service, 'ehealth/tariffs/case') AND first_day <= %s AND last_day >= %s
"""


class CaseTariffs(Lookup):
    """Serve `aggregates.lookups.CaseTariffLookup`; an unannounced day raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (TariffReleased,)

    def __init__(self, cursor: psycopg.Cursor, days: set[date]) -> None:
        self._days = days
        self._rates: defaultdict[str, list[tuple[Days, TariffInForce]]] = defaultdict(list)
        self._mixes: list[tuple[Days, TariffInForce]] = []
        if not days:
            return
        asked = (max(days), min(days))
        rows = cursor.execute(_TARIFFS.encode(), asked, prepare=True).fetchall()
        for subject, first, last, tariff, package, price in rows:
            held = TariffInForce(TariffId(tariff), package, Kopiykas(price))
            self._take(subject, Days(first, last), held)

    def rate(self, package: str, group: str, day: date) -> TariffInForce | None:
        """Return the rate for each case of a group on a day."""
        self._require(day)
        held = self._rates.get(subject_of_group(package, group), ())
        return next((tariff for days, tariff in held if days.contain(day)), None)

    def mix(self, package: str, day: date) -> TariffId | None:
        """Return the case mix of a package on a day."""
        self._require(day)
        held = (each for days, each in self._mixes if days.contain(day))
        return next((each.tariff for each in held if each.package == package), None)

    def mixes(self, day: date) -> tuple[TariffId, ...]:
        """Return the case mixes of all packages on a day."""
        self._require(day)
        return tuple(tariff.tariff for days, tariff in self._mixes if days.contain(day))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a tariff is no position
        """Take in what cases are paid."""
        if isinstance(fact, TariffReleased) and isinstance(fact.terms, CaseTerms | CaseMixTerms):
            held = TariffInForce(fact.tariff, fact.package, rate_of(fact.terms))
            days = Days(fact.first_day, fact.last_day)
            self._take(subject_of(fact.package, fact.terms), days, held)

    def _take(self, subject: str, days: Days, tariff: TariffInForce) -> None:
        if subject == subject_of_mix(tariff.package):
            self._mixes.append((days, tariff))
        else:
            self._rates[subject].append((days, tariff))

    def _require(self, day: date) -> None:
        if day not in self._days:
            raise KeyError(day)
