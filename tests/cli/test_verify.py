"""Verify as an operator does: with the files that the settings name, and what lies in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.cosignature import cosign
from ehealth_ledger.chain.note import COSIGNATURE, Note, VerifierKey, sign_note
from ehealth_ledger.store.checkpoints import keep_cosignatures
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.secrets import SigningKey
from tests.cli.conftest import Deployment, environment_of, fresh_databases
from tests.cli.test_log import sign
from tests.signing import copied, grown, signer_of
from tests.world import founded

WITNESS = SigningKey(bytes(31) + b"v")
WITNESS_KEY = VerifierKey("witness.example/v", COSIGNATURE, WITNESS.public)


@pytest.fixture
def signed(server: str, tmp_path: Path) -> Iterator[Deployment]:
    """Found a deployment of one's own and sign for it once."""
    with fresh_databases(server) as urls, founded(tmp_path, urls) as world:
        deployment = Deployment(world, environment_of(tmp_path, urls))
        sign(deployment)
        yield deployment


def state_of(deployment: Deployment) -> Note:
    return Note.parse(deployment.world.settings.checkpoint_state_file.read_bytes())


def cosigned(deployment: Deployment, line: str | None = None) -> None:
    """Put a witness's line beneath the checkpoint signed last, for the text given or the true one.

    It names itself the witness's either way.
    """
    note = state_of(deployment)
    said = cosign(line or note.text, WITNESS_KEY, WITNESS.sign, time_s=1_800_000_000)
    url = deployment.world.urls.ledger
    with connect(url, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        keep_cosignatures(connection, "records", Checkpoint.parse(note.text).size, [said])


def policy_in(deployment: Deployment) -> str:
    """Write a policy of that witness beside the deployment's files."""
    file = deployment.world.folder / "witnesses.policy"
    key = signer_of(deployment.world).key
    file.write_text(f"log {key}\nwitness v {WITNESS_KEY}\nquorum v\n")
    return str(file)


def test_a_log_cut_with_its_checkpoints_contradicts_the_state_files(
    server: str, signed: Deployment
) -> None:
    """Records, checkpoints, tiles, head: all set back together, and the file beside it tells."""
    with copied(server, signed.world) as older:
        grown(signed.world, 2)
        size = sign(signed)
        cut = {"EHEALTH_LEDGER_URL": older.urls.ledger}
        told = signed.run("verify", **cut)
        of_super = signed.run("verify", EHEALTH_CHECKPOINT_STATE_FILE="absent", **cut)
        without = signed.run(
            "verify",
            EHEALTH_CHECKPOINT_STATE_FILE="absent",
            EHEALTH_SUPER_STATE_FILE="absent",
            **cut,
        )
    assert told.exit_code == 1, told.output
    said = "checkpoint.contradicted at {}: the state file {} is of more {}"
    assert said.format(f"records/{size}", "last.checkpoint", "records") in told.stderr
    assert of_super.exit_code == 1
    assert said.format("super/2", "last.super.checkpoint", "entries") in of_super.stderr
    assert without.exit_code == 0, "nothing else tells: the older log is whole"
    report = signed.json("verify")
    assert (report["intact"], report["state_checkpoints"], report["kept_checkpoints"]) == (
        *(True, 2),
        0,
    )


def test_a_log_that_begins_otherwise_contradicts_the_state_file(signed: Deployment) -> None:
    """The file's root is compared too: a log as long as it, rewritten, is another."""
    key = SigningKey(signed.world.settings.checkpoint_key_file.read_bytes())
    true = Checkpoint.parse(state_of(signed).text)
    other = sign_note(true._replace(root=bytes(32)).text, signer_of(signed.world).key, key.sign)
    signed.world.settings.checkpoint_state_file.write_bytes(other.to_bytes())
    (finding,) = signed.json("verify", status=1)["findings"]
    assert (finding["kind"], finding["position"]) == ("checkpoint.contradicted", true.size)
    assert finding["detail"] == "the state file last.checkpoint has another root"


def test_a_state_file_that_is_none_decides_nothing(signed: Deployment) -> None:
    """Cut short, or signed by another key: the operator hears which file, and what to do."""
    file = signed.world.settings.checkpoint_state_file
    stranger = signer_of(signed.world).key._replace(public=WITNESS.public)
    for content in (
        b"nothing",
        sign_note(state_of(signed).text, stranger, WITNESS.sign).to_bytes(),
    ):
        file.write_bytes(content)
        told = signed.run("verify")
        assert told.exit_code == 2, told.output
        assert f"the state file {file} is no checkpoint of this ledger" in told.stderr
        assert "put the newest one that others hold in its place" in told.stderr


def test_what_no_key_tells_of_is_counted(signed: Deployment) -> None:
    """Without the key nothing that was signed is verified, and the report does not hide it."""
    cosigned(signed)
    known = signed.json("verify")
    assert (known["checkpoints"], known["checkpoints_without_key"]) == (2, 0)
    assert (known["cosignatures"], known["cosignatures_without_key"]) == (0, 1)
    result = signed.run("verify", EHEALTH_CHECKPOINT_KEY_FILE="absent")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "0 checkpoints and 0 cosignatures verified" in said
    # Two in the database, and the two state files.
    assert "not verified, for want of a key: 4 checkpoints, 1 cosignatures" in said
    assert "2 checkpoints signed last here agree" in said


def test_the_configured_policy_tells_a_cosignature_that_was_altered(signed: Deployment) -> None:
    """Nobody has to repeat on the command line whose witnesses these are."""
    cosigned(signed, "another\n1\n" + "A" * 43 + "=\n")
    assert signed.json("verify")["cosignatures_without_key"] == 1
    configured = {"EHEALTH_WITNESS_POLICY_FILE": policy_in(signed)}
    told = signed.run("verify", **configured)
    assert told.exit_code == 1, told.output
    assert "cosignature.altered at records/" in told.stderr
    # A policy that is named takes its place: this one knows no witness.
    alone = signed.world.folder / "alone.policy"
    alone.write_text(f"log {signer_of(signed.world).key}\nquorum none\n")
    assert signed.run("verify", "--policy", str(alone), **configured).exit_code == 0


def test_the_configured_policy_verifies_what_its_witnesses_cosigned(signed: Deployment) -> None:
    """A line that holds is counted as verified; the log's key may be the policy's alone."""
    cosigned(signed)
    settings = {
        "EHEALTH_WITNESS_POLICY_FILE": policy_in(signed),
        "EHEALTH_CHECKPOINT_KEY_FILE": "absent",
    }
    result = signed.run("verify", "--json", **settings)
    assert result.exit_code == 0, result.output
    said = result.stdout
    assert '"cosignatures": 1' in said
    assert '"cosignatures_without_key": 0' in said
    assert '"checkpoints": 1' in said, "the policy has no key of the super-log"
