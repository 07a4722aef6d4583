"""Rewrite a ledger as an operator who holds every key could, as consistently as a test asks for."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import psycopg

from ehealth_ledger.chain.receipt import Placement, ReceiptBatch
from ehealth_ledger.chain.record import Record, genesis_value
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.index import Put
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId
from tests.audit.conftest import Audited

_RECORD = (
    "ledger, log, position, command_id, fact_index, fact_count, stream_id, stream_version, topic, "
    "recorded_at, key_id, body_digest, envelope_digest, previous"
)


class Forger:
    """Hold a superuser's connection and the vault's keys."""

    def __init__(self, audited: Audited, connection: psycopg.Connection) -> None:
        self._audited = audited
        self.connection = connection
        vault = Vault(audited.urls.vault, audited.master_key, LedgerId(audited.ledger))
        self._vault = vault
        self._mapper = FactMapper(vault, LedgerId(audited.ledger), "records")

    def close(self) -> None:
        self._vault.close()

    def body(self, position: int, change: Callable[[Any], Fact]) -> Fact:
        """Seal another fact in the place of one; the record is told its new digest."""
        stored, fact = self._stored(position)
        key = self._vault.key(stored.key_id)
        assert key is not None
        changed = change(fact)
        body = self._mapper.seal_body(
            key,
            stored.command_id,
            stored.fact_index,
            stored.stream_id,
            stored.stream_version,
            changed,
        )
        self.connection.execute("UPDATE bodies SET blob = %s WHERE position = %s", (body, position))
        self.record(position, body_digest=sha256(body).digest())
        return changed

    def moved_body(self, position: int, source: int) -> None:
        """Put the sealed body of another record in the place of one, under its digest."""
        row = self.connection.execute(
            "UPDATE bodies SET blob = (SELECT blob FROM bodies WHERE position = %s) "
            "WHERE position = %s RETURNING blob",
            (source, position),
        ).fetchone()
        assert row is not None
        self.record(position, body_digest=sha256(row[0]).digest())

    def moved_envelope(self, position: int, source: int) -> None:
        """Put the sealed envelope of another command in the place of one, under its digest."""
        row = self.connection.execute(
            "UPDATE envelopes SET blob = (SELECT blob FROM envelopes WHERE position = %s) "
            "WHERE position = %s RETURNING command_id, blob",
            (source, position),
        ).fetchone()
        assert row is not None
        self.connection.execute(
            "UPDATE records SET envelope_digest = %s WHERE command_id = %s",
            (sha256(row[1]).digest(), row[0]),
        )

    def fact(self, position: int) -> Any:
        """Read what stands at a position."""
        return self._stored(position)[1]

    def envelope(self, position: int, change: Callable[[Envelope], Envelope]) -> None:
        """Seal another envelope in the place of one, under its real key."""
        row = self.connection.execute(
            "SELECT key_id, command_id, blob FROM envelopes WHERE position = %s", (position,)
        ).fetchone()
        assert row is not None
        key = self._vault.key(row[0])
        assert key is not None
        opened = Envelope.from_bytes(self._mapper.open_envelope(key, row[1], row[2], position))
        blob = self._mapper.seal_envelope(key, row[1], change(opened).to_bytes())
        self.connection.execute(
            "UPDATE envelopes SET blob = %s WHERE position = %s", (blob, position)
        )
        self.connection.execute(
            "UPDATE records SET envelope_digest = %s WHERE command_id = %s",
            (sha256(blob).digest(), row[1]),
        )

    def record(self, position: int, **columns: Any) -> None:
        """Change columns of a record."""
        settings = ", ".join(f"{name} = %({name})s" for name in columns)
        self.connection.execute(
            f"UPDATE records SET {settings} WHERE position = %(position_)s".encode(),
            {**columns, "position_": position},
        )

    def rechain(self) -> None:
        """Hash every record again, link them, move the head: a log as smooth as a true one."""
        value = genesis_value(self._audited.ledger, "records")
        last: tuple[Any, ...] = ()
        for row in self.connection.execute(
            f"SELECT {_RECORD} FROM records WHERE log = 'records' ORDER BY position"
        ).fetchall():
            record = Record(*row)._replace(previous=value)
            value = record.chain_value()
            self.record(record.position, previous=record.previous, chain_value=value)
            last = (record.position, value, record.recorded_at)
        self.connection.execute(
            "UPDATE heads SET position=%s, chain_value=%s, recorded_at=%s", last
        )
        self.plant()

    def plant(self) -> None:
        """Cut the tree of the records anew."""
        plant(self.connection)

    def sign_receipts(self) -> None:
        """Promise everybody anew, under the ledger's real key."""
        self.connection.execute("DELETE FROM receipts")
        for row in self.connection.execute(
            "SELECT command_id, min(position), max(position), "
            "(array_agg(chain_value ORDER BY position DESC))[1], max(recorded_at) "
            "FROM records GROUP BY command_id"
        ).fetchall():
            batch = ReceiptBatch([Placement(self._audited.ledger, "records", *row)])
            signature = self._audited.signing_key.sign(batch.signed_bytes())
            self.connection.execute(
                "INSERT INTO receipts VALUES ('records', %s, %s, 1, %s)",
                (row[1], row[2], signature),
            )

    def index(self, position: int, before: Fact, after: Fact) -> None:
        """Replace the index rows of one fact by another's."""
        for change in changes(before, position):
            assert isinstance(change, Put)
            index = change.index
            statement = f"DELETE FROM {index.name} WHERE {index.columns[0]} = %s"
            self.connection.execute(statement.encode(), change.row[:1])
        for change in changes(after, position):
            assert isinstance(change, Put)
            index = change.index
            marks = ", ".join(["%s"] * len(change.row))
            statement = f"INSERT INTO {index.name} ({', '.join(index.columns)}) VALUES ({marks})"
            self.connection.execute(statement.encode(), change.row)

    def _stored(self, position: int) -> tuple[StoredFact, Fact]:
        row = self.connection.execute(
            "SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, "
            "r.topic, r.key_id, b.blob FROM records r JOIN bodies b USING (log, position) "
            "WHERE position = %s",
            (position,),
        ).fetchone()
        assert row is not None
        stored = StoredFact(*row)
        (recorded,) = self._mapper.open_facts([stored])
        assert recorded.fact is not None
        return stored, recorded.fact


def plant(connection: psycopg.Connection) -> None:
    """Cut the tree of the records up to the head anew, as whoever may change tables can."""
    connection.execute("DELETE FROM tiles")
    connection.execute("SELECT cut_tiles(log, 0, position) FROM heads")
    connection.execute("UPDATE heads SET edge = edge_of(log, position)")


def doubled(charge: Any) -> Any:
    """Charge for two where one was given; the postings balance."""
    amount = charge.amount * 2
    postings = tuple(
        each.model_copy(update={"amount": each.amount * 2}) for each in charge.postings
    )
    return charge.model_copy(update={"quantity": 2, "amount": amount, "postings": postings})


def with_other_content(envelope: Envelope) -> Envelope:
    """Say something else under the same signature."""
    return envelope._replace(content=envelope.content.replace(b"I10", b"I11"))
