"""Look up healthcare services and who works in them."""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.employee_role import EmployeeRoleRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.healthcare_service import HealthcareServiceRegistered
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import (
    DivisionId,
    EmployeeId,
    EmployeeRoleId,
    HealthcareServiceId,
)


class HealthcareServices(Lookup):
    """Serve `aggregates.lookups.HealthcareServiceLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (HealthcareServiceRegistered,)

    def __init__(self, cursor: psycopg.Cursor, divisions: set[DivisionId]) -> None:
        self._by_kind: dict[Any, Any] = {
            tuple(kind): service
            for *kind, service in rows_by(
                cursor,
                "SELECT division, category, speciality, providing_condition, healthcare_service "
                "FROM healthcare_services WHERE division = ANY(%s)",
                divisions,
            )
        }

    def of_kind(
        self, division: DivisionId, category: str, speciality: str, providing_condition: str
    ) -> HealthcareServiceId | None:
        """Return the service of this kind that a division has."""
        return self._by_kind.get((division, category, speciality, providing_condition))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in a registration."""
        if isinstance(fact, HealthcareServiceRegistered):
            kind = (fact.division, fact.category, fact.speciality, fact.providing_condition)
            self._by_kind[kind] = fact.healthcare_service


class EmployeeRoles(Lookup):
    """Serve `aggregates.lookups.EmployeeRoleLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (EmployeeRoleRegistered,)

    def __init__(self, cursor: psycopg.Cursor, employees: set[EmployeeId]) -> None:
        self._announced = frozenset(employees)
        self._roles: dict[Any, Any] = {
            (employee, service): role
            for employee, service, role in rows_by(
                cursor,
                "SELECT employee, healthcare_service, employee_role FROM employee_roles "
                "WHERE employee = ANY(%s)",
                employees,
            )
        }

    def of(self, employee: EmployeeId, service: HealthcareServiceId) -> EmployeeRoleId | None:
        """Return the role of an employee in a service, ended or not."""
        return self._roles.get((employee, service))

    def of_employee(self, employee: EmployeeId) -> tuple[EmployeeRoleId, ...] | None:
        """Return an employee's roles, ended or not, in order of id."""
        if employee not in self._announced:
            return None
        return tuple(sorted(role for (whose, _), role in self._roles.items() if whose == employee))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in a registration."""
        if isinstance(fact, EmployeeRoleRegistered):
            self._roles[fact.employee, fact.healthcare_service] = fact.employee_role
