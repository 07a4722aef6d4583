"""Found one ledger a session, and copy its databases and files for each test that wants one."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.entrypoints.demo.founding import Founding, found
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import drop_database, ensure_database


@dataclass(frozen=True)
class Template:
    """Hold what a founding left: databases nobody is connected to, and files."""

    server: str
    urls: Databases
    folder: Path
    founding: Founding

    def copied(self, folder: Path, urls: Databases) -> Founding:
        """Put a copy in the place of three empty databases and of a folder, empty or absent."""
        folder.mkdir(exist_ok=True)
        mode = folder.stat().st_mode
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        folder.chmod(mode)  # copied too; an embedded server in this folder has to pass through it
        with psycopg.connect(self.server, autocommit=True) as connection:
            for url, template in list(zip(urls, self.urls, strict=True))[:2]:
                name = sql.Identifier(database_of(url))
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
                copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
                connection.execute(copy.format(name, sql.Identifier(database_of(template))))
        authority = replace(self.founding.authority, revoked=dict(self.founding.authority.revoked))
        return replace(self.founding, authority=authority)

    def drop(self, server: str) -> None:
        """Take the files away, and the databases too where they lie on this server.

        Those on a server of a test's own went with it.
        """
        if _address(self.server) == _address(server):
            for url in self.urls:
                drop_database(self.server, database_of(url))
        shutil.rmtree(self.folder)


_TEMPLATES: dict[str, Template] = {}  # by server: a session may use an embedded one and another


def founded_once(urls: Databases) -> Template:
    """Return the template on the server of these databases; found it where there is none."""
    server = _admin(urls.ledger)
    known = _TEMPLATES.get(server)
    if known is None:
        known = _TEMPLATES[server] = _founded(server)
    return known


def drop_templates(server: str) -> None:
    """Take away what this session founded; `server` is the one it was given."""
    while _TEMPLATES:
        _TEMPLATES.popitem()[1].drop(server)


def database_of(url: str) -> str:
    """Return the name of the database a URL leads to."""
    return str(conninfo_to_dict(url)["dbname"])


def _founded(server: str) -> Template:
    urls = Databases.on(server, f"founded_{secrets.token_hex(4)}")
    for url in urls:
        ensure_database(server, database_of(url))
    folder = Path(tempfile.mkdtemp(prefix="ehealth-founded-"))
    settings = Settings(
        data_dir=folder, ledger_url=urls.ledger, vault_url=urls.vault, read_url=urls.read
    )
    return Template(server, urls, folder, found(settings, urls))


def _address(url: str) -> tuple[str, str]:
    parts = conninfo_to_dict(url)
    return str(parts.get("host")), str(parts.get("port"))


def _admin(url: str) -> str:
    return url.replace(f"/{database_of(url)}", "/postgres", 1)
