"""Look up what treated cases are paid: by day, because only the rules of grouping say of what."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffEnded, TariffReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.store.lookups.days import InForce
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.store.lookups.tariffs import Tariffed, take
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import (
    CaseMixTerms,
    CaseTerms,
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

    FACTS: ClassVar[tuple[type[Fact], ...]] = (TariffReleased, TariffEnded)

    def __init__(self, cursor: psycopg.Cursor, days: set[date]) -> None:
        self._days = days
        self._rates: defaultdict[str, Tariffed] = defaultdict(InForce)  # by subject
        self._mixes: Tariffed = InForce()
        if not days:
            return
        asked = (max(days), min(days))
        rows = cursor.execute(_TARIFFS.encode(), asked, prepare=True).fetchall()
        for subject, first, last, tariff, package, price in rows:
            held = TariffInForce(TariffId(tariff), package, Kopiykas(price))
            self._of(subject, package).put(held.tariff, held, first, last)

    def rate(self, package: str, group: str, day: date) -> TariffInForce | None:
        """Return the rate for each case of a group on a day."""
        self._require(day)
        held = self._rates.get(subject_of_group(package, group))
        return None if held is None else next(held.on(day), None)

    def mix(self, package: str, day: date) -> TariffId | None:
        """Return the case mix of a package on a day."""
        self._require(day)
        held = (each for each in self._mixes.on(day) if each.package == package)
        return next((each.tariff for each in held), None)

    def mixes(self, day: date) -> tuple[TariffId, ...]:
        """Return the case mixes of all packages on a day."""
        self._require(day)
        return tuple(each.tariff for each in self._mixes.on(day))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a tariff is no position
        """Take in what cases are paid, or that something else is from a day on."""
        if isinstance(fact, TariffEnded):
            self._of(fact.service, fact.package).end(fact.tariff, fact.last_day)
        elif isinstance(fact, TariffReleased) and isinstance(fact.terms, CaseTerms | CaseMixTerms):
            take(fact, self._of(fact.service, fact.package))

    def _of(self, subject: str, package: str) -> Tariffed:
        return self._mixes if subject == subject_of_mix(package) else self._rates[subject]

    def _require(self, day: date) -> None:
        if day not in self._days:
            raise KeyError(day)
