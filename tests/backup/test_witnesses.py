"""Hold backups to a policy: whose word is asked, and what the log is held against."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.cosignature import cosign
from ehealth_ledger.chain.note import COSIGNATURE, Note, VerifierKey, sign_note
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.store.checkpoints import keep_cosignatures
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.store.super_log import SuperSigner
from tests.backup.conftest import Site
from tests.signing import grown, signer_of
from tests.world import World

WITNESS = SigningKey(bytes(31) + b"b")
WITNESS_KEY = VerifierKey("witness.example/b", COSIGNATURE, WITNESS.public)
MANIFEST = "checkpoint (in the manifest)"


def over(world: World) -> SuperSigner:
    return bootstrap.super_signer(world.settings, world.author.ledger)


def signed(world: World, *, cosigned: bool = False) -> Note:
    """Let a record come in, and sign for log and super-log; let the witness see it, or not yet."""
    grown(world)
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = signer_of(world).sign(connection)
        assert note is not None
        over(world).sign_over(connection, [note])
        if cosigned:
            line = cosign(note.text, WITNESS_KEY, WITNESS.sign, time_s=1_800_000_000)
            keep_cosignatures(connection, "records", Checkpoint.parse(note.text).size, [line])
            note = note.and_signed([line])
    return note


def witnessed(site: Site, witness: VerifierKey = WITNESS_KEY) -> dict[str, str]:
    """Configure a policy that asks for one witness."""
    file = site.folder / f"{witness.key_id.hex()}.policy"
    file.write_text(f"log {signer_of(site.world).key}\nwitness w {witness}\nquorum w\n")
    return {"EHEALTH_WITNESS_POLICY_FILE": str(file)}


def backed_up(site: Site, name: str, **environment: str) -> Path:
    folder = site.folder / name
    assert site.run("backup", folder, "--what", "all", **environment).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def cosigned(site: Site) -> Note:
    """Sign a checkpoint that the witness cosigns, and a newer one that it has not seen."""
    note = signed(site.world, cosigned=True)
    signed(site.world)
    return note


@pytest.fixture(scope="module")
def backup(site: Site, cosigned: Note) -> Path:
    """Take a backup whose manifest names what the configured witness has cosigned."""
    assert cosigned
    return backed_up(site, "witnessed", **witnessed(site))


@pytest.fixture(scope="module")
def unwitnessed(site: Site, cosigned: Note) -> Path:
    """Take one without a policy: its manifest names the newest checkpoint, of no witness."""
    assert cosigned
    return backed_up(site, "unwitnessed")


def test_a_drill_says_who_vouches_for_the_backup(site: Site, backup: Path, cosigned: Note) -> None:
    """The manifest's own checkpoint is held to the configured policy, and the quorum is named."""
    checks = site.checks("drill", backup, **witnessed(site))
    assert checks[MANIFEST][0] == "proved"
    assert checks["checkpoint (signed last here)"][0] == "proved", "no witness is asked of it"
    size = Checkpoint.parse(cosigned.text).size
    assert checks["witnesses"] == (
        "proved",
        f"w cosigned the first {size} records, 1 came after",
    )
    assert "1 cosignatures; for want of a key not: 0 checkpoints" in checks["verify"][1]


def test_a_backup_that_no_witness_vouches_for_is_not_relied_on(
    site: Site, place: Path, unwitnessed: Path, cosigned: Note
) -> None:
    """Under a policy the log's own key is not enough; a checkpoint given that has the quorum is."""
    checks = site.checks("drill", unwitnessed, status=1, **witnessed(site))
    outcome, detail = checks[MANIFEST]
    assert outcome == "unproved"
    assert detail.endswith("but the quorum w has not cosigned the checkpoint")
    assert checks["witnesses"] == (
        "unproved",
        "of the checkpoints that were proved the policy believes none",
    )
    assert checks["verify"][0] == "proved"
    given = site.folder / "cosigned.checkpoint"
    given.write_bytes(cosigned.to_bytes())
    asked = ("restore", unwitnessed, "--into", place, "--checkpoint", given)
    checks = site.checks(*asked, **witnessed(site))
    assert checks["checkpoint (cosigned.checkpoint)"][0] == "proved"
    assert checks["witnesses"][0] == "proved"
    assert checks[MANIFEST][0] == "unproved", "and that is no fault of the backup's"


