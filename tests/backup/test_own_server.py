"""Back up servers that an operator made by hand: plain clusters, his roles, three URLs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import psycopg
import pytest

from ehealth_ledger.entrypoints import backup as taking
from ehealth_ledger.entrypoints.demo.founding import found
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.backup.take import take
from ehealth_ledger.store.embedded.account import account_for
from ehealth_ledger.store.embedded.binaries import folders
from ehealth_ledger.store.servers import server_of
from tests.backup.conftest import run_in
from tests.conftest import MEMORY_DISK

PASSWORD = "пароль p@ss/w%rd 'x'"
LOCALE = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
# What docs/OPERATING.md tells an operator to run, and the right to copy a server.
ROLES = """
    CREATE ROLE ledger_owner NOLOGIN; CREATE ROLE ledger_writer NOLOGIN;
    CREATE ROLE ledger_signer NOLOGIN; CREATE ROLE ledger_reader NOLOGIN;
    CREATE ROLE vault_writer NOLOGIN;
    CREATE ROLE ehealth_app LOGIN CREATEDB CREATEROLE REPLICATION PASSWORD '{password}';
    GRANT ledger_owner, ledger_writer, ledger_signer, ledger_reader, vault_writer TO ehealth_app;
"""
HBA = """
    local all postgres trust
    local all all scram-sha-256
    host all all 127.0.0.1/32 scram-sha-256
    host replication ehealth_app 127.0.0.1/32 scram-sha-256
