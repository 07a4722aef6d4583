"""Facts about the catalogue of medical services."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import service_stream


class ServicePublished(Fact):
    """A service, or a group of services, has these properties from a day on.

    `system` tells the two apart; a group has no category and no groups. `on_request` says whether a
    referral may ask for it.
    """

    TOPIC: ClassVar[str] = "service.published.v1"

    system: str
    code: str
    category: str | None = None
    groups: tuple[str, ...]
    on_request: Literal["allowed", "not_allowed"]
    status: Literal["active", "inactive"]
    first_day: date
    source: str
    entry_pointer: Pointer

    @property
    def stream_id(self) -> UUID:
        """Name the service's own stream."""
        return service_stream(self.system, self.code)

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: it is about nobody."""
        return


FACTS: Final = (ServicePublished,)
