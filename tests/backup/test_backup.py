"""Back up a deployment that goes on, break the copy, restore it: what was acknowledged is there."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import COSIGNATURE, Note, VerifierKey, sign_note
from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.reader import open_reader
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.backup.manifest import part_with
from ehealth_ledger.store.backup.place import put_back
from ehealth_ledger.store.embedded import EmbeddedServer
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.store.signer import SignerRefused
from projections.projectors.replay import replay_statements
from tests.backup.conftest import Site
from tests.countries.erasure import erase, second_person
from tests.signing import grown, sign, signer_of
from tests.world import World, serving


def manifest_of(backup: Path, part: str = "ledger") -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((backup / part / "backup.json").read_bytes())
    return found


def rewritten(backup: Path, **mark: object) -> None:
    """Alter what the manifests say of the log."""
    for file in backup.glob("*/backup.json"):
        found = orjson.loads(file.read_bytes())
        found["mark"].update(mark)
        file.write_bytes(orjson.dumps(found))


def statements(world: World, urls: Databases, position: int) -> dict[str, str]:
    master = read_secret(world.settings.master_key_file)
    with open_reader(urls, master) as reading:
        found = replay_statements(reading.notifications, position, lambda *_: None)
    return {str(key): statement.digest() for key, statement in found.items()}


def kept(site: Site, name: str) -> Path:
    """Keep the newest signed checkpoint elsewhere, as a witness would."""
    file = site.folder / name
    shutil.copyfile(site.world.settings.checkpoint_state_file, file)
    return file


@pytest.fixture(scope="module")
def backup(site: Site) -> Path:
    """Take the backup that tests copy and break."""
    return site.backed_up("whole", "--what", "all")


@pytest.fixture
def broken(backup: Path, place: Path) -> Path:
    """Give a copy of the backup to break."""
    folder = place.parent / "broken"
    shutil.copytree(backup, folder, symlinks=True)
    return folder


def test_every_command_acknowledged_before_the_backup_is_in_it(site: Site, place: Path) -> None:
    """Commands go on being accepted meanwhile; restored, the log verifies and statements repeat."""
    world = site.world
    acknowledged: list[Placement] = []

    async def come_in() -> None:
        running = asyncio.create_task(asyncio.to_thread(site.backed_up, "busy", "--what", "all"))
        while not running.done():
            period = 2060 * 12 + len(acknowledged)
            month = f"{period // 12}-{period % 12 + 1:02}"
            moment = datetime.fromisoformat(f"{month}-28T00:00:00+00:00")
            accepted = await world.cut_off(month, moment)
            acknowledged.append(accepted.receipt.placement)
            await asyncio.sleep(0.01)
        await running

    with serving(world):
        asyncio.run(come_in())
    backup = site.folder / "busy"
    mark = manifest_of(backup)["mark"]
    assert len(acknowledged) > 3
    assert acknowledged[-1].last_position > mark["position"], "nothing came in during the backup"
    checks = site.checks("restore", backup, "--into", place)
    assert {name for name, (outcome, _) in checks.items() if outcome == "failed"} == set()
    with (
        EmbeddedServer(place / "ledger").running() as ledger,
        EmbeddedServer(place / "vault").running() as vault,
    ):
        urls = Databases(ledger.url("ehealth_ledger"), vault.url("ehealth_vault"), "")
        with psycopg.connect(urls.ledger) as connection:
            restored = dict(connection.execute("SELECT position, chain_value FROM ledger.records"))
        assert max(restored) >= mark["position"]
        for each in acknowledged:
            if each.last_position <= max(restored):
                assert restored[each.last_position] == each.chain_value
        report = verify_ledger(
            urls, read_secret(world.settings.master_key_file), progress=lambda *_: None
        )
        assert report.findings == ()
        folded = statements(world, urls, mark["position"])
        assert folded
        assert folded == statements(world, world.urls, mark["position"])


def test_a_drill_proves_the_backup_and_leaves_nothing(
    site: Site, place: Path, backup: Path
) -> None:
    """Whoever drills learns by the exit code that the backup can be relied on."""
    place.mkdir()
    place.chmod(0o711)
    checkpoint = kept(site, "drill.checkpoint")
    checkpoint.write_text(manifest_of(backup)["mark"]["checkpoint"])
    checks = site.checks("drill", backup, "--checkpoint", checkpoint, "--scratch", place)
    proved = {name for name, (outcome, _) in checks.items() if outcome == "proved"}
    assert {
        *("files (ledger)", "head", "tree", "checkpoint (drill.checkpoint)", "keys", "erasures"),
        *("verify", "read model"),
    } <= proved
    assert "payment_statement: " in checks["read model"][1]
    assert checks["witnesses"] == (
        "unproved",
        "no witness was asked: no policy is named or configured",
    )
    assert list(place.iterdir()) == []
    assert not [
        entry
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and str(place) in _cwd(entry)
    ]


def _cwd(process: Path) -> str:
    try:
        return os.readlink(process / "cwd")
    except OSError:
        return ""


def test_a_flipped_byte_in_a_file_is_named(site: Site, place: Path, broken: Path) -> None:
    """Bits that rot on the backup's disk are found before anything is restored."""
    file = max(
        (broken / "ledger" / "data" / "base").rglob("*"), key=lambda each: each.stat().st_size
    )
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    checks = site.checks("restore", broken, "--into", place, status=1)
    outcome, detail = checks["files (ledger)"]
    assert outcome == "failed"
    assert file.name in detail
    assert not place.exists()


