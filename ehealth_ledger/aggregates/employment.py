"""Judge employments: begun, changed, ended."""

from __future__ import annotations

from typing import Literal

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.division import require_own_active
from ehealth_ledger.aggregates.employee import Employee, Status, acting_employee, acting_institution
from ehealth_ledger.aggregates.legal_entity.state import LegalEntity
from ehealth_ledger.aggregates.legal_entity.state import Status as EntityStatus
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.employee import (
    DismissByClosing,
    DismissEmployee,
    RegisterEmployee,
    Speciality,
    UpdateEmployee,
)
from ehealth_ledger.commands.legal_entity import ChangeHead, Head, RegisterLegalEntity
from ehealth_ledger.events.declaration import DeclarationTerminated
from ehealth_ledger.events.employee import (
    EmployeeDismissed,
    EmployeeRegistered,
    EmployeeType,
    EmployeeUpdated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityKind
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.parameters.registry import EMPLOYEE_SPECIALITIES, EMPLOYEE_TYPES

_HEADS: tuple[EmployeeType, ...] = ("OWNER", "PHARMACY_OWNER")
Cause = Literal["dismissed", "replaced", "legal_entity_closed"]


def register(case: Case[RegisterEmployee]) -> list[Fact]:
    """Register an employee of the actor's own institution, of a type that works there."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    institution = acting_institution(case, actor)
    types = case.texts_by_name(EMPLOYEE_TYPES, institution.kind)
    case.require(
        asked.type in types,
        "employee.type_not_allowed",
        "$.resource.type",
        kind=institution.kind,
        expected=", ".join(types) or "none",
    )
    specialities = _specialities(case, asked.type, asked.specialities)
    if asked.division is not None:
        with case.part():
            require_own_active(case, asked.division, actor.legal_entity, "$.resource.division")
    return [
        EmployeeRegistered(
            employee=asked.id,
            legal_entity=actor.legal_entity,
            party=case.lookups.parties.of_tax_id(asked.party.tax_id),
            tax_index=case.lookups.parties.tax_index(asked.party.tax_id),
            type=asked.type,
            specialities=specialities,
            division=asked.division,
            party_pointer="/resource/party",
        )
    ]


def update(case: Case[UpdateEmployee]) -> list[Fact]:
    """Change the specialities and the division of an employee of the actor's own institution."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    employee = _own(case, actor)
    specialities = _specialities(case, employee.type, asked.specialities)
    if asked.division is not None:
        with case.part():
            require_own_active(case, asked.division, actor.legal_entity, "$.resource.division")
    return [
        EmployeeUpdated(
            employee=employee.id,
            party=employee.party,
            specialities=specialities,
            division=asked.division,
        )
    ]


def dismiss(case: Case[DismissEmployee]) -> list[Fact]:
    """Dismiss an employee of the actor's own institution; his patients' declarations end with it.

    A head is not dismissed but replaced (`legal_entity.change_head`): an institution is never
    without one.
    """
    actor = acting_employee(case)
    employee = _own(case, actor)
    case.require(
        employee.type not in _HEADS,
        "employee.is_head",
        "$.resource.employee",
        expected="an employee who is not the head",
    )
    return ending(case, employee, "dismissed")


def dismiss_by_closing(case: Case[DismissByClosing]) -> list[Fact]:
    """Dismiss an employee of a closed institution: due from the moment of its closing."""
    acting_system(case)
    path = "$.resource.employee"
    employee = case.get(
        Employee, case.command.body.resource.employee, code="employee.unknown", path=path
    )
    case.require(
        employee.status is Status.APPROVED,
        "employee.dismissed_already",
        path,
        expected="an employment that goes on",
    )
    institution = case.find(LegalEntity, employee.legal_entity)
    case.require(
        institution is not None and institution.status is EntityStatus.CLOSED,
        "employee.legal_entity_not_closed",
        path,
        expected="an employee of a closed institution",
    )
    return ending(case, employee, "legal_entity_closed")


def ending(case: Case[Command], employee: Employee, cause: Cause) -> list[Fact]:
    """End an employment, and with it every active declaration of its patients."""
    dismissed = EmployeeDismissed(
        employee=employee.id,
        party=employee.party,
        legal_entity=employee.legal_entity,
        cause=cause,
        last_day=case.today,
    )
    return [
        dismissed,
        *(
            DeclarationTerminated(
                declaration=declaration,
                patient=patient,
                reason="employee_dismissed",
                last_day=case.today,
            )
            for declaration, patient in case.lookups.declarations.active_of_employee(employee.id)
        ),
    ]


def beginning(
    case: Case[RegisterLegalEntity] | Case[ChangeHead],
    head: Head,
    entity: LegalEntityId,
    kind: LegalEntityKind,
) -> EmployeeRegistered:
    """Employ the head of an institution."""
    return EmployeeRegistered(
        employee=head.id,
        legal_entity=entity,
        party=case.lookups.parties.of_tax_id(head.party.tax_id),
        tax_index=case.lookups.parties.tax_index(head.party.tax_id),
        type="PHARMACY_OWNER" if kind == "PHARMACY" else "OWNER",
        party_pointer="/resource/head/party",
    )


def _own(case: Case[UpdateEmployee] | Case[DismissEmployee], actor: Employee) -> Employee:
    """Return a colleague whose employment goes on."""
    path = "$.resource.employee"
    employee = case.get(
        Employee, case.command.body.resource.employee, code="employee.unknown", path=path
    )
    case.require(
        employee.legal_entity == actor.legal_entity,
        "employee.of_other_entity",
        path,
        expected="an employee of the actor's own institution",
    )
    case.require(
        employee.status is Status.APPROVED,
        "employee.dismissed_already",
        path,
        expected="an employment that goes on",
    )
    return employee


def _specialities(
    case: Case[Command], kind: EmployeeType, asked: tuple[Speciality, ...]
) -> tuple[str, ...]:
    """Return specialities that employees of this type have, the one employed for first."""
    allowed = case.texts_by_name(EMPLOYEE_SPECIALITIES, kind)
    path = "$.resource.specialities"
    for at, each in enumerate(asked):
        case.require(
            each.speciality in allowed,
            "employee.speciality_not_allowed",
            f"{path}[{at}].speciality",
            type=kind,
            expected=", ".join(allowed) or "none",
        )
    names = [each.speciality for each in asked]
    case.require(
        len(set(names)) == len(names),
        "employee.speciality_repeated",
        path,
        expected="each speciality once",
    )
    main = [each.speciality for each in asked if each.speciality_officio]
    wanted = 1 if allowed else 0
    if case.require(
        len(main) == wanted, "employee.speciality_officio_count", path, expected=wanted
    ):
        return (*main, *(each for each in names if each not in main))
    return tuple(names)
