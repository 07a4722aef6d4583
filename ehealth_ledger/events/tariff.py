"""Facts about prices."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import Terms, rate_of, subject_of


class TariffPublished(Fact):
    """A price was set for a service of a package between two days, both included."""

    TOPIC: ClassVar[str] = "tariff.published.v1"
    BEGINS: ClassVar[bool] = True

    tariff: TariffId
    package: str
    service: str  # `system|code`
    first_day: date
    last_day: date
    unit_price: Kopiykas
    order: str

    @property
    def stream_id(self) -> UUID:
        """Name the tariff."""
        return self.tariff

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class TariffReleased(Fact):
    """Rates and coefficients of a package were set between two days, both included."""

    TOPIC: ClassVar[str] = "tariff.released.v1"
    BEGINS: ClassVar[bool] = True

    tariff: TariffId
    package: str
    first_day: date
    last_day: date
    order: str
    trust: str
    terms: Terms

    @property
    def service(self) -> str:
        """Name what the terms price, as a published tariff names its service."""
        return subject_of(self.package, self.terms)

    @property
    def unit_price(self) -> Kopiykas:
        """Return the amount that everything else of the terms multiplies."""
        return rate_of(self.terms)

    @property
    def stream_id(self) -> UUID:
        """Name the tariff."""
        return self.tariff

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class TariffEnded(Fact):
    """A later tariff took the place of one from a day on; what was priced before stays so.

    `last_day` is the last day on which it still holds; None where it holds on none. The rest is as
    it was published.
    """

    TOPIC: ClassVar[str] = "tariff.ended.v1"

    tariff: TariffId
    successor: TariffId
    package: str
    service: str  # `system|code`, or the subject of released terms
    first_day: date
    last_day: date | None = None
    unit_price: Kopiykas

    @property
    def stream_id(self) -> UUID:
        """Name the tariff that ended."""
        return self.tariff

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (TariffPublished, TariffReleased, TariffEnded)
