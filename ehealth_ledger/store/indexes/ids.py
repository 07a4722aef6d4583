"""Index ids: every one that a command brought, so that none comes twice (rule 24)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.store.indexes.index import ChangesByFact, Index

IDS: Final = Index("ids", ("id", "position"))

INDEXES: Final = (IDS,)
CHANGES: Final[ChangesByFact] = {}  # ids come from commands, not from facts
