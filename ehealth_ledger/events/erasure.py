"""Facts about the erasure of a patient.

They stand in the patient's stream but under the ledger's key: they outlive what they destroy, and
carry nothing of the person but the id.
"""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.values.erasure import LegalBasis
from ehealth_ledger.values.identifiers import EmployeeId, PartyId, PatientId


class ErasureFact(Fact):
    """Share the stream and the key of every fact about an erasure."""

    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the patient."""
        return self.patient

    @property
    def subject(self) -> UUID | None:
        """Seal under the ledger's key."""
        return None


class ErasureOrdered(ErasureFact):
    """The first of two people ordered a patient's erasure; the newest order is the one that counts.

    `act_position` is where this record stands, `content_digest` the SHA-256 of what was signed.
    """

    TOPIC: ClassVar[str] = "patient.erasure_ordered.v1"

    basis: LegalBasis
    reference_pointer: Pointer
    ordered_by: EmployeeId
    party: PartyId
    act_position: int
    content_digest: str


class Settled(Body):
    """Name one open matter of the patient that ends with the erasure: its kind and its id."""

    kind: str
    id: UUID


class PatientErased(ErasureFact):
    """A second person agreed: the patient's key is destroyed, and what it sealed is removed.

    `order` is the position of the order. Nothing in `settled` falls due or counts any more.
    """

    TOPIC: ClassVar[str] = "patient.erased.v1"

    order: int
    countersigned_by: EmployeeId
    settled: tuple[Settled, ...] = ()


FACTS: Final = (ErasureOrdered, PatientErased)
