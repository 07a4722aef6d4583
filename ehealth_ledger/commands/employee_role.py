"""Tie employees to the healthcare services they work in."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.values.identifiers import EmployeeId, EmployeeRoleId, HealthcareServiceId


class Role(Element):
    """Say which employee works in which healthcare service."""

    id: EmployeeRoleId
    employee: EmployeeId
    healthcare_service: HealthcareServiceId


class RegisterEmployeeRole(StaffCommand):
    """Ask to tie an employee of the signer's own institution to one of its services."""

    NAME: ClassVar[str] = "employee_role.register"
    VERSION: ClassVar[int] = 1

    command: Literal["employee_role.register"]
    version: Literal[1]
    resource: Role


class RoleNamed(Element):
    """Name a tie between an employee and a service."""

    employee_role: EmployeeRoleId


class ActivateEmployeeRole(StaffCommand):
    """Ask to tie the employee to the service again."""

    NAME: ClassVar[str] = "employee_role.activate"
    VERSION: ClassVar[int] = 1

    command: Literal["employee_role.activate"]
    version: Literal[1]
    resource: RoleNamed


class DeactivateEmployeeRole(StaffCommand):
    """Ask to untie the employee from the service."""

    NAME: ClassVar[str] = "employee_role.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["employee_role.deactivate"]
    version: Literal[1]
    resource: RoleNamed


COMMANDS: Final = (RegisterEmployeeRole, ActivateEmployeeRole, DeactivateEmployeeRole)
