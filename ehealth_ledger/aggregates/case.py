"""Put a command before its law: who asks, what is known, when it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar
from uuid import UUID

from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.values.time import Month, kyiv_day, microseconds

C_co = TypeVar("C_co", bound=Command, covariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Case(Generic[C_co]):
    """Hold everything a law may look at.

    `now` is the batch's one clock reading, `basis` the log's last position.
    """

    command: Verified[C_co]
    states: Mapping[UUID, object | None]  # of the streams the law named; None before the first fact
    lookups: Lookups
    basis: int
    now: datetime

    @property
    def now_us(self) -> int:
        """Return `now` in microseconds UTC."""
        return microseconds(self.now)

    @property
    def today(self) -> date:
        """Return the civil day in Kyiv."""
        return kyiv_day(self.now)

    def find(self, kind: type[S], wanted: UUID) -> S | None:
        """Return the state of a stream, or None when there is no such thing of this kind."""
        state = self.states.get(wanted)
        return state if isinstance(state, kind) else None

    def get(self, kind: type[S], wanted: UUID, *, code: str, path: str) -> S:
        """Return the state of a stream, or refuse with `code` at `path`."""
        state = self.find(kind, wanted)
        if state is None:
            raise RuleBroken(code, path)
        return state

    def require_new_id(self, wanted: UUID, path: str) -> None:
        """Refuse an id that stands for something already (rule 24)."""
        if self.lookups.id_is_taken(wanted):
            raise RuleBroken("id.not_new", path)

    def period_is_closed(self, period: Month) -> bool:
        """Tell whether the cut-off of a month has come; a month without one is open."""
        cut_off = self.lookups.cut_off(period)
        return cut_off is not None and cut_off <= self.now_us
