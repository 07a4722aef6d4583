"""Open the log for whoever only reads it: the vault's keys, the mapper, the door.

It imports nothing of the write side's acceptance, so that a process that reads starts at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.notifications import Notifications
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.garbage import collect_rarely
from ehealth_ledger.values.identifiers import LedgerId

NOT_OPEN: Final = "the ledger is not open: run `ehealth-ledger db init OPENING`"


class NotReady(Exception):  # noqa: N818 - the name is the finding
    """Report what a deployment lacks and which command supplies it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Hold what reading the log needs: the vault's keys and the door."""

    ledger: LedgerId
    vault: Vault
    mapper: FactMapper
    notifications: Notifications


def ledger_id(url: str) -> LedgerId:
    """Return the deployment's id; raise NotReady before `db init`."""
    with connect(url, schema=LEDGER_SCHEMA) as connection:
        table = connection.execute("SELECT to_regclass('heads')").fetchone()
        if table is None or table[0] is None:
            raise NotReady("the ledger's tables are missing: run `ehealth-ledger db init OPENING`")
        row = connection.execute("SELECT ledger FROM heads WHERE log = %s", (RECORDS,)).fetchone()
    if row is None:
        raise NotReady(NOT_OPEN)
    return LedgerId(row[0])


@contextmanager
def open_reader(urls: Databases, master_key: bytes, *, founding: bool = False) -> Iterator[Reader]:
    """Open the log for reading; `founding` makes the ledger's own keys."""
    ledger = ledger_id(urls.ledger)
    with ExitStack() as open_things:
        vault = Vault(urls.vault, master_key, ledger, founding=founding)
        open_things.callback(vault.close)
        mapper = FactMapper(vault, ledger, RECORDS)
        notifications = Notifications(urls.ledger, mapper, vault)
        open_things.callback(notifications.close)
        yield Reader(ledger, vault, mapper, notifications)


@contextmanager
def opened_log(urls: Databases, master_key: bytes) -> Iterator[Notifications]:
    """Open the log for reading, in a process that does nothing else."""
    collect_rarely()
    with open_reader(urls, master_key) as reading:
        yield reading.notifications
