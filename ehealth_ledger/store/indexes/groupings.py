"""Index the rules of grouping: which release holds on which days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Index, Put

GROUPINGS: Final = Index(
    "groupings", ("grouping", "version", "first_day", "last_day"), grows_only=False
)


def _held(fact: GroupingReleased | GroupingEnded, _: int) -> Iterator[Change]:
    yield Put(GROUPINGS, (fact.grouping, fact.version, fact.first_day, fact.last_day))


INDEXES: Final = (GROUPINGS,)
CHANGES: Final[ChangesByFact] = {GroupingReleased: _held, GroupingEnded: _held}
