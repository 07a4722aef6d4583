"""Look up tariffs."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffPublished, TariffReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.store.lookups.days import Days
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import rate_of, subject_of


class Tariffs(Lookup):
    """Serve `aggregates.lookups.TariffLookup`; an unannounced service raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (TariffPublished, TariffReleased)

    def __init__(self, cursor: psycopg.Cursor, services: set[str]) -> None:
        self._tariffs: dict[str, list[tuple[Days, TariffInForce]]] = {each: [] for each in services}
        for service, first, last, tariff, package, price in rows_by(
            cursor,
            "SELECT service, first_day, last_day, tariff, package, unit_price FROM tariffs "
            "WHERE service = ANY(%s)",
            services,
        ):
            self._tariffs[service].append(
                (Days(first, last), TariffInForce(TariffId(tariff), package, Kopiykas(price)))
            )

    def in_force(self, service: str, day: date) -> TariffInForce | None:
        """Return the tariff of a service on a day."""
        return next((tariff for days, tariff in self._tariffs[service] if days.contain(day)), None)

    def overlap(self, service: str, first_day: date, last_day: date) -> bool:
        """Tell whether a tariff of the service is in force on one of these days."""
        return any(days.overlap(first_day, last_day) for days, _ in self._tariffs[service])

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a tariff is no position
        """Take in a price."""
        if isinstance(fact, TariffPublished):
            tariff = TariffInForce(fact.tariff, fact.package, fact.unit_price)
            days = Days(fact.first_day, fact.last_day)
            self._tariffs.setdefault(fact.service, []).append((days, tariff))
        elif isinstance(fact, TariffReleased):
            tariff = TariffInForce(fact.tariff, fact.package, rate_of(fact.terms))
            subject, days = (
                subject_of(fact.package, fact.terms),
                Days(fact.first_day, fact.last_day),
            )
            self._tariffs.setdefault(subject, []).append((days, tariff))