def test_an_exchanged_list_of_files_is_named(site: Site, place: Path, broken: Path) -> None:
    """Whoever alters a file and its digest has to alter the manifest too."""
    file = broken / "ledger" / "data" / "backup_manifest"
    file.write_bytes(file.read_bytes().replace(b"PG_VERSION", b"PG_VERSIOM"))
    checks = site.checks("restore", broken, "--into", place, status=1)
    assert checks["files (ledger)"] == (
        "failed",
        "the list of files is another than the manifest names",
    )


@pytest.mark.parametrize(
    ("mark", "check", "said"),
    [
        ({"position": 9_000_000}, "head", "the manifest names 9000000"),
        ({"chain_value": sha256(b"").hexdigest()}, "head", "another record than"),
        ({"root": sha256(b"").hexdigest()}, "tree", "name other roots"),
        ({"ledger": str(UUID(int=4))}, "head", "not 00000000-0000-0000-0000-000000000004"),
    ],
    ids=["position", "chain value", "root", "ledger"],
)
def test_a_manifest_of_another_log_is_named(
    site: Site, place: Path, broken: Path, mark: dict[str, object], check: str, said: str
) -> None:
    """A backup is what its manifest says, or it is not restored."""
    rewritten(broken, **mark)
    outcome, detail = site.checks("restore", broken, "--into", place, status=1)[check]
    assert outcome == "failed"
    assert said in detail
    assert list(place.glob("*")) == []


def test_a_checkpoint_of_a_fork_is_named(site: Site, place: Path, backup: Path) -> None:
    """A backup that others saw otherwise is not served, whatever its manifest says."""
    fork = site.folder / "fork.checkpoint"
    key = SigningKey(read_secret(site.world.settings.checkpoint_key_file))
    position = manifest_of(backup)["mark"]["position"]
    named = signer_of(site.world).key
    told = Checkpoint(named.name, position - 1, sha256(b"another").digest())
    fork.write_bytes(sign_note(told.text, named, key.sign).to_bytes())
    checks = site.checks("restore", backup, "--into", place, "--checkpoint", fork, status=1)
    outcome, detail = checks["checkpoint (fork.checkpoint)"]
    assert outcome == "failed"
    assert "does not begin with" in detail
    assert list(place.glob("*")) == []


def test_a_backup_older_than_a_checkpoint_is_told_and_not_signed_for(
    site: Site, place: Path, backup: Path
) -> None:
    """What was lost is counted, the copy stays, and the signer refuses to go on from it."""
    grown(site.world, 3)
    newest = sign(site.world)
    assert newest is not None
    later = kept(site, "later.checkpoint")
    checks = site.checks("restore", backup, "--into", place, "--checkpoint", later, status=1)
    lost = newest.size - manifest_of(backup)["mark"]["position"]
    outcome, detail = checks["checkpoint (later.checkpoint)"]
    assert outcome == "unproved"
    assert f"the last {lost} are not in the backup" in detail
    with (
        EmbeddedServer(place / "ledger").running() as server,
        psycopg.connect(server.url("ehealth_ledger"), autocommit=True) as connection,
    ):
        connection.execute("SET search_path = ledger")
        with pytest.raises(SignerRefused, match=f"and {newest.size} were signed for"):
            signer_of(site.world).sign(connection)


def test_nothing_is_written_over_what_is_there(site: Site, place: Path, backup: Path) -> None:
    """A mistyped folder costs nothing."""
    place.mkdir()
    (place / "kept").write_text("mine")
    refused = site.run("restore", backup, "--into", place)
    assert refused.exit_code == 2
    assert "is not empty" in refused.stderr
    refused = site.run("backup", place)
    assert refused.exit_code == 2
    assert [each.name for each in place.iterdir()] == ["kept"]


