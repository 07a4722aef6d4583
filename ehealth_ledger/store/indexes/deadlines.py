"""Index what falls due: what `tick` will ask about, until it is settled.

Any noun whose fact sets a deadline puts a row here, `(kind, id, due_at)` with the moment in
microseconds UTC, and drops it when the matter is settled. `changes` adds the position of that fact:
it is the reason that the system will give.
"""

from __future__ import annotations

from typing import Final

from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Index, Put

DEADLINES: Final = Index(
    "deadlines", ("kind", "id", "due_at", "position"), key_columns=2, grows_only=False
)

INDEXES: Final = (DEADLINES,)
CHANGES: Final[ChangesByFact] = {}


def with_reason(change: Change, position: int) -> Change:
    """Add to a deadline the position of the fact that sets it; leave every other change alone."""
    if isinstance(change, Put) and change.index is DEADLINES:
        return Put(DEADLINES, (*change.row[:3], position))
    return change
