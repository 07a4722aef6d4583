"""Give tests a real PostgreSQL: one server for the session, three fresh databases for each test."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import EmbeddedServer, drop_database, ensure_database
from tests.founded import drop_templates

MEMORY_DISK: Final = Path("/dev/shm")
MEMORY_DISK_BYTES_MIN: Final = 2 * 2**30


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """Make a folder for a server; `tmp_path` is closed to the account that serves root."""
    with _folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the admin URL of one server for the whole session.

    It is that of EHEALTH_DATABASE_URL, or else an embedded one.
    """
    given = Settings().admin_url
    if given is not None:
        yield given
        drop_templates(given)
        return
    with (
        _folder() as folder,
        EmbeddedServer(folder, overrides={"max_wal_size": "512MB"}).running() as embedded,
    ):
        yield embedded.url()
        drop_templates(embedded.url())


@pytest.fixture(scope="session")
def templates(server: str) -> Iterator[Databases]:
    """Make the three databases that each test's are copied from.

    Whoever fills them closes his connections: nobody else may be in a database that is copied.
    """
    templates = Databases.on(server, f"template_{secrets.token_hex(4)}")
    for url in templates:
        ensure_database(server, name_of(url))
    yield templates
    for url in templates:
        drop_database(server, name_of(url))


@pytest.fixture
def database(server: str, templates: Databases) -> Iterator[Databases]:
    """Give (ledger_url, vault_url, read_url) of three fresh databases, dropped after the test."""
    fresh = Databases.on(server, f"test_{secrets.token_hex(4)}")
    with psycopg.connect(server, autocommit=True) as connection:
        for url, template in zip(fresh, templates, strict=True):
            # Copied as files, not through the log: half the time, most of it saved when dropping.
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(
                copy.format(sql.Identifier(name_of(url)), sql.Identifier(name_of(template)))
            )
    yield fresh
    for url in fresh:
        drop_database(server, name_of(url))


def name_of(url: str) -> str:
    """Return the name of the database a URL leads to."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@contextmanager
def _folder() -> Iterator[Path]:
    # Hundreds of databases made and dropped on disk slow the file system down, ext4 tenfold.
    roomy = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free >= MEMORY_DISK_BYTES_MIN
    folder = Path(tempfile.mkdtemp(prefix="ehealth-test-", dir=MEMORY_DISK if roomy else None))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
