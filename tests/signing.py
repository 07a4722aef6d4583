"""Let a log grow, be signed for, and be set back to a backup."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count, islice

import psycopg
from psycopg import sql
from pydantic import SecretStr

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.settings import with_database
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.embedded import drop_database
from ehealth_ledger.store.signer import Signer
from tests.conftest import name_of
from tests.world import World, serving


def signer_of(world: World) -> Signer:
    return bootstrap.signer(world.settings, world.author.ledger)


def sign(world: World) -> Checkpoint | None:
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = signer_of(world).sign(connection)
    if note is None:
        return None
    assert note.signed_by([signer_of(world).key])
    return Checkpoint.parse(note.text)


def published(world: World) -> list[Checkpoint]:
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        rows = connection.execute(
            "SELECT note FROM checkpoints WHERE log = 'records' ORDER BY size"
        ).fetchall()
    return [Checkpoint.parse(Note.parse(note).text) for (note,) in rows]


MONTHS = count(1)


async def grow(world: World, records: int = 1) -> None:
    """Set a cut-off for so many months that have none: a record each."""
    for month in islice(MONTHS, records):
        period = f"{2040 + month // 12}-{month % 12 + 1:02}"
        await world.cut_off(period, datetime.fromisoformat(f"{period}-28T00:00:00+00:00"))


def grown(world: World, records: int = 1) -> None:
    """Run the service, let something be recorded, and end it."""
    with serving(world):
        asyncio.run(grow(world, records))


@contextmanager
def copied(server: str, world: World) -> Iterator[World]:
    """Keep a backup of the ledger's database, and give the same deployment upon it."""
    name = f"restored_{secrets.token_hex(4)}"
    urls = world.urls._replace(ledger=with_database(world.urls.ledger, name))
    with psycopg.connect(server, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        names = sql.Identifier(name), sql.Identifier(name_of(world.urls.ledger))
        connection.execute(copy.format(*names))
    settings = world.settings.model_copy(update={"ledger_url": SecretStr(urls.ledger)})
    try:
        yield replace(world, urls=urls, settings=settings, service=None)
    finally:
        drop_database(server, name_of(urls.ledger))
