"""Look up which rules group treated cases: a release or two a year, all of them at once."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.store.lookups.days import InForce
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.values.identifiers import GroupingId


class Groupings(Lookup):
    """Serve `aggregates.lookups.GroupingLookup`; unannounced, any question raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (GroupingReleased, GroupingEnded)

    def __init__(self, cursor: psycopg.Cursor, *, wanted: bool) -> None:
        self._releases: InForce[GroupingId, GroupingId] | None = None
        self._versions: set[str] = set()  # also of what holds on no day any more
        if wanted:
            self._releases = InForce()
            rows = cursor.execute("SELECT version, first_day, last_day, grouping FROM groupings")
            for version, first, last, grouping in rows:
                self._put(GroupingId(grouping), version, first, last)

    def in_force(self, day: date) -> GroupingId | None:
        """Return the release for cases that end on a day."""
        return next(self._known().on(day), None)

    def days_of(self, release: GroupingId) -> tuple[date, date] | None:
        """Return the first and the last day of a release; None where it has none left."""
        return self._known().days_of(release)

    def overlap(
        self, first_day: date, last_day: date, *, apart_from: GroupingId | None = None
    ) -> bool:
        """Tell whether another release is in force on one of these days."""
        return self._known().overlap(first_day, last_day, apart_from=apart_from)

    def version_is_taken(self, version: str) -> bool:
        """Tell whether a release has this version, be it replaced for all its days."""
        self._known()
        return version in self._versions

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a release is no position
        """Take in a release, or the end of one."""
        if self._releases is None:
            return
        if isinstance(fact, GroupingReleased):
            self._put(fact.grouping, fact.version, fact.first_day, fact.last_day)
        elif isinstance(fact, GroupingEnded):
            self._releases.end(fact.grouping, fact.last_day)

    def _put(self, release: GroupingId, version: str, first: date, last: date | None) -> None:
        self._known().put(release, release, first, last)
        self._versions.add(version)

    def _known(self) -> InForce[GroupingId, GroupingId]:
        if self._releases is None:
            raise KeyError("groupings")
        return self._releases
