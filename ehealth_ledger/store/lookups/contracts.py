"""Look up contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar, Final, NamedTuple

import psycopg

from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractCountersigned,
    ContractDeclined,
    ContractFact,
    ContractRequested,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.store.lookups.days import Days
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import ContractId, ContractRequestId, LegalEntityId
from ehealth_ledger.values.time import from_microseconds, kyiv_day

_DAY: Final = timedelta(days=1)
_CONTRACTS: Final = """
    SELECT provider, package, first_day, last_day, contract, payer, kind, corrections,
           ARRAY(SELECT r.recorded_at FROM contract_suspensions s
                 JOIN records r ON r.log = 'records' AND r.position = s.position
                 WHERE s.contract = c.contract ORDER BY s.position),
           ARRAY(SELECT s.suspended FROM contract_suspensions s
                 WHERE s.contract = c.contract ORDER BY s.position)
    FROM contracts c WHERE provider = ANY(%s)
"""
_REQUESTS: Final = "SELECT provider, request FROM open_contract_requests WHERE provider = ANY(%s)"


class _Bought(NamedTuple):
    """State what a contract buys on some days: an amendment begins new ones for each package."""

    days: Days
    package: str
    kind: ContractKind
    contract: ContractInForce


class Contracts(Lookup):
    """Serve `aggregates.lookups.ContractLookup`; an unannounced provider raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        ContractRequested,
        ContractDeclined,
        ContractCountersigned,
        ContractConcluded,
        ContractAmended,
        ContractSuspended,
        ContractResumed,
        ContractTerminated,
    )

    def __init__(
        self,
        cursor: psycopg.Cursor,
        providers: set[LegalEntityId],
        applicants: set[LegalEntityId],
        *,
        today: date,
    ) -> None:
        self._today = today
        self._contracts: dict[LegalEntityId, list[_Bought]] = {each: [] for each in providers}
        self._suspended: defaultdict[ContractId, Dated[bool]] = defaultdict(Dated)
        for provider, package, first, last, contract, payer, kind, codes, moments, steps in rows_by(
            cursor, _CONTRACTS, providers
        ):
            in_force = ContractInForce(
                ContractId(contract), LegalEntityId(payer), kind, tuple(codes.split())
            )
            self._contracts[provider].append(_Bought(Days(first, last), package, kind, in_force))
            if in_force.contract not in self._suspended:  # a row a package tells the same
                for recorded_at, suspended in zip(moments, steps, strict=True):
                    day = kyiv_day(from_microseconds(recorded_at))
                    self._suspend(in_force.contract, day, suspended)
        self._requests: dict[LegalEntityId, set[ContractRequestId]] = {
            each: set() for each in applicants
        }
        for provider, request in rows_by(cursor, _REQUESTS, applicants):
            self._requests[provider].add(ContractRequestId(request))

    def in_force(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        """Return the contract that buys a package from a provider on a day, unless suspended."""
        return next(
            (
                each.contract
                for each in self._contracts[provider]
                if each.package == package
                and each.days.contain(day)
                and not self._suspended[each.contract.contract].on(day)
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

    def requests_of(self, provider: LegalEntityId) -> tuple[ContractRequestId, ...]:
        """Return a provider's requests that wait for a signature, in order of id."""
        return tuple(sorted(self._requests[provider]))

    def has_kind(
        self, provider: LegalEntityId, kind: ContractKind, first_day: date, last_day: date
    ) -> bool:
        """Tell whether the provider has a contract of a kind on one of these days."""
        return any(each.kind == kind for each in self._on(provider, first_day, last_day))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a contract is no position
        """Take in what became of a contract, or of a request."""
        if isinstance(fact, ContractRequested):
            self._requests.get(fact.provider, set()).add(fact.request)
        elif isinstance(fact, ContractDeclined | ContractCountersigned):
            for waiting in self._requests.values():
                waiting.discard(fact.request)
        if not isinstance(fact, ContractFact):
            return
        match fact:
            case ContractSuspended() | ContractResumed():
                self._suspend(fact.contract, self._today, isinstance(fact, ContractSuspended))
            case ContractConcluded():
                self._buy(fact, fact.terms.first_day)
            case ContractAmended():
                self._end(fact, fact.since - _DAY)
                self._buy(fact, fact.since)
            case ContractTerminated():
                self._end(fact, fact.terms.last_day)
            case _:
                pass

    def _buy(self, fact: ContractConcluded | ContractAmended, since: date) -> None:
        """Take in what is bought from a day on."""
        terms = fact.terms
        self._contracts.setdefault(terms.provider, []).extend(
            _Bought(
                Days(since, terms.last_day),
                package,
                terms.kind,
                ContractInForce(
                    *(fact.contract, terms.payer, terms.kind, terms.corrections_of(package))
                ),
            )
            for package in terms.packages
        )

    def _end(self, fact: ContractFact, day: date) -> None:
        """End what a contract buys on a day."""
        provider = fact.terms.provider
        found = list[_Bought]()
        for each in self._contracts.get(provider, []):
            mine = each.contract.contract == fact.contract
            days = each.days.until(day) if mine else each.days
            if days is not None:
                found.append(each._replace(days=days))
        self._contracts[provider] = found

    def _suspend(self, contract: ContractId, day: date, suspended: bool) -> None:
        """Say how a contract stands from a day on; of one day's records the last one counts."""
        self._suspended[contract] = self._suspended[contract].since(day, suspended)

    def _on(self, provider: LegalEntityId, first_day: date, last_day: date) -> Iterator[_Bought]:
        return (
            each for each in self._contracts[provider] if each.days.overlap(first_day, last_day)
        )
