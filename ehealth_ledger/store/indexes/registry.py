"""Index the registries: who works where, which services there are, what a closing makes due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.employee import EmployeeDismissed, EmployeeRegistered, EmployeeUpdated
from ehealth_ledger.events.employee_role import EmployeeRoleRegistered
from ehealth_ledger.events.healthcare_service import HealthcareServiceRegistered
from ehealth_ledger.events.legal_entity import LegalEntityClosed
from ehealth_ledger.events.licence import LicenceRegistered
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

EMPLOYMENTS: Final = Index("employments", ("employee", "legal_entity"), grows_only=False)
JOBS: Final = Index("jobs", ("employee", "party", "specialities"), grows_only=False)
LICENCES: Final = Index("licences", ("licence", "legal_entity"))
HEALTHCARE_SERVICES: Final = Index(
    "healthcare_services",
    ("division", "category", "speciality", "providing_condition", "healthcare_service"),
    key_columns=4,
)
EMPLOYEE_ROLES: Final = Index(
    "employee_roles", ("employee", "healthcare_service", "employee_role"), key_columns=2
)
DISMISSAL_BY_CLOSING: Final = "employee.dismiss_by_closing"


def _employed(fact: EmployeeRegistered, _: int) -> Iterator[Change]:
    yield Put(EMPLOYMENTS, (fact.employee, fact.legal_entity))
    yield from _qualified(fact, 0)


def _qualified(fact: EmployeeRegistered | EmployeeUpdated, _: int) -> Iterator[Change]:
    yield Put(JOBS, (fact.employee, fact.party, " ".join(fact.specialities)))


def _dismissed(fact: EmployeeDismissed, _: int) -> Iterator[Change]:
    yield Drop(EMPLOYMENTS, (fact.employee,))
    yield Drop(JOBS, (fact.employee,))
    yield Drop(DEADLINES, (DISMISSAL_BY_CLOSING, fact.employee))


def _closed(fact: LegalEntityClosed, _: int) -> Iterator[Change]:
    for employee in fact.employees:
        yield Put(DEADLINES, (DISMISSAL_BY_CLOSING, employee, fact.closed_at))


def _licensed(fact: LicenceRegistered, _: int) -> Iterator[Change]:
    yield Put(LICENCES, (fact.licence, fact.legal_entity))


def _served(fact: HealthcareServiceRegistered, _: int) -> Iterator[Change]:
    kind = (fact.division, fact.category, fact.speciality, fact.providing_condition)
    yield Put(HEALTHCARE_SERVICES, (*kind, fact.healthcare_service))


def _tied(fact: EmployeeRoleRegistered, _: int) -> Iterator[Change]:
    yield Put(EMPLOYEE_ROLES, (fact.employee, fact.healthcare_service, fact.employee_role))


INDEXES: Final = (EMPLOYMENTS, JOBS, LICENCES, HEALTHCARE_SERVICES, EMPLOYEE_ROLES)
CHANGES: Final[ChangesByFact] = {
    EmployeeRegistered: _employed,
    EmployeeUpdated: _qualified,
    EmployeeDismissed: _dismissed,
    LicenceRegistered: _licensed,
    LegalEntityClosed: _closed,
    HealthcareServiceRegistered: _served,
    EmployeeRoleRegistered: _tied,
}
