"""A copy of the vault brings erased keys back: it is named when its days are over, and removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.backup.conftest import Site

DAYS = 7  # the default of EHEALTH_VAULT_BACKUP_DAYS


@pytest.fixture(scope="module")
def taken(site: Site) -> Path:
    """Take the backup that tests copy and let grow old: a ledger's part and a vault's."""
    return site.backed_up("for life", "--what", "all")


@pytest.fixture
def shelf(site: Site, taken: Path) -> Iterator[Path]:
    """Name a folder where two nights' backups lie, the older older than it may be."""
    folder = site.folder / "shelf"
    put(taken, folder / "older", age=timedelta(days=DAYS, minutes=1))
    put(taken, folder / "newer", age=timedelta(days=DAYS, minutes=-5))
    yield folder
    shutil.rmtree(folder)


def put(taken: Path, folder: Path, *, age: timedelta) -> None:
    """Put manifests of a backup into a folder, as old as is said, with a file of the data."""
    for part in ("ledger", "vault"):
        data = folder / part / "data"
        data.mkdir(parents=True)
        shutil.copy(taken / part / "data" / "PG_VERSION", data)
        manifest = orjson.loads((taken / part / "backup.json").read_bytes())
        manifest["taken_at"] = (datetime.now(UTC) - age).isoformat()
        (folder / part / "backup.json").write_bytes(orjson.dumps(manifest))


def listed(site: Site, folder: Path, *options: str, status: int) -> tuple[dict[str, str], Any]:
    """List backups; return the life of each by its place below the folder, and all that is said."""
    result = site.run("backups", folder, *options, "--json")
    assert result.exit_code == status, result.output
    found = orjson.loads(result.stdout)
    return {
        str(Path(each["folder"]).relative_to(folder)): each["life"] for each in found["copies"]
    }, found


def test_a_copy_of_the_vault_is_overdue_after_its_days(site: Site, shelf: Path) -> None:
    """The ledger's copies are kept for good; the vault's end on a moment that is named."""
    lives, found = listed(site, shelf, status=1)
    assert lives == {
        "older/ledger": "kept",
        "older/vault": "overdue",
        "newer/ledger": "kept",
        "newer/vault": "short",
    }
    vault = next(each for each in found["copies"] if each["holds"] == ["vault"])
    life = datetime.fromisoformat(vault["ends_at"]) - datetime.fromisoformat(vault["taken_at"])
    assert life == timedelta(days=DAYS)
    text = site.run("backups", shelf)
    assert text.exit_code == 1
    assert "older/vault is overdue: it brings erased keys back" in text.stderr


def test_the_overdue_is_removed_and_nothing_else(site: Site, shelf: Path) -> None:
    """--prune takes the copy of the vault and leaves the ledger's beside it."""
    lives, found = listed(site, shelf, "--prune", status=0)
    assert "older/vault" not in lives
    assert found["removed"] == [str(shelf / "older" / "vault")]
    assert not (shelf / "older" / "vault").exists()
    assert (shelf / "older" / "ledger" / "data" / "PG_VERSION").exists()
    assert (shelf / "newer" / "vault" / "data" / "PG_VERSION").exists()


def test_the_newest_copy_of_the_vault_is_never_removed(site: Site, shelf: Path) -> None:
    """Where backups stopped, the last copy of the keys stays, and somebody is told."""
    shutil.rmtree(shelf / "newer")
    lives, found = listed(site, shelf, "--prune", status=1)
    assert lives["older/vault"] == "overdue"
    assert found["removed"] == []
    assert (shelf / "older" / "vault" / "data" / "PG_VERSION").exists()
    assert "take another" in site.run("backups", shelf, "--prune").stderr


def test_what_nobody_can_tell_the_age_of_is_named(site: Site, shelf: Path) -> None:
    """A backup that was killed half-way, or whose manifest is damaged, may hold keys."""
    (shelf / "newer" / "unfinished").touch()
    (shelf / "newest").mkdir()  # killed before its first part was there
    (shelf / "newest" / "unfinished").touch()
    (shelf / "older" / "vault" / "backup.json").write_bytes(b"{")
    lives, _ = listed(site, shelf, "--prune", status=1)
    assert lives == {"newer": "unfinished", "newest": "unfinished", "older": "unreadable"}
    assert (shelf / "older" / "vault").exists()


def test_status_says_that_a_copy_has_outlived_its_days(site: Site, shelf: Path) -> None:
    """Three servers are not enough: an old copy of the vault makes the deployment unsafe."""
    named = {"EHEALTH_BACKUP_DIR": str(shelf)}
    unsafe = orjson.loads(site.run("db", "status", "--json", **named).stdout)
    assert unsafe["erasure_backup_safe"] is False
    assert f"not backup-safe: {shelf}/older/vault" in unsafe["erasure"]
    longer = orjson.loads(
        site.run("db", "status", "--json", **named, EHEALTH_VAULT_BACKUP_DAYS="8").stdout
    )
    assert longer["erasure_backup_safe"] is True
    assert "has outlived its days" in longer["erasure"]
    unseen = orjson.loads(site.run("db", "status", "--json").stdout)
    assert unseen["erasure_backup_safe"] is True
    assert "set EHEALTH_BACKUP_DIR" in unseen["erasure"]


def test_backups_are_listed_where_the_settings_say(site: Site, shelf: Path) -> None:
    """Without a folder and without the setting it is said what to name."""
    assert site.run("backups").exit_code == 2
    assert "EHEALTH_BACKUP_DIR" in site.run("backups").stderr
    assert site.run("backups", EHEALTH_BACKUP_DIR=str(shelf)).exit_code == 1