def test_a_policy_on_the_command_line_asks_its_own_witnesses(
    site: Site, place: Path, backup: Path
) -> None:
    """Without a checkpoint too; and it takes the configured one's place."""
    stranger = VerifierKey("witness.example/s", COSIGNATURE, SigningKey(bytes(32)).public)
    policy = witnessed(site, stranger)["EHEALTH_WITNESS_POLICY_FILE"]
    asked = ("restore", backup, "--into", place, "--policy", policy)
    checks = site.checks(*asked, status=1, **witnessed(site))
    assert checks["witnesses"][0] == "unproved"
    assert (place / "ledger").is_dir(), "nothing was shown to be false: the copy stays"


def test_a_false_cosignature_in_a_manifest_is_named(site: Site, place: Path, backup: Path) -> None:
    """A line that a known witness did not write is a failure, not a want."""
    broken = place.parent / "broken"
    shutil.copytree(backup, broken, symlinks=True)
    for file in broken.glob("*/backup.json"):
        found = orjson.loads(file.read_bytes())
        note = Note.parse(found["mark"]["checkpoint"].encode())
        false = cosign("another\n", WITNESS_KEY, WITNESS.sign, time_s=1_800_000_000)
        found["mark"]["checkpoint"] = note.and_signed([false]).to_bytes().decode()
        file.write_bytes(orjson.dumps(found))
    checks = site.checks("restore", broken, "--into", place, status=1, **witnessed(site))
    assert checks[MANIFEST] == ("failed", "the signature of witness.example/b does not hold")
    assert list(place.glob("*")) == []


def test_a_kept_checkpoint_of_the_super_log_is_proved(
    site: Site, place: Path, backup: Path
) -> None:
    """Who keeps the one root over all logs restores with it, under a policy silent on it too."""
    kept = site.folder / "super.checkpoint"
    shutil.copyfile(site.world.settings.super_state_file, kept)
    entries = Checkpoint.parse(Note.parse(kept.read_bytes()).text).size
    size = Checkpoint.parse(
        Note.parse(site.world.settings.checkpoint_state_file.read_bytes()).text
    ).size
    asked = ("restore", backup, "--into", place, "--checkpoint", kept)
    checks = site.checks(*asked, **witnessed(site))
    said = (
        f"the super-log begins with the {entries} entries signed for, and the log with the {size} "
        "records that they bind"
    )
    assert checks["checkpoint (super.checkpoint)"] == ("proved", said)
    assert checks["checkpoint (super-log, signed last here)"] == ("proved", said)


def test_a_fork_of_the_super_log_is_named(site: Site, place: Path, backup: Path) -> None:
    """Another root, signed by the same key, is another history; a longer one is a loss."""
    log_key = SigningKey(read_secret(site.world.settings.checkpoint_key_file))
    key = log_key.apart(bootstrap.SUPER_KEY)
    true = Checkpoint.parse(Note.parse(site.world.settings.super_state_file.read_bytes()).text)
    file = site.folder / "other.checkpoint"
    name = "checkpoint (other.checkpoint)"
    asked = ("restore", backup, "--into", place, "--checkpoint", file)
    for told, outcome, said in (
        (true._replace(root=bytes(32)), "failed", "does not begin with"),
        (true._replace(size=true.size + 2), "unproved", "the last 2 are not in the backup"),
    ):
        file.write_bytes(sign_note(told.text, over(site.world).key, key.sign).to_bytes())
        checks = site.checks(*asked, status=1)
        assert checks[name][0] == outcome
        assert said in checks[name][1]
