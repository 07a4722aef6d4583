"""Facts about divisions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import DivisionId, LegalEntityId

Mountain = Annotated[int, Field(ge=0, le=1)]
"""1 where the settlement is a mountain one, 0 where it is not: it weighs a patient's capitation."""


class DivisionFact(Fact):
    """Share the stream and the key of every fact about a division."""

    division: DivisionId

    @property
    def stream_id(self) -> UUID:
        """Name the division."""
        return self.division

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: a place is nobody's personal data."""
        return


class DivisionRegistered(DivisionFact):
    """A place of an institution opened, with its mountain flag as from `first_day` (Kyiv) on."""

    TOPIC: ClassVar[str] = "division.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    type: str
    mountain_group: Mountain
    first_day: date
    resource_pointer: Pointer


class DivisionUpdated(DivisionFact):
    """A division's particulars changed, its mountain flag as from `first_day` (Kyiv) on."""

    TOPIC: ClassVar[str] = "division.updated.v1"

    mountain_group: Mountain
    first_day: date
    resource_pointer: Pointer


class DivisionActivated(DivisionFact):
    """A division opened again."""

    TOPIC: ClassVar[str] = "division.activated.v1"


class DivisionDeactivated(DivisionFact):
    """A division closed, until it is activated."""

    TOPIC: ClassVar[str] = "division.deactivated.v1"


class DrugstoreVerified(DivisionFact):
    """The medicines authority's register was found to know a drugstore, or not to."""

    TOPIC: ClassVar[str] = "division.dls_verified.v1"

    verdict: Literal["VERIFIED", "NOT_VERIFIED"]
    reason_pointer: Pointer


FACTS: Final = (
    DivisionRegistered,
    DivisionUpdated,
    DivisionActivated,
    DivisionDeactivated,
    DrugstoreVerified,
)
