"""Say which streams the state of another stream leads to.

A law names its streams by the ids in its command. Where the thing named belongs to another one that
the law must ask too, the path from one to the other stands here, one step long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.employee_role import EmployeeRole
from ehealth_ledger.aggregates.healthcare_service import HealthcareService
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.referral import Referral

# Any: the table's key gives each function its own state.
BEHIND: Final[Mapping[type[object], Callable[[Any], tuple[UUID, ...]]]] = {
    Employee: lambda employee: (employee.party, employee.legal_entity),
    HealthcareService: lambda service: (service.division, service.licence),
    Referral: lambda referral: () if referral.program is None else (referral.program,),
    Patient: lambda patient: tuple(each.person for each in patient.confidants),
    Contract: lambda contract: (contract.provider,),
    ContractRequest: lambda request: (request.asked.contract,),
    EmployeeRole: lambda role: (role.employee, role.healthcare_service),
}


def behind(states: Iterable[object | None]) -> set[UUID]:
    """Name the streams that these states lead to."""
    found: set[UUID] = set()
    for state in states:
        leads = BEHIND.get(type(state))
        if leads is not None:
            found.update(leads(state))
    return found
