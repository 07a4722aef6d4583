"""Know a declaration: with whom, to which day, and where it stands (rule 15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
    PendingReason,
    TerminationReason,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)

AnyDeclarationFact = (
    DeclarationSigned
    | DeclarationApproved
    | DeclarationActivated
    | DeclarationRejected
    | DeclarationTerminated
    | DeclarationClosed
)


class Status(Enum):
    """Say where a declaration stands; the first two are live."""

    PENDING = "pending_verification"
    ACTIVE = "active"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    CLOSED = "closed"


LIVE: Final = frozenset({Status.PENDING, Status.ACTIVE})


@dataclass(frozen=True, slots=True)
class Declaration:
    """Hold the state of one declaration; `activates_at` is microseconds UTC."""

    id: DeclarationId
    patient: PatientId
    doctor: EmployeeId
    party: PartyId
    legal_entity: LegalEntityId
    last_day: date
    status: Status
    pending: PendingReason | None = None
    activates_at: int | None = None

    @property
    def active(self) -> bool:
        """Tell whether it holds."""
        return self.status is Status.ACTIVE


def evolve(state: Declaration | None, fact: AnyDeclarationFact) -> Declaration | None:
    """Take in what happened to a declaration; never refuses a fact."""
    if isinstance(fact, DeclarationSigned):
        return Declaration(
            fact.declaration,
            fact.patient,
            fact.doctor,
            fact.party,
            fact.legal_entity,
            fact.last_day,
            Status.ACTIVE if fact.pending is None else Status.PENDING,
            fact.pending,
            fact.activates_at,
        )
    if state is None:
        return None
    match fact:
        case DeclarationApproved() | DeclarationActivated():
            return replace(state, status=Status.ACTIVE)
        case DeclarationRejected():
            return replace(state, status=Status.REJECTED)
        case DeclarationTerminated():
            return replace(state, status=Status.TERMINATED)
        case DeclarationClosed():
            return replace(state, status=Status.CLOSED)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = dict.fromkeys(
    (
        DeclarationSigned,
        DeclarationApproved,
        DeclarationActivated,
        DeclarationRejected,
        DeclarationTerminated,
        DeclarationClosed,
    ),
    evolve,
)


def ended_by(
    case: Case[Any],
    patient: PatientId,
    reason: TerminationReason,
    *,
    successor: DeclarationId | None = None,
) -> list[DeclarationTerminated]:
    """End whatever live declaration a patient has, because of what happens in the same commit."""
    return [
        DeclarationTerminated(
            declaration=each.declaration,
            patient=patient,
            reason=reason,
            successor=successor,
            last_day=case.today,
        )
        for each in case.lookups.declarations.live_of(patient)
    ]
