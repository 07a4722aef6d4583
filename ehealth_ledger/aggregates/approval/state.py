"""Hold an approval, fold its facts into it, and find the one an employee acts under."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.events.approval import (
    ApprovalCancelled,
    ApprovalConfirmed,
    ApprovalExpired,
    ApprovalRequested,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.approvals import AccessLevel
from ehealth_ledger.values.identifiers import ApprovalId, EmployeeId, LegalEntityId, PatientId

AnyApprovalFact = ApprovalRequested | ApprovalConfirmed | ApprovalCancelled | ApprovalExpired


class Status(Enum):
    """Say where an approval stands."""

    NEW = "new"  # the patient has not confirmed yet
    ACTIVE = "active"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """Hold one approval; `ends_at` (microseconds UTC) is when it lapses, or later expires."""

    id: ApprovalId
    patient: PatientId
    requester: EmployeeId
    legal_entity: LegalEntityId
    granted_employee: EmployeeId | None
    granted_entity: LegalEntityId | None
    access_level: AccessLevel
    selector: str
    values: tuple[str, ...]
    ends_at: int
    status: Status = Status.NEW

    def is_granted_to(self, actor: Employee) -> bool:
        """Tell whether an employee acts under it, by himself or by his institution."""
        return self.granted_employee == actor.id or self.granted_entity == actor.legal_entity

    def covers(self, kind: str, wanted: UUID) -> bool:
        """Tell whether a resource is among what it opens."""
        match self.selector:
            case "whole_patient":
                return True
            case "resource_types":
                return kind in self.values
            case "resources":
                return f"{kind}/{wanted}" in self.values
            case _:
                return False


def evolve(state: Approval | None, fact: AnyApprovalFact) -> Approval | None:
    """Take in what happened to an approval; never refuses a fact."""
    if isinstance(fact, ApprovalRequested):
        return Approval(
            fact.approval,
            fact.patient,
            fact.requester,
            fact.legal_entity,
            fact.granted_employee,
            fact.granted_entity,
            fact.access_level,
            fact.selector,
            fact.values,
            fact.lapses_at,
        )
    if state is None:
        return None
    match fact:
        case ApprovalConfirmed():
            return replace(state, status=Status.ACTIVE, ends_at=fact.expires_at)
        case ApprovalCancelled():
            return replace(state, status=Status.CANCELLED)
        case ApprovalExpired():
            return replace(state, status=Status.EXPIRED)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ApprovalRequested: evolve,
    ApprovalConfirmed: evolve,
    ApprovalCancelled: evolve,
    ApprovalExpired: evolve,
}


def write_approval(
    case: Case[StaffCommand], actor: Employee, patient: PatientId, kind: str, wanted: UUID
) -> Approval | None:
    """Find an approval under which the actor may write a resource of the patient now (rule 65)."""
    known = (case.find(Approval, each) for each in case.lookups.approvals.live_of(patient))
    return next(
        (
            each
            for each in known
            if each is not None
            and each.status is Status.ACTIVE
            and each.access_level == "write"
            and each.ends_at > case.now_us
            and each.is_granted_to(actor)
            and each.covers(kind, wanted)
        ),
        None,
    )
