"""Look up ids: which of a batch's new ones are taken."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.store.arrays import uuid_array
from ehealth_ledger.store.binary_copy import BinaryCopy, copy_statement
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.indexes.ids import IDS

_ROW: Final = Struct(">i16s iq")


class Ids:
    """Serve `aggregates.lookups.IdLookup`; an unannounced id raises KeyError."""

    def __init__(self, cursor: psycopg.Cursor, wanted: set[UUID]) -> None:
        self._new: list[tuple[UUID, int]] = []
        self._taken = dict.fromkeys(wanted, False)
        if wanted:
            taken = cursor.execute(
                "SELECT id FROM ids WHERE id = ANY(%s::uuid[])", (uuid_array(wanted),), prepare=True
            )
            self._taken.update((each, True) for (each,) in taken)

    def is_taken(self, wanted: UUID) -> bool:
        """Tell whether any resource of the ledger has this id."""
        return self._taken[wanted]

    def bring(self, new_ids: Iterable[UUID], position: int) -> None:
        """Take in the ids an accepted command brings at its first position."""
        for each in new_ids:
            self._taken[each] = True
            self._new.append((each, position))

    def send(self, conveyor: Conveyor) -> None:
        """Send the rows collected since the last time."""
        if self._new:
            rows = BinaryCopy(2)
            for each, position in self._new:
                rows.add(_ROW.pack(16, each.bytes, 8, position))
            conveyor.copy(copy_statement(IDS.name, ", ".join(IDS.columns)), rows.rows())
            self._new = []
