"""Fold what happened to a prescription and to its dispenses: one stream, one state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any, Final, Literal, assert_never

from ehealth_ledger.aggregates.planned import Planned, planned_by
from ehealth_ledger.events.dispense import (
    DispenseExpired,
    DispenseProcessed,
    DispenseRejected,
    DispenseReserved,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.prescription import (
    Blocker,
    PrescriptionBlocked,
    PrescriptionCompleted,
    PrescriptionExpired,
    PrescriptionIssued,
    PrescriptionRejected,
    PrescriptionUnblocked,
)
from ehealth_ledger.values.identifiers import (
    DispenseId,
    DivisionId,
    LegalEntityId,
    MedicalProgramId,
    MedicationId,
    PatientId,
    PrescriptionId,
)

AnyPrescriptionFact = (
    PrescriptionIssued
    | PrescriptionBlocked
    | PrescriptionUnblocked
    | PrescriptionRejected
    | PrescriptionExpired
    | PrescriptionCompleted
    | DispenseReserved
    | DispenseProcessed
    | DispenseRejected
    | DispenseExpired
)


class Status(Enum):
    """Say where a prescription stands; all but the first are for good."""

    ACTIVE = "active"
    COMPLETED = "completed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class DispenseStatus(Enum):
    """Say where a dispense stands; all but the first are for good."""

    HELD = "held"
    PROCESSED = "processed"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Dispense:
    """Hold one dispense; `quantity` counts units, `expires_at` is microseconds UTC."""

    id: DispenseId
    legal_entity: LegalEntityId
    division: DivisionId
    medication: MedicationId
    program: MedicalProgramId | None
    quantity: int
    reserved_on: date
    expires_at: int
    status: DispenseStatus = DispenseStatus.HELD

    @property
    def live(self) -> bool:
        """Tell whether its quantity counts: it is held, or was handed out."""
        return self.status in (DispenseStatus.HELD, DispenseStatus.PROCESSED)


@dataclass(frozen=True, slots=True)
class Block:
    """Hold who blocked a prescription, and until when (microseconds UTC; None: until lifted)."""

    by: Blocker
    legal_entity: LegalEntityId
    until: int | None


@dataclass(frozen=True, slots=True)
class Prescription:
    """Hold a prescription and its dispenses; quantities count units, days are included."""

    id: PrescriptionId
    patient: PatientId
    intent: Literal["plan", "order"]
    medication: MedicationId
    quantity: int
    program: MedicalProgramId | None
    settings: frozenset[str]
    legal_entity: LegalEntityId
    dispensed_from: date
    dispensed_to: date
    expires_at: int
    status: Status = Status.ACTIVE
    block: Block | None = None
    planned: Planned | None = None  # what of a care plan it carries out
    dispenses: Mapping[DispenseId, Dispense] = field(default_factory=dict)

    @property
    def live(self) -> tuple[Dispense, ...]:
        """List the dispenses whose quantity counts."""
        return tuple(each for each in self.dispenses.values() if each.live)

    @property
    def holds(self) -> tuple[Dispense, ...]:
        """List what is held, the hold that expires first at the front."""
        held = (each for each in self.dispenses.values() if each.status is DispenseStatus.HELD)
        return tuple(sorted(held, key=lambda each: (each.expires_at, each.id)))

    @property
    def remaining(self) -> int:
        """Count the units that are neither held nor handed out."""
        return self.quantity - sum(each.quantity for each in self.live)

    @property
    def handed_out(self) -> int:
        """Count the units that were handed out."""
        done = DispenseStatus.PROCESSED
        return sum(each.quantity for each in self.dispenses.values() if each.status is done)

    @property
    def next_expiry(self) -> int | None:
        """Return when the next hold expires; None where nothing is held."""
        return next((each.expires_at for each in self.holds), None)

    def overdue(self, now_us: int) -> tuple[Dispense, ...]:
        """List the holds that have expired by a moment."""
        return tuple(each for each in self.holds if each.expires_at <= now_us)

    def blocked(self, now_us: int) -> bool:
        """Tell whether the prescription is blocked at a moment."""
        return self.block is not None and (self.block.until is None or self.block.until > now_us)

    def settled(
        self, dispense: DispenseId, status: DispenseStatus, *, quantity: int | None = None
    ) -> Prescription:
        """Return the prescription with one dispense at its end, of a quantity or all it held."""
        before = self.dispenses[dispense]
        after = replace(
            before,
            status=status,
            quantity=before.quantity if quantity is None else quantity,
        )
        return replace(self, dispenses={**self.dispenses, dispense: after})


def evolve(state: Prescription | None, fact: AnyPrescriptionFact) -> Prescription | None:
    """Take in what happened to a prescription; never refuses a fact."""
    if isinstance(fact, PrescriptionIssued):
        return _issued(fact)
    if state is None:
        return None
    match fact:
        case PrescriptionBlocked():
            return replace(state, block=Block(fact.by, fact.legal_entity, fact.until))
        case PrescriptionUnblocked():
            return replace(state, block=None)
        case PrescriptionRejected():
            return replace(state, status=Status.REJECTED)
        case PrescriptionExpired():
            return replace(state, status=Status.EXPIRED)
        case PrescriptionCompleted():
            return replace(state, status=Status.COMPLETED)
        case DispenseReserved():
            return replace(state, dispenses={**state.dispenses, fact.dispense: _held(fact)})
        case _:
            return _settled(state, fact)


def _settled(
    state: Prescription, fact: DispenseProcessed | DispenseRejected | DispenseExpired
) -> Prescription:
    if fact.dispense not in state.dispenses:
        return state
    match fact:
        case DispenseProcessed():
            return state.settled(fact.dispense, DispenseStatus.PROCESSED, quantity=fact.quantity)
        case DispenseRejected():
            return state.settled(fact.dispense, DispenseStatus.REJECTED)
        case DispenseExpired():
            return state.settled(fact.dispense, DispenseStatus.EXPIRED)
        case _:
            assert_never(fact)


def _issued(fact: PrescriptionIssued) -> Prescription:
    return Prescription(
        id=fact.prescription,
        patient=fact.patient,
        intent=fact.intent,
        medication=fact.medication,
        quantity=fact.quantity,
        program=fact.program,
        settings=frozenset(fact.settings),
        legal_entity=fact.legal_entity,
        dispensed_from=fact.dispensed_from,
        dispensed_to=fact.dispensed_to,
        expires_at=fact.expires_at,
        planned=planned_by(fact.care_plan, fact.activity),
    )


def _held(fact: DispenseReserved) -> Dispense:
    return Dispense(
        id=fact.dispense,
        legal_entity=fact.legal_entity,
        division=fact.division,
        medication=fact.medication,
        program=fact.program,
        quantity=fact.quantity,
        reserved_on=fact.reserved_on,
        expires_at=fact.expires_at,
    )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    PrescriptionIssued: evolve,
    PrescriptionBlocked: evolve,
    PrescriptionUnblocked: evolve,
    PrescriptionRejected: evolve,
    PrescriptionExpired: evolve,
    PrescriptionCompleted: evolve,
    DispenseReserved: evolve,
    DispenseProcessed: evolve,
    DispenseRejected: evolve,
    DispenseExpired: evolve,
}
