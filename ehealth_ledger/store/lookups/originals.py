"""Look up what was signed when an encounter was recorded.

Its cancellation signs it again; a case that was withheld is grouped from it at last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.lookups.lookup import rows_by
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import EncounterId
from ehealth_ledger.values.json import Json

# The envelope stands beside a command's first record, which is the encounter's.
_BY_ENCOUNTER = """
    SELECT r.stream_id, r.command_id, e.position, e.key_id, e.blob FROM records r
    JOIN envelopes e ON e.log = r.log AND e.position = r.position - r.fact_index
    WHERE r.stream_id = ANY(%s) AND r.stream_version = 1
"""
_BY_POSITION = """
    SELECT e.position, e.command_id, e.position, e.key_id, e.blob FROM envelopes e
    WHERE e.log = 'records' AND e.position = ANY(%s)
"""


class Originals:
    """Serve `aggregates.lookups.OriginalLookup`; what was not announced raises KeyError.

    An encounter of this very batch has no stored envelope yet and is not found.
    """

    def __init__(
        self,
        cursor: psycopg.Cursor,
        encounters: set[EncounterId],
        acts: set[int],
        mapper: FactMapper,
        vault: Vault,
    ) -> None:
        self._mapper = mapper
        self._vault = vault
        self._by_encounter: dict[UUID, list[Json] | None] = dict.fromkeys(encounters)
        self._by_position: dict[int, list[Json] | None] = dict.fromkeys(acts)
        self._by_encounter.update(self._opened(rows_by(cursor, _BY_ENCOUNTER, encounters)))
        self._by_position.update(self._opened(rows_by(cursor, _BY_POSITION, acts)))

    def of(self, encounter: EncounterId) -> list[Json] | None:
        """Return the package's resources, decimals exact."""
        return self._by_encounter[encounter]

    def of_act(self, position: int) -> list[Json] | None:
        """Return the resources of the package that stands at a position."""
        return self._by_position[position]

    def _opened(self, rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, list[Json] | None]]:
        """Give what each envelope holds, by what it was asked for."""
        keys = self._vault.keys({row[3] for row in rows})
        for asked, command_id, position, key_id, blob in rows:
            key = keys.get(key_id)
            if key is None:
                continue  # what was signed went with the patient's key
            plaintext = self._mapper.open_envelope(key, command_id, blob, position)
            content = read_object(Envelope.from_bytes(plaintext).content)
            yield asked, content.get("resources")
