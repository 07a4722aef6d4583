"""Tell each institution what became of its own commands and things, position by position.

An entry says that something happened to a thing, and where in the log; what happened in full is
asked of the thing itself, by whoever may see it. Nothing clinical stands here.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from projections.read_models.database import Snapshot
from projections.read_models.model import Key, Model, Table
from projections.read_models.paging import Page

ENTRIES: Final = Table(
    "feed",
    key="entry",
    copied={"legal_entity": "/legal_entity", "position": "/position", "about": "/about/id"},
    about="about",
)
THREADS: Final = Table("feed_thread", key="stream", copied={})
MODEL: Final = Model("feed", version=2, tables=(ENTRIES, THREADS))

_ENTRIES_NAMESPACE: Final = UUID("6f0c2a6e-5b0c-4f5e-9a53-0f5d8c1b7e21")


def entry_key(legal_entity: UUID, position: int) -> Key:
    """Name the entry of an institution for a record."""
    return Key(ENTRIES.name, uuid5(_ENTRIES_NAMESPACE, f"{legal_entity} {position}"))


def entries(snapshot: Snapshot, legal_entity: UUID, *, after: int, limit: int) -> Page:
    """List an institution's entries after a position; a position read once never changes."""
    found = snapshot.rows(
        "SELECT position, document FROM feed "
        "WHERE legal_entity = %s AND position > %s ORDER BY position LIMIT %s",
        (legal_entity, after, limit + 1),
    )
    return Page(found[:limit], more=len(found) > limit)
