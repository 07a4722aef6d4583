"""Look up what was signed when an encounter was recorded: its cancellation signs it again."""

from __future__ import annotations

from uuid import UUID

import psycopg

from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.lookups.lookup import rows_by
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import EncounterId
from ehealth_ledger.values.json import Json


class Originals:
    """Serve `aggregates.lookups.OriginalLookup`; an unannounced encounter raises KeyError.

    An encounter of this very batch has no stored envelope yet and is not found.
    """

    def __init__(
        self,
        cursor: psycopg.Cursor,
        wanted: set[EncounterId],
        mapper: FactMapper,
        vault: Vault,
    ) -> None:
        self._resources: dict[UUID, list[Json] | None] = dict.fromkeys(wanted)
        rows = rows_by(
            cursor,
            "SELECT r.stream_id, r.command_id, e.position, e.key_id, e.blob FROM records r "
            "JOIN envelopes e ON e.log = r.log AND e.position = r.position - r.fact_index "
            "WHERE r.stream_id = ANY(%s) AND r.stream_version = 1",
            wanted,
        )
        keys = vault.keys({row[3] for row in rows})
        for encounter, command_id, position, key_id, blob in rows:
            key = keys.get(key_id)
            if key is None:
                continue  # what was signed went with the patient's key
            plaintext = mapper.open_envelope(key, command_id, blob, position)
            content = read_object(Envelope.from_bytes(plaintext).content)
            self._resources[encounter] = content.get("resources")

    def of(self, encounter: EncounterId) -> list[Json] | None:
        """Return the package's resources, decimals exact."""
        return self._resources[encounter]
