"""Look up contracts."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.contract import ContractSigned
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.store.lookups.days import Days
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId


class Contracts(Lookup):
    """Serve `aggregates.lookups.ContractLookup`; an unannounced provider raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (ContractSigned,)

    def __init__(self, cursor: psycopg.Cursor, providers: set[LegalEntityId]) -> None:
        self._contracts: dict[LegalEntityId, list[tuple[Days, str, ContractInForce]]] = {
            each: [] for each in providers
        }
        for provider, package, first, last, contract, payer in rows_by(
            cursor,
            "SELECT provider, package, first_day, last_day, contract, payer FROM contracts "
            "WHERE provider = ANY(%s)",
            providers,
        ):
            in_force = ContractInForce(ContractId(contract), LegalEntityId(payer))
            self._contracts[provider].append((Days(first, last), package, in_force))

    def in_force(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        """Return the contract that buys a package from a provider on a day."""
        return next(
            (
                contract
                for days, bought, contract in self._contracts[provider]
                if bought == package and days.contain(day)
            ),
            None,
        )

    def overlap(
        self, provider: LegalEntityId, package: str, first_day: date, last_day: date
    ) -> bool:
        """Tell whether the provider has a contract for the package on one of these days."""
        return any(
            bought == package and days.overlap(first_day, last_day)
            for days, bought, _ in self._contracts[provider]
        )

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a contract is no position
        """Take in a contract."""
        if isinstance(fact, ContractSigned):
            days = Days(fact.first_day, fact.last_day)
            contract = ContractInForce(fact.contract, fact.payer)
            mine = self._contracts.setdefault(fact.provider, [])
            mine.extend((days, package, contract) for package in fact.packages)
