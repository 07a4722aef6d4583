"""Where ledger and vault share a server a copy holds both: said plainly, and asked for plainly."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import orjson
import psycopg
import pytest

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.founding import Founding
from ehealth_ledger.settings import Settings
from tests.backup.conftest import run_in
from tests.world import World, serving

SECRETS = ("master.key", "signing.key", "checkpoint.key")


@pytest.mark.usefixtures("founding")
@pytest.mark.parametrize("what", ["ledger", "vault", "all"])
def test_a_copy_that_would_undo_erasures_is_refused(one_server: Path, what: str) -> None:
    """Nobody keeps keys beside what they open without having said so."""
    refused = run_in(one_server / "live", "backup", one_server / "copy", "--what", what)
    assert refused.exit_code == 1
    assert "brings erased keys back" in refused.stderr
    assert "the read models lie there too, in plain text" in refused.stderr
    assert not (one_server / "copy").exists()


@pytest.mark.usefixtures("founding")
def test_a_machine_lost_is_served_again_from_its_backup(one_server: Path) -> None:
    """Backup, secrets and an empty folder make the same ledger; no secret lies in the backup."""
    live, copy, new = (one_server / name for name in ("live", "copy", "new"))
    before = orjson.loads(run_in(live, "verify", "--json").stdout)
    taken = run_in(live, "backup", copy, "--one-server")
    assert taken.exit_code == 0, taken.output
    assert "it brings erased keys back" in taken.stdout
    assert f"up to position {before['position']}" in taken.stdout
    secrets = [(live / name).read_bytes() for name in SECRETS]
    for file in copy.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(each in content for each in secrets), file
    drilled = run_in(live, "drill", copy)
    assert drilled.exit_code == 0, drilled.output
    missing = run_in(new, "restore", copy, "--into", new)
    assert missing.exit_code == 2
    assert not (new / "postgresql").exists(), "without the master key nothing is proved"
    restored = run_in(live, "restore", copy, "--into", new)
    assert restored.exit_code == 0, restored.output
    shutil.rmtree(live / "postgresql")
    for name in SECRETS:
        shutil.copy(live / name, new)
    after = orjson.loads(run_in(new, "verify", "--json").stdout)
    assert after == before
    assert after["intact"]


def test_an_archive_brings_back_what_came_after_the_backup(
    one_server: Path, founding: Founding
) -> None:
    """With the write-ahead log kept elsewhere a lost disk costs what was not archived yet."""
    live, copy, wal, new = (one_server / name for name in ("live", "copy", "wal", "new"))
    taken = run_in(live, "backup", copy, "--one-server", EHEALTH_WAL_ARCHIVE_DIR=str(wal))
    assert taken.exit_code == 0, taken.output
    settings = Settings(data_dir=live, wal_archive_dir=wal)
    with bootstrap.databases(settings) as urls:
        author, payer = founding.author(), founding.payer
        with serving(World(live, urls, founding.authority, settings, author, payer)) as world:
            receipt = asyncio.run(world.institution("30000099", "PRIMARY_CARE", "2000000099"))
            assert receipt
        with psycopg.connect(urls.ledger, autocommit=True) as connection:
            head = connection.execute("SELECT position, chain_value FROM ledger.heads").fetchone()
            connection.execute("SELECT pg_switch_wal()")
    assert head is not None
    shutil.rmtree(live / "postgresql")
    without = run_in(live, "restore", copy, "--into", one_server / "without", "--json")
    assert without.exit_code == 0, without.output
    assert f"position {head[0]}" not in without.stdout
    drilled = run_in(live, "drill", copy, "--wal", wal)
    assert drilled.exit_code == 0, drilled.output
    restored = run_in(live, "restore", copy, "--wal", wal, "--into", new, "--json")
    assert restored.exit_code == 0, restored.output
    came = head[0] - founding.seed["position"]
    assert came > 1
    assert f"position {head[0]}, chain value {head[1].hex()}; {came} records" in restored.stdout
    for name in SECRETS:
        shutil.copy(live / name, new)
    report = orjson.loads(run_in(new, "verify", "--json").stdout)
    assert (report["intact"], report["position"]) == (True, head[0])
