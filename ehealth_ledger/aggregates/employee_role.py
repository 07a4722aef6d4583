"""Judge roles: which employee works in which healthcare service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, Status, acting_employee
from ehealth_ledger.aggregates.healthcare_service import HealthcareService
from ehealth_ledger.commands.employee_role import (
    ActivateEmployeeRole,
    DeactivateEmployeeRole,
    RegisterEmployeeRole,
)
from ehealth_ledger.events.employee_role import (
    EmployeeRoleActivated,
    EmployeeRoleDeactivated,
    EmployeeRoleRegistered,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EmployeeRoleId,
    HealthcareServiceId,
    LegalEntityId,
)

AnyEmployeeRoleFact = EmployeeRoleRegistered | EmployeeRoleActivated | EmployeeRoleDeactivated
_WHICH: Final = "$.resource.employee_role"


@dataclass(frozen=True, slots=True)
class EmployeeRole:
    """Hold what the laws need to know of a role."""

    id: EmployeeRoleId
    legal_entity: LegalEntityId
    employee: EmployeeId
    healthcare_service: HealthcareServiceId
    active: bool = True


def evolve(state: EmployeeRole | None, fact: AnyEmployeeRoleFact) -> EmployeeRole | None:
    """Take in what happened to a role; never refuses a fact."""
    if isinstance(fact, EmployeeRoleRegistered):
        return EmployeeRole(
            fact.employee_role,
            fact.legal_entity,
            fact.employee,
            fact.healthcare_service,
        )
    if state is None:
        return None
    match fact:
        case EmployeeRoleActivated():
            return replace(state, active=True)
        case EmployeeRoleDeactivated():
            return replace(state, active=False)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    EmployeeRoleRegistered: evolve,
    EmployeeRoleActivated: evolve,
    EmployeeRoleDeactivated: evolve,
}


def register(case: Case[RegisterEmployeeRole]) -> list[Fact]:
    """Tie an employee to an active service of the same institution, once."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    paths = ("$.resource.employee", "$.resource.healthcare_service")
    with case.part():
        _require_fit(case, actor.legal_entity, asked.employee, asked.healthcare_service, paths)
    case.require(
        case.lookups.employee_roles.of(asked.employee, asked.healthcare_service) is None,
        "employee_role.already_registered",
        "$.resource",
        expected="a tie that is not registered; an ended one is activated",
    )
    return [
        EmployeeRoleRegistered(
            employee_role=asked.id,
            legal_entity=actor.legal_entity,
            employee=asked.employee,
            healthcare_service=asked.healthcare_service,
        )
    ]


def activate(case: Case[ActivateEmployeeRole]) -> list[Fact]:
    """Tie the employee to the service again, under the conditions of the first time."""
    role = _own(case)
    case.require(not role.active, "employee_role.active_already", _WHICH, expected="an ended role")
    with case.part():
        _require_fit(
            case, role.legal_entity, role.employee, role.healthcare_service, (_WHICH, _WHICH)
        )
    return [EmployeeRoleActivated(employee_role=role.id)]


def deactivate(case: Case[DeactivateEmployeeRole]) -> list[Fact]:
    """Untie the employee from the service."""
    role = _own(case)
    case.require(role.active, "employee_role.not_active", _WHICH, expected="an active role")
    return [EmployeeRoleDeactivated(employee_role=role.id)]


def _own(case: Case[ActivateEmployeeRole] | Case[DeactivateEmployeeRole]) -> EmployeeRole:
    actor = acting_employee(case)
    role = case.get(
        EmployeeRole,
        case.command.body.resource.employee_role,
        code="employee_role.unknown",
        path=_WHICH,
    )
    case.require(
        role.legal_entity == actor.legal_entity,
        "employee_role.of_other_entity",
        _WHICH,
        expected="a role of the acting institution",
    )
    return role


def _require_fit(
    case: Case[RegisterEmployeeRole] | Case[ActivateEmployeeRole],
    entity: LegalEntityId,
    employee_id: EmployeeId,
    service_id: HealthcareServiceId,
    paths: tuple[str, str],
) -> None:
    """Refuse unless both go on, both are the institution's, and the speciality is the service's."""
    employee_path, service_path = paths
    service = case.get(
        HealthcareService, service_id, code="healthcare_service.unknown", path=service_path
    )
    case.require(
        service.legal_entity == entity,
        "healthcare_service.of_other_entity",
        service_path,
        expected="a service of the acting institution",
    )
    case.require(
        service.active,
        "healthcare_service.not_active",
        service_path,
        expected="an active service",
    )
    employee = case.get(Employee, employee_id, code="employee.unknown", path=employee_path)
    case.require(
        employee.legal_entity == entity,
        "employee.of_other_entity",
        employee_path,
        expected="an employee of the acting institution",
    )
    case.require(
        employee.status is Status.APPROVED,
        "employee.dismissed_already",
        employee_path,
        expected="an employment that goes on",
    )
    case.require(
        service.speciality in employee.specialities,
        "employee_role.other_speciality",
        employee_path,
        expected=service.speciality,
    )