def test_an_erased_key_of_an_older_vault_is_destroyed_again(site: Site, place: Path) -> None:
    """A vault from before an erasure is erased before it serves; a ledger from before is named."""
    world = site.world
    with psycopg.connect(world.urls.vault) as connection:
        row = connection.execute(
            "SELECT key_id FROM vault.subject_keys WHERE kind = 'patient'"
        ).fetchone()
    assert row is not None
    with serving(world):
        second = asyncio.run(second_person(world))
    vault = site.backed_up("early-vault", "--what", "vault")
    older = site.backed_up("early-ledger", "--what", "ledger")

    async def erased() -> None:
        await erase(world, second, row[0])

    with serving(world):
        asyncio.run(erased())
    ledger = site.backed_up("late-ledger", "--what", "ledger")
    checks = site.checks("restore", ledger, "--vault", vault, "--into", place)
    assert checks["erasures"] == (
        "proved",
        "1 patients are erased, 1 keys were destroyed again",
    )
    with (
        EmbeddedServer(place / "vault").running() as server,
        psycopg.connect(server.url("ehealth_vault")) as connection,
    ):
        left = connection.execute(
            "SELECT wrapped FROM vault.subject_keys WHERE key_id = %s", (row[0],)
        ).fetchone()
    assert left == (None,)
    # The other way about: the fact is lost, the key stays lost, and the operator is told.
    checks = site.checks("drill", older, status=1)
    outcome, detail = checks["later erasures"]
    assert outcome == "unproved"
    assert "key.missing" in detail
    assert checks["verify"][0] == "failed"
    # A running vault that holds the key again is told of by name, and not written to by a drill.
    running = place.parent / "running"
    part = part_with(vault, "vault")
    assert part is not None
    put_back([part], running)
    with EmbeddedServer(running).running() as server:
        url = server.url("ehealth_vault")
        drilled = site.run("drill", ledger, EHEALTH_VAULT_URL=url)
        assert drilled.exit_code == 1
        assert "key.returned" in drilled.stdout
        with psycopg.connect(url) as connection:
            keys = "SELECT count(*) FROM vault.subject_keys WHERE wrapped IS NULL"
            assert connection.execute(keys).fetchone() == (0,)


def test_a_vault_older_than_the_records_is_told(site: Site, place: Path) -> None:
    """A record whose key came after the vault's backup is lost, and the operator hears of it."""
    vault = site.backed_up("vault-before", "--what", "vault")
    with serving(site.world):
        asyncio.run(site.world.institution("30000088", "PRIMARY_CARE", "2000000088"))
    ledger = site.backed_up("ledger-after")
    checks = site.checks("restore", ledger, "--vault", vault, "--into", place, status=1)
    outcome, detail = checks["keys"]
    assert outcome == "unproved"
    assert detail.startswith("1 keys are missing: ")
    swapped = site.checks("drill", site.backed_up("all-after", "--what", "all"))
    assert swapped["keys"][0] == "proved"


def test_a_policy_names_whose_word_a_checkpoint_needs(
    site: Site, place: Path, backup: Path
) -> None:
    """An auditor's policy is asked: its log's key without ours, and its quorum of witnesses."""
    given = site.folder / "given.checkpoint"
    given.write_text(manifest_of(backup)["mark"]["checkpoint"])
    key = signer_of(site.world).key
    witness = VerifierKey("witness.example", COSIGNATURE, SigningKey(bytes(range(32))).public)
    alone, watched = site.folder / "alone.policy", site.folder / "watched.policy"
    alone.write_text(f"log {key}\nquorum none\n")
    watched.write_text(f"log {key}\nwitness w {witness}\nquorum w\n")
    asked = ("restore", backup, "--into", place, "--checkpoint", given)
    absent = {"EHEALTH_CHECKPOINT_KEY_FILE": str(site.folder / "absent")}
    name = "checkpoint (given.checkpoint)"
    checks = site.checks(*asked, "--policy", watched, status=1)
    outcome, detail = checks[name]
    assert outcome == "unproved"
    assert detail.endswith("but the quorum w has not cosigned the checkpoint")
    assert checks["witnesses"][0] == "unproved"
    shutil.rmtree(place)
    checks = site.checks(*asked, "--policy", alone, **absent)
    assert checks[name][0] == "proved"
    assert checks["witnesses"] == (
        "unproved",
        "the policy asks for no witness: the log's key alone is believed",
    )
    shutil.rmtree(place)
    outcome, detail = site.checks(*asked, status=1, **absent)[name]
    assert (outcome, "no key of the log is known here" in detail) == ("unproved", True)


def test_a_checkpoint_is_read_as_a_note(site: Site, place: Path, backup: Path) -> None:
    """What is no checkpoint, or another key's, proves nothing."""
    nonsense = site.folder / "nonsense.checkpoint"
    nonsense.write_text("nothing")
    checks = site.checks("restore", backup, "--into", place, "--checkpoint", nonsense, status=1)
    assert checks["checkpoint (nonsense.checkpoint)"][0] == "failed"
    mark = manifest_of(backup)["mark"]
    text = Note.parse(mark["checkpoint"].encode()).text
    stranger = SigningKey(bytes(range(32)))
    named = signer_of(site.world).key._replace(public=stranger.public)
    nonsense.write_bytes(sign_note(text, named, stranger.sign).to_bytes())
    checks = site.checks("restore", backup, "--into", place, "--checkpoint", nonsense, status=1)
    assert checks["checkpoint (nonsense.checkpoint)"] == (
        "failed",
        "the log's key did not sign it",
    )
