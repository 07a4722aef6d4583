"""Facts about the closing of periods."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Microseconds
from ehealth_ledger.values.identifiers import CutOffId
from ehealth_ledger.values.time import Month


class CutOffSet(Fact):
    """A month will take no charge recorded at `at` or later (microseconds UTC)."""

    TOPIC: ClassVar[str] = "cut_off.set.v1"
    BEGINS: ClassVar[bool] = True

    cut_off: CutOffId
    period: Month
    at: Microseconds

    @property
    def stream_id(self) -> UUID:
        """Name the cut-off."""
        return self.cut_off

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (CutOffSet,)
