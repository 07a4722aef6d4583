"""Look up who works where."""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.employee import EmployeeDismissed, EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId


class Employees(Lookup):
    """Serve `aggregates.lookups.EmployeeLookup`; an unannounced institution raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (EmployeeRegistered, EmployeeDismissed)

    def __init__(self, cursor: psycopg.Cursor, entities: set[LegalEntityId]) -> None:
        self._approved: dict[Any, set[Any]] = {each: set() for each in entities}
        for entity, employee in rows_by(
            cursor,
            "SELECT legal_entity, employee FROM employments WHERE legal_entity = ANY(%s)",
            entities,
        ):
            self._approved[entity].add(employee)

    def approved_of(self, entity: LegalEntityId) -> tuple[EmployeeId, ...]:
        """Return the employees of an institution whose employment goes on, in order of id."""
        return tuple(sorted(self._approved[entity]))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is ids
        """Take in the beginning or the end of an employment."""
        if isinstance(fact, EmployeeRegistered):
            if fact.legal_entity in self._approved:
                self._approved[fact.legal_entity].add(fact.employee)
        elif isinstance(fact, EmployeeDismissed) and fact.legal_entity in self._approved:
            self._approved[fact.legal_entity].discard(fact.employee)
