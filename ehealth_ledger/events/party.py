"""Facts about what the state registers know of a person at work (party)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import PartyId


class PartyFact(Fact):
    """Share the stream and the key of every fact about a person at work."""

    party: PartyId
    reason_pointer: Pointer

    @property
    def stream_id(self) -> UUID:
        """Name the person."""
        return self.party

    @property
    def subject(self) -> UUID:
        """Seal under the person's own key."""
        return self.party


class PartyVerified(PartyFact):
    """A state register gave its verdict on a person.

    `barred_from` is the moment (microseconds UTC) from which the person may not write; absent while
    no register says NOT_VERIFIED.
    """

    TOPIC: ClassVar[str] = "party.verified.v1"

    source: Literal["DRFO", "DRACS_DEATH", "DRACS_NAME_CHANGE", "DMS_PASSPORT"]
    verdict: Literal["VERIFIED", "NOT_VERIFIED", "VERIFICATION_NEEDED", "VERIFICATION_NOT_NEEDED"]
    barred_from: Microseconds | None = None


class PartyDeceased(PartyFact):
    """A person at work has died and signs no more."""

    TOPIC: ClassVar[str] = "party.deceased.v1"

    died_on: date


class PartyFoundAlive(PartyFact):
    """A person who was taken for dead is not."""

    TOPIC: ClassVar[str] = "party.found_alive.v1"


FACTS: Final = (PartyVerified, PartyDeceased, PartyFoundAlive)
