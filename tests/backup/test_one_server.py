"""Where ledger and vault share a server a copy holds both: said plainly, and asked for plainly."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from tests.backup.conftest import run_in

SECRETS = ("master.key", "signing.key", "checkpoint.key")


@pytest.mark.parametrize("what", ["ledger", "vault", "all"])
def test_a_copy_that_would_undo_erasures_is_refused(one_server: Path, what: str) -> None:
    """Nobody keeps keys beside what they open without having said so."""
    refused = run_in(one_server / "live", "backup", one_server / "copy", "--what", what)
    assert refused.exit_code == 1
    assert "brings erased keys back" in refused.stderr
    assert "the read models lie there too, in plain text" in refused.stderr
    assert not (one_server / "copy").exists()


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