"""


@dataclass
class Cluster:
    """Hold a server started by hand, as an operator does."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str, host: str = "127.0.0.1") -> str:
        place = f"{host}:{self.port}" if "/" not in host else ""
        query = f"?host={quote(host, safe='')}&port={self.port}" if "/" in host else ""
        return f"postgresql://ehealth_app:{quote(PASSWORD, safe='')}@{place}/{database}{query}"

    def as_superuser(self, *statements: str, database: str = "postgres") -> None:
        where = f"host={self.folder} port={self.port} user=postgres dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    memory = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="ehealth-own-", dir=memory))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def _started(servers: ExitStack, folder: Path, *databases: str) -> Cluster:
    """Run initdb and pg_ctl by hand, and do what the operating manual says."""
    account = account_for(folder)
    cluster = Cluster(folder, _free_port())
    folder.mkdir()
    os.chown(folder, account.uid, account.gid)
    programs = folders()[0]

    def run(name: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / name), *arguments],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            **account.as_arguments(),
        )

    run("initdb", "-D", str(cluster.data), "-U", "postgres", "--auth=trust", "-E", "UTF8")
    (cluster.data / "pg_hba.conf").write_text(HBA)
    options = f"-p {cluster.port} -k {folder} -c listen_addresses=127.0.0.1"
    run("pg_ctl", "-D", str(cluster.data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    servers.callback(run, "pg_ctl", "-D", str(cluster.data), "-m", "immediate", "stop")
    cluster.as_superuser(
        ROLES.format(password=PASSWORD.replace("'", "''")),
        *(f"CREATE DATABASE {each} OWNER ehealth_app {LOCALE}" for each in databases),
    )
    return cluster


@dataclass
class Own:
    """Hold a deployment on servers of the operator's own: the ledger's, and one of the others."""

    ledger: Cluster
    vault: Cluster
    urls: Databases
    home: Path

    def run(self, *arguments: str | Path, **urls: str) -> Any:
        """Run a command with the three URLs, or others in the place of some."""
        named = {**self.urls._asdict(), **urls}
        given = {f"EHEALTH_{name.upper()}_URL": url for name, url in named.items()}
        return run_in(self.home, *arguments, **given)


@pytest.fixture(scope="module")
def own(ground: Path) -> Iterator[Own]:
    """Found a ledger on two servers that nobody of ours started."""
    with ExitStack() as servers:
        ledger = _started(servers, ground / "ledger", "care")
        vault = _started(servers, ground / "vault", "keys", "shown")
        urls = Databases(ledger.url("care"), vault.url("keys"), vault.url("shown"))
        home = ground / "home"
        home.mkdir()
        settings = Settings(
            data_dir=home, ledger_url=urls.ledger, vault_url=urls.vault, read_url=urls.read
        )
        found(settings, urls)
        yield Own(ledger, vault, urls, home)


@pytest.fixture
def place(ground: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="backup-", dir=ground))
    folder.chmod(0o711)
    yield folder / "here"
    shutil.rmtree(folder)


def test_a_server_of_the_operators_own_is_backed_up_restored_and_drilled(
    own: Own, place: Path
) -> None:
    """URLs with a user who is no superuser and a password full of signs are enough."""
    taken = own.run("backup", place, "--what", "all", "--one-server", "--json")
    assert taken.exit_code == 0, taken.output
    parts = {each["part"]: each for each in orjson.loads(taken.stdout)}
    assert {name: set(part["databases"].values()) for name, part in parts.items()} == {
        "ledger": {"care"},
        "vault": {"keys", "shown"},
    }
    assert sorted(each.name for each in place.iterdir()) == ["ledger", "vault"]
    drilled = own.run("drill", place, "--scratch", place.parent)
    assert drilled.exit_code == 0, drilled.output
    into = place.parent / "restored"
    restored = own.run("restore", place, "--into", into, "--json")
    assert restored.exit_code == 0, restored.output
    outcomes = {each["check"]: each["outcome"] for each in orjson.loads(restored.stdout)["checks"]}
    assert {"files (ledger)", "files (vault)", "head", "tree", "keys"} <= {
        name for name, outcome in outcomes.items() if outcome == "proved"
    }
    verified = own.run("verify", "--json")
    assert verified.exit_code == 0, verified.output


def test_the_ledgers_server_is_drilled_with_the_running_vault(own: Own, place: Path) -> None:
    """A copy of the ledger alone is proved beside the vault that runs."""
    taken = own.run("backup", place)
    assert taken.exit_code == 0, taken.output
    drilled = own.run("drill", place, "--scratch", place.parent)
    assert drilled.exit_code == 0, drilled.output


@pytest.fixture(params=["told", "hidden", "hidden from one"])
def numbered(request: pytest.FixtureRequest, own: Own) -> Iterator[str]:
    """Let a server tell the number it was made with, in both databases, in none, or in one."""
    word = "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC"
    hidden = {"told": (), "hidden": ("keys", "shown"), "hidden from one": ("shown",)}
    for database in hidden[request.param]:
        own.vault.as_superuser(word, database=database)
    yield request.param
    word = "GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC"
    for database in hidden[request.param]:
        own.vault.as_superuser(word, database=database)


@pytest.mark.parametrize("way", ["localhost", "socket"])
def test_two_addresses_do_not_make_two_servers(
    own: Own, place: Path, way: str, numbered: str
) -> None:
    """Whatever the URLs look like: read models beside keys are not copied unasked."""
    shown = own.vault.url("shown", "localhost" if way == "localhost" else str(own.vault.folder))
    with (
        psycopg.connect(own.urls.vault) as keys,
        psycopg.connect(shown) as read,
        psycopg.connect(own.urls.ledger) as ledger,
    ):
        assert server_of(keys).is_one_with(server_of(read))
        assert not server_of(keys).is_one_with(server_of(ledger))
        assert (server_of(read).system is None) is (numbered != "told")
    refused = own.run("backup", place, "--what", "vault", read=shown)
    assert refused.exit_code == 1, refused.output
    assert "read models lie there too" in refused.stderr
    assert not place.exists()
    status = own.run("db", "status", read=shown)
    assert "not backup-safe: vault, read share one server" in status.stdout


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_half_a_backup_is_not_left_behind(own: Own, place: Path, there: bool) -> None:
    """Where the vault cannot be copied nothing stays that looks like a backup of the ledger."""
    if there:
        place.mkdir()
    own.vault.as_superuser("ALTER ROLE ehealth_app NOREPLICATION")
    try:
        failed = own.run("backup", place, "--what", "all", "--one-server")
    finally:
        own.vault.as_superuser("ALTER ROLE ehealth_app REPLICATION")
    assert failed.exit_code == 2, failed.output
    assert "copying vault" in failed.stderr
    assert list(place.glob("*")) == []
    assert place.exists() is there
    assert own.run("backup", place, "--what", "all", "--one-server").exit_code == 0


def test_a_backup_that_was_killed_is_not_restored(own: Own, place: Path) -> None:
    """A first copy whole, a second that never came: the mark says that it is no backup."""
    seen: list[set[str]] = []

    def killed(url: str, folder: Path, *_: Any, **__: Any) -> Any:
        if folder.name == "vault":
            seen.append({each.name for each in place.iterdir()})
            shutil.copytree(place, place.with_name("left"))  # as the disk is at that moment
        return take(url, folder, *_, **__)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(taking, "take", killed)
        assert own.run("backup", place, "--what", "all", "--one-server").exit_code == 0
    assert seen == [{"ledger", "unfinished"}]
    for command in (("restore", "--into", place.with_name("into")), ("drill",)):
        refused = own.run(command[0], place.with_name("left"), *command[1:])
        assert refused.exit_code == 2, refused.output
        assert "is an unfinished backup" in refused.stderr
