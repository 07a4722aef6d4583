"""Index what falls due: what `tick` will ask about, until it is settled.

Any noun whose fact sets a deadline puts a row here, and drops it when the matter is settled.
"""

from __future__ import annotations

from typing import Final

from ehealth_ledger.store.indexes.index import ChangesByFact, Index

DEADLINES: Final = Index("deadlines", ("kind", "id", "due_at"), key_columns=2, grows_only=False)

INDEXES: Final = (DEADLINES,)
CHANGES: Final[ChangesByFact] = {}
