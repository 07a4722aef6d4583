"""Fold what happened to an institution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import (
    LegalEntityClosed,
    LegalEntityHeadChanged,
    LegalEntityKind,
    LegalEntityRegistered,
    LegalEntityReorganised,
    LegalEntityResumed,
    LegalEntitySuspended,
    LegalEntityUpdated,
    LegalEntityVerified,
)
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId

AnyLegalEntityFact = (
    LegalEntityRegistered
    | LegalEntityUpdated
    | LegalEntityVerified
    | LegalEntitySuspended
    | LegalEntityResumed
    | LegalEntityClosed
    | LegalEntityReorganised
    | LegalEntityHeadChanged
)


class Status(Enum):
    """Say whether an institution may act; the last two are for good."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    REORGANISED = "reorganised"


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Hold what the laws need to know of an institution; the payer counts as verified."""

    id: LegalEntityId
    edrpou: str
    kind: LegalEntityKind
    status: Status = Status.ACTIVE
    nhs_verified: bool = False
    head: EmployeeId | None = None

    @property
    def ended(self) -> bool:
        """Tell whether the institution has ended for good."""
        return self.status in (Status.CLOSED, Status.REORGANISED)


def evolve(state: LegalEntity | None, fact: AnyLegalEntityFact) -> LegalEntity | None:
    """Take in what happened to an institution; never refuses a fact."""
    if isinstance(fact, LegalEntityRegistered):
        return LegalEntity(
            fact.legal_entity,
            fact.edrpou,
            fact.kind,
            nhs_verified=fact.kind == "PAYER",
            head=fact.head,
        )
    if state is None:
        return None
    match fact:
        case LegalEntityUpdated():
            return state
        case LegalEntityVerified():
            return replace(state, nhs_verified=fact.verdict == "VERIFIED")
        case LegalEntitySuspended():
            return replace(state, status=Status.SUSPENDED)
        case LegalEntityResumed():
            return replace(state, status=Status.ACTIVE)
        case LegalEntityClosed():
            return replace(state, status=Status.CLOSED)
        case LegalEntityReorganised():
            return replace(state, status=Status.REORGANISED)
        case LegalEntityHeadChanged():
            return replace(state, head=fact.head)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    LegalEntityRegistered: evolve,
    LegalEntityUpdated: evolve,
    LegalEntityVerified: evolve,
    LegalEntitySuspended: evolve,
    LegalEntityResumed: evolve,
    LegalEntityClosed: evolve,
    LegalEntityReorganised: evolve,
    LegalEntityHeadChanged: evolve,
}
