"""Facts about the rules by which treated cases are grouped."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.grouping import Rules
from ehealth_ledger.values.identifiers import GroupingId
from ehealth_ledger.values.tariffs import Name


class GroupingReleased(Fact):
    """Rules were put in force for cases that end between two days, both included."""

    TOPIC: ClassVar[str] = "grouping.released.v1"
    BEGINS: ClassVar[bool] = True

    grouping: GroupingId
    version: Name
    first_day: date
    last_day: date
    order: str
    trust: str
    rules: Rules

    @property
    def stream_id(self) -> UUID:
        """Name the release."""
        return self.grouping

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class GroupingEnded(Fact):
    """Later rules took the place of a release from a day on; cases grouped before stay so.

    `last_day` is the last day on which it still holds; None where it holds on none. The rest is as
    it was released.
    """

    TOPIC: ClassVar[str] = "grouping.ended.v1"

    grouping: GroupingId
    successor: GroupingId
    version: Name
    first_day: date
    last_day: date | None = None

    @property
    def stream_id(self) -> UUID:
        """Name the release that ended."""
        return self.grouping

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (GroupingReleased, GroupingEnded)
