"""Facts about institutions."""

from __future__ import annotations

from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId

LegalEntityKind = Literal[
    "PAYER", "PRIMARY_CARE", "OUTPATIENT", "INPATIENT", "EMERGENCY", "PHARMACY"
]


class LegalEntityFact(Fact):
    """Share the stream and the key of every fact about an institution."""

    legal_entity: LegalEntityId

    @property
    def stream_id(self) -> UUID:
        """Name the institution."""
        return self.legal_entity

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: an institution is nobody's personal data."""
        return


class LegalEntityRegistered(LegalEntityFact):
    """An institution, or the payer, entered the register; `head` is the employee who heads it."""

    TOPIC: ClassVar[str] = "legal_entity.registered.v1"
    BEGINS: ClassVar[bool] = True

    edrpou: str
    kind: LegalEntityKind
    head: EmployeeId
    resource_pointer: Pointer


class LegalEntityUpdated(LegalEntityFact):
    """An institution changed its name or address."""

    TOPIC: ClassVar[str] = "legal_entity.updated.v1"

    resource_pointer: Pointer


class LegalEntityVerified(LegalEntityFact):
    """The payer verified an institution, or took that back."""

    TOPIC: ClassVar[str] = "legal_entity.verified.v1"

    verdict: Literal["VERIFIED", "NOT_VERIFIED"]
    reason_pointer: Pointer


class LegalEntitySuspended(LegalEntityFact):
    """An institution may not act until it is resumed."""

    TOPIC: ClassVar[str] = "legal_entity.suspended.v1"

    reason_pointer: Pointer


class LegalEntityResumed(LegalEntityFact):
    """A suspended institution may act again."""

    TOPIC: ClassVar[str] = "legal_entity.resumed.v1"

    reason_pointer: Pointer


class LegalEntityClosed(LegalEntityFact):
    """An institution ended, at `closed_at` (microseconds UTC).

    `employees` are those whom the system is to dismiss for it.
    """

    TOPIC: ClassVar[str] = "legal_entity.closed.v1"

    closed_at: Microseconds
    employees: tuple[EmployeeId, ...]
    reason_pointer: Pointer


class LegalEntityReorganised(LegalEntityFact):
    """An institution ended and another one goes on in its place."""

    TOPIC: ClassVar[str] = "legal_entity.reorganised.v1"

    successor: LegalEntityId
    reason_pointer: Pointer


class LegalEntityHeadChanged(LegalEntityFact):
    """Another employee heads an institution from now on."""

    TOPIC: ClassVar[str] = "legal_entity.head_changed.v1"

    head: EmployeeId
    reason_pointer: Pointer


FACTS: Final = (
    LegalEntityRegistered,
    LegalEntityUpdated,
    LegalEntityVerified,
    LegalEntitySuspended,
    LegalEntityResumed,
    LegalEntityClosed,
    LegalEntityReorganised,
    LegalEntityHeadChanged,
)
