"""Facts about declarations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Body, Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)

PendingReason = Literal["offline", "no_tax_id"]
TerminationReason = Literal[
    "replaced",
    "by_doctor",
    "by_legal_entity",
    "by_payer",
    "by_patient",
    "employee_dismissed",
    "patient_deceased",
    "patient_deactivated",
    "patient_merged",
]


class DeclarationFact(Fact):
    """Share the stream and the key of every fact about a declaration."""

    declaration: DeclarationId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the declaration."""
        return self.declaration

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class LiveFact(DeclarationFact):
    """Say whom a live declaration is with, where, and to which day.

    Days are civil days in Kyiv; the last one is included.
    """

    doctor: EmployeeId
    party: PartyId
    legal_entity: LegalEntityId
    last_day: date


class FrozenSeed(Body):
    """Repeat the record that the preview was frozen at."""

    log: Literal["records"]
    position: Annotated[int, Field(ge=1)]
    chain_value: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DeclarationSigned(LiveFact):
    """A patient's choice of a family doctor began.

    Without `pending` it holds at once. `held` is how many declarations of other patients the doctor
    held in all jobs, `limit` how many the law lets him hold: from `held` equal to `limit` on it was
    let in above the limit. `activates_at` is when a pending one holds without the payer's word.
    """

    TOPIC: ClassVar[str] = "declaration.signed.v1"
    BEGINS: ClassVar[bool] = True

    division: DivisionId
    speciality: str
    first_day: date
    pending: PendingReason | None = None
    activates_at: Microseconds | None = None
    held: Annotated[int, Field(ge=0)]
    limit: Annotated[int, Field(ge=0)]
    parent: DeclarationId | None = None
    seed: FrozenSeed


class DeclarationApproved(LiveFact):
    """The payer let a pending declaration hold."""

    TOPIC: ClassVar[str] = "declaration.approved.v1"


class DeclarationActivated(LiveFact):
    """A pending declaration holds, because nobody turned it down in time."""

    TOPIC: ClassVar[str] = "declaration.activated.v1"


class DeclarationRejected(DeclarationFact):
    """The payer turned a pending declaration down."""

    TOPIC: ClassVar[str] = "declaration.rejected.v1"

    reason_pointer: Pointer


class DeclarationTerminated(DeclarationFact):
    """A declaration ended before its time; `successor` is the one that replaced it."""

    TOPIC: ClassVar[str] = "declaration.terminated.v1"

    reason: TerminationReason
    reason_pointer: Pointer | None = None
    successor: DeclarationId | None = None
    last_day: date


class DeclarationClosed(DeclarationFact):
    """A declaration's last day was over."""

    TOPIC: ClassVar[str] = "declaration.closed.v1"


FACTS: Final = (
    DeclarationSigned,
    DeclarationApproved,
    DeclarationActivated,
    DeclarationRejected,
    DeclarationTerminated,
    DeclarationClosed,
)
