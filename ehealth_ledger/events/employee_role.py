"""Facts about which employee works in which healthcare service."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EmployeeRoleId,
    HealthcareServiceId,
    LegalEntityId,
)


class EmployeeRoleFact(Fact):
    """Share the stream and the key of every fact about an employee's role."""

    employee_role: EmployeeRoleId

    @property
    def stream_id(self) -> UUID:
        """Name the role."""
        return self.employee_role

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: ids of two things of the register, and nothing else."""
        return


class EmployeeRoleRegistered(EmployeeRoleFact):
    """An employee works in a healthcare service from now on."""

    TOPIC: ClassVar[str] = "employee_role.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    employee: EmployeeId
    healthcare_service: HealthcareServiceId


class EmployeeRoleActivated(EmployeeRoleFact):
    """An employee works in the service again."""

    TOPIC: ClassVar[str] = "employee_role.activated.v1"


class EmployeeRoleDeactivated(EmployeeRoleFact):
    """An employee no longer works in the service."""

    TOPIC: ClassVar[str] = "employee_role.deactivated.v1"


FACTS: Final = (EmployeeRoleRegistered, EmployeeRoleActivated, EmployeeRoleDeactivated)
