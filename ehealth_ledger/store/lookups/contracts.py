"""Look up contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, NamedTuple

import psycopg

from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractFact,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.store.lookups.days import Days
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId


class _Bought(NamedTuple):
    days: Days
    package: str
    kind: ContractKind
    suspended: int
    contract: ContractInForce


class Contracts(Lookup):
    """Serve `aggregates.lookups.ContractLookup`; an unannounced provider raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        ContractConcluded,
        ContractAmended,
        ContractSuspended,
        ContractResumed,
        ContractTerminated,
    )

    def __init__(self, cursor: psycopg.Cursor, providers: set[LegalEntityId]) -> None:
        self._contracts: dict[LegalEntityId, list[_Bought]] = {each: [] for each in providers}
        for provider, package, first, last, contract, payer, kind, suspended, codes in rows_by(
            cursor,
            "SELECT provider, package, first_day, last_day, contract, payer, kind, suspended, "
            "corrections FROM contracts WHERE provider = ANY(%s)",
            providers,
        ):
            in_force = ContractInForce(
                ContractId(contract), LegalEntityId(payer), kind, tuple(codes.split())
            )
            self._contracts[provider].append(
                _Bought(Days(first, last), package, kind, suspended, in_force)
            )

    def in_force(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        """Return the contract that buys a package from a provider on a day; no suspended one."""
        return next(
            (
                each.contract
                for each in self._contracts[provider]
                if each.package == package and each.days.contain(day) and not each.suspended
            ),
            None,
        )

    def overlap(
        self,
        provider: LegalEntityId,
        package: str,
        first_day: date,
        last_day: date,
        *,
        apart_from: ContractId,
    ) -> bool:
        """Tell whether another contract of the provider has the package on one of these days."""
        return any(
            each.package == package and each.contract.contract != apart_from
            for each in self._on(provider, first_day, last_day)
        )

    def of_provider(self, provider: LegalEntityId) -> tuple[ContractId, ...]:
        """Return a provider's contracts, in force or not, in order of id."""
        return tuple(sorted({each.contract.contract for each in self._contracts[provider]}))

    def has_kind(
        self, provider: LegalEntityId, kind: ContractKind, first_day: date, last_day: date
    ) -> bool:
        """Tell whether the provider has a contract of a kind on one of these days."""
        return any(each.kind == kind for each in self._on(provider, first_day, last_day))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a contract is no position
        """Take in what became of a contract."""
        if not isinstance(fact, ContractFact):
            return
        terms, suspended = fact.terms, int(fact.leaves_suspended)
        days = Days(terms.first_day, terms.last_day)
        others = [
            each
            for each in self._contracts.get(terms.provider, [])
            if each.contract.contract != fact.contract
        ]
        self._contracts[terms.provider] = others + [
            _Bought(
                days,
                package,
                terms.kind,
                suspended,
                ContractInForce(
                    *(fact.contract, terms.payer, terms.kind, terms.corrections_of(package))
                ),
            )
            for package in terms.packages
            if terms.first_day <= terms.last_day
        ]

    def _on(self, provider: LegalEntityId, first_day: date, last_day: date) -> Iterator[_Bought]:
        return (
            each for each in self._contracts[provider] if each.days.overlap(first_day, last_day)
        )
