"""Facts about licences; both days are civil days in Kyiv and included."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import LegalEntityId, LicenceId


class LicenceFact(Fact):
    """Share the stream, the key and the days of every fact about a licence."""

    licence: LicenceId
    first_day: date
    last_day: date | None = None
    resource_pointer: Pointer

    @property
    def stream_id(self) -> UUID:
        """Name the licence."""
        return self.licence

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: an institution's licence is nobody's personal data."""
        return


class LicenceRegistered(LicenceFact):
    """An institution's licence entered the register."""

    TOPIC: ClassVar[str] = "licence.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    type: str


class LicenceUpdated(LicenceFact):
    """A licence has other papers: renewed, shortened, or ended."""

    TOPIC: ClassVar[str] = "licence.updated.v1"


FACTS: Final = (LicenceRegistered, LicenceUpdated)
