"""Look up tariffs."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.store.lookups.days import InForce
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas

Tariffed = InForce[TariffId, TariffInForce]


class Tariffs(Lookup):
    """Serve `aggregates.lookups.TariffLookup`; an unannounced service raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (TariffPublished, TariffReleased, TariffEnded)

    def __init__(self, cursor: psycopg.Cursor, services: set[str]) -> None:
        self._tariffs: dict[str, Tariffed] = {each: InForce() for each in services}
        for service, first, last, tariff, package, price in rows_by(
            cursor,
            "SELECT service, first_day, last_day, tariff, package, unit_price FROM tariffs "
            "WHERE service = ANY(%s)",
            services,
        ):
            held = TariffInForce(TariffId(tariff), package, Kopiykas(price))
            self._tariffs[service].put(held.tariff, held, first, last)

    def in_force(self, service: str, day: date) -> TariffInForce | None:
        """Return the tariff of a service on a day."""
        return next(self._tariffs[service].on(day), None)

    def days_of(self, service: str, tariff: TariffId) -> tuple[date, date] | None:
        """Return the first and the last day of a service's tariff; None where it has none left."""
        return self._tariffs[service].days_of(tariff)

    def overlap(
        self, service: str, first_day: date, last_day: date, *, apart_from: TariffId | None = None
    ) -> bool:
        """Tell whether another tariff of the service is in force on one of these days."""
        return self._tariffs[service].overlap(first_day, last_day, apart_from=apart_from)

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a tariff is no position
        """Take in a price, or its end."""
        if isinstance(fact, TariffPublished | TariffReleased):
            take(fact, self._tariffs.setdefault(fact.service, InForce()))
        elif isinstance(fact, TariffEnded) and fact.service in self._tariffs:
            self._tariffs[fact.service].end(fact.tariff, fact.last_day)


def take(fact: TariffPublished | TariffReleased, held: Tariffed) -> None:
    """Put a tariff in force."""
    tariff = TariffInForce(fact.tariff, fact.package, fact.unit_price)
    held.put(fact.tariff, tariff, fact.first_day, fact.last_day)
