"""Look up which rules group treated cases: a release or two a year, all of them at once."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.grouping import GroupingReleased
from ehealth_ledger.store.lookups.days import Days
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.values.identifiers import GroupingId


class Groupings(Lookup):
    """Serve `aggregates.lookups.GroupingLookup`; unannounced, any question raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (GroupingReleased,)

    def __init__(self, cursor: psycopg.Cursor, *, wanted: bool) -> None:
        self._releases: dict[str, tuple[Days, GroupingId]] | None = None  # by version
        if wanted:
            rows = cursor.execute("SELECT version, first_day, last_day, grouping FROM groupings")
            self._releases = {
                version: (Days(first, last), GroupingId(grouping))
                for version, first, last, grouping in rows
            }

    def in_force(self, day: date) -> GroupingId | None:
        """Return the release for cases that end on a day."""
        return next((each for days, each in self._known().values() if days.contain(day)), None)

    def overlap(self, first_day: date, last_day: date) -> bool:
        """Tell whether a release is in force on one of these days."""
        return any(days.overlap(first_day, last_day) for days, _ in self._known().values())

    def version_is_taken(self, version: str) -> bool:
        """Tell whether a release has this version."""
        return version in self._known()

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a release is no position
        """Take in a release."""
        if isinstance(fact, GroupingReleased) and self._releases is not None:
            self._releases[fact.version] = Days(fact.first_day, fact.last_day), fact.grouping

    def _known(self) -> dict[str, tuple[Days, GroupingId]]:
        if self._releases is None:
            raise KeyError("groupings")
        return self._releases
