"""Look at a deployment from outside: databases, migrations, head, keys, and who shares a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.backup.life import Copy, copies_below
from ehealth_ledger.store.batch import Head, LogMissing, read_head
from ehealth_ledger.store.connections import LEDGER_SCHEMA, VAULT_SCHEMA, RoleLacking, connect
from ehealth_ledger.store.migrate import ledger_migrations, pending, vault_migrations
from ehealth_ledger.store.secrets import SecretUnusable, SigningKey, read_secret
from ehealth_ledger.store.servers import Server, server_of
from ehealth_ledger.values.time import from_microseconds

_UPGRADE: Final = "run `ehealth-ledger db init OPENING` again: it brings the tables up to date"
SERVING_ROLES: Final = ("ledger_writer", "ledger_reader")


@dataclass(frozen=True, slots=True)
class Database:
    """Say how one database stands, and on which server; on which address where it is away."""

    name: str
    reachable: bool
    server: Server
    pending: list[str]
    begun: bool = False  # whether some migration was applied: what is pending is an upgrade


@dataclass(frozen=True, slots=True)
class Erasures:
    """Count the patients who are erased, and those whose key or blobs are still there."""

    done: int
    pending: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Say how the whole stands; `advice` is what to do first, None where nothing is."""

    databases: list[Database]
    head: Head | None
    signing_key: str
    shared: list[str]
    erasures: Erasures | None  # None where nobody can tell
    backups: list[Copy] | None  # None where no setting says where they lie
    advice: str | None

    @property
    def outlived(self) -> list[Copy]:
        """Return the backups that may still bring erased keys back, or of which nobody can tell."""
        return [each for each in self.backups or () if not each.is_well]


def look(settings: Settings, urls: Databases) -> Standing:
    """Look at everything; a database out of reach is part of the answer."""
    databases = [
        _database("ledger", urls.ledger, LEDGER_SCHEMA),
        _database("vault", urls.vault, VAULT_SCHEMA),
        _database("read", urls.read, None),
    ]
    head = _head(urls.ledger) if databases[0].reachable and not databases[0].pending else None
    shared = [
        each.name
        for each in databases
        if sum(1 for other in databases if other.server.is_one_with(each.server)) > 1
    ]
    key, is_key_there = _signing_key(settings)
    erasures = None
    if head is not None and head.position and not databases[1].pending and databases[1].reachable:
        erasures = _erasures(settings, urls)
    advice = _advice(databases, head, is_key_there) or _of_erasures(erasures)
    if advice is None:
        advice = _of_roles(settings, urls.ledger)
    return Standing(databases, head, key, shared, erasures, _backups(settings), advice)


def _backups(settings: Settings) -> list[Copy] | None:
    if settings.backup_dir is None:
        return None
    now = from_microseconds(bootstrap.clock())
    return copies_below(settings.backup_dir, settings.vault_backup_days, now)


def _erasures(settings: Settings, urls: Databases) -> Erasures | None:
    """Compare what was ordered destroyed with what is there."""
    try:
        with bootstrap.erasing(settings, urls) as eraser:
            found = eraser.look()
    except (SecretUnusable, LedgerCorrupt):
        return None
    return Erasures(len(found.erased - found.pending), len(found.pending))


def _of_erasures(erasures: Erasures | None) -> str | None:
    if erasures is None or not erasures.pending:
        return None
    return "run `ehealth-ledger db erase --pending`: what was ordered destroyed is still there"


def _of_roles(settings: Settings, url: str) -> str | None:
    """Say which role this user is to be given yet: a later program may know more of them."""
    needs_signer = bool(settings.checkpoint_seconds or settings.witness_policy_file)
    for role in (*SERVING_ROLES, *(("ledger_signer",) if needs_signer else ())):
        try:
            connect(url, schema=LEDGER_SCHEMA, role=role, name="status").close()
        except RoleLacking as fault:
            return str(fault)
    return None


def _database(name: str, url: str, schema: str | None) -> Database:
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            server = server_of(connection)
    except psycopg.OperationalError:
        named = conninfo_to_dict(url)
        return Database(name, False, Server(f"{named.get('host')}:{named.get('port')}", None), [])
    if schema is None:
        return Database(name, True, server, [])
    wanted = ledger_migrations() if schema == LEDGER_SCHEMA else vault_migrations()
    left = pending(url, schema, wanted)
    return Database(name, True, server, left, len(left) < len(wanted))


def _head(url: str) -> Head | None:
    with connect(url, schema=LEDGER_SCHEMA, name="status") as connection:
        try:
            return read_head(connection.cursor(), RECORDS)
        except LogMissing:
            return None


def _signing_key(settings: Settings) -> tuple[str, bool]:
    try:
        return SigningKey(read_secret(settings.signing_key_file)).public_hex, True
    except SecretUnusable as fault:
        return str(fault), False


def _advice(databases: list[Database], head: Head | None, is_key_there: bool) -> str | None:
    if not all(each.reachable for each in databases):
        return "bring the databases up, or run `ehealth-ledger db init OPENING` where they are new"
    if is_key_there and any(each.pending and each.begun for each in databases):
        return _UPGRADE
    if not is_key_there or head is None or head.position == 0:
        return (
            "run `ehealth-ledger db keys`, sign its output, then `ehealth-ledger db init OPENING`"
        )
    return _UPGRADE if any(each.pending for each in databases) else None
