"""Look up who works where, and in what a person is employed over all jobs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.employee import (
    EmployeeDismissed,
    EmployeeRegistered,
    EmployeeUpdated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId, PartyId


class Employees(Lookup):
    """Serve `aggregates.lookups.EmployeeLookup`.

    An institution or a person that nobody announced raises KeyError.
    """

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        EmployeeRegistered,
        EmployeeUpdated,
        EmployeeDismissed,
    )

    def __init__(self, cursor: psycopg.Cursor, wanted: Wanted, vault: Vault) -> None:
        entities = wanted.employers
        self._approved: dict[Any, set[Any]] = {each: set() for each in entities}
        for entity, employee in rows_by(
            cursor,
            "SELECT legal_entity, employee FROM employments WHERE legal_entity = ANY(%s)",
            entities,
        ):
            self._approved[entity].add(employee)
        self._parties = wanted.parties(vault)
        self._jobs: dict[Any, dict[Any, tuple[str, ...]]] = defaultdict(dict)
        for party, employee, specialities in rows_by(
            cursor,
            "SELECT party, employee, specialities FROM jobs WHERE party = ANY(%s)",
            self._parties,
        ):
            self._jobs[party][employee] = tuple(specialities.split())

    def approved_of(self, entity: LegalEntityId) -> tuple[EmployeeId, ...]:
        """Return the employees of an institution whose employment goes on, in order of id."""
        return tuple(sorted(self._approved[entity]))

    def specialities_of_party(self, party: PartyId) -> frozenset[str]:
        """Return the specialities of all jobs of a person that go on."""
        if party not in self._parties:
            raise KeyError(party)
        return frozenset(each for job in self._jobs[party].values() for each in job)

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is ids
        """Take in the beginning, a change or the end of an employment."""
        if isinstance(fact, EmployeeRegistered | EmployeeUpdated):
            self._jobs[fact.party][fact.employee] = fact.specialities
        if isinstance(fact, EmployeeRegistered):
            if fact.legal_entity in self._approved:
                self._approved[fact.legal_entity].add(fact.employee)
        elif isinstance(fact, EmployeeDismissed):
            self._jobs[fact.party].pop(fact.employee, None)
            if fact.legal_entity in self._approved:
                self._approved[fact.legal_entity].discard(fact.employee)
