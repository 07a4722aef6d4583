"""Rewrite the log from a position on, with every key: it agrees with itself, and with nobody else.

Chain, tree, tiles, edge, head, receipts, checkpoints and super-log are made anew. What tells is
what left the operator's hands before: a checkpoint that others kept, and a witness.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note, NoteInvalid, sign_note
from ehealth_ledger.chain.proof_file import ConsistencyFile
from ehealth_ledger.entrypoints.bootstrap import SUPER_KEY
from ehealth_ledger.store.checkpoints import keep_checkpoint
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.secrets import SigningKey
from ehealth_ledger.store.super_log import SuperTree, append, size_of
from ehealth_ledger.store.tree import Tree
from ehealth_ledger.store.witness import Witness, WitnessRefused
from tests.audit.conftest import WITNESS, WITNESS_KEY, Audited
from tests.audit.test_forgeries import _charge_twice, forging

CHANGED = "late visit + 3"


def notes(audited: Audited, log: str) -> list[Note]:
    """Return the checkpoints as they stand, the oldest first."""
    with psycopg.connect(audited.urls.ledger) as connection:
        rows = connection.execute(
            "SELECT note FROM ledger.checkpoints WHERE log = %s ORDER BY size", (log,)
        ).fetchall()
    return [Note.parse(note) for (note,) in rows]


def key_of(audited: Audited) -> SigningKey:
    assert audited.checkpoint_key is not None
    return audited.checkpoint_key


@pytest.fixture
def kept(audited: Audited) -> dict[str, list[Note]]:
    """Keep what was published before anything is rewritten, as an auditor does."""
    return {log: notes(audited, log) for log in ("records", "super")}


@pytest.fixture
def rewritten(audited: Audited, kept: dict[str, list[Note]]) -> Audited:
    """Charge twice for one act and make everything anew that follows from it."""
    with forging(audited) as forger:
        _charge_twice(forger, audited.place(CHANGED))
    log_key, _, super_key = audited.keys
    key = key_of(audited)
    sign, sign_over = key.sign, key.apart(SUPER_KEY).sign
    with audited.as_superuser() as connection:
        for old in kept["records"]:
            size = Checkpoint.parse(old.text).size
            root = Tree(connection, "records", size).root()
            note = sign_note(Checkpoint(log_key.name, size, root).text, log_key, sign)
            keep_checkpoint(connection, "records", note)
            append(connection, [note])
            entries = size_of(connection)
            over = Checkpoint(super_key.name, entries, SuperTree(connection, entries).root())
            keep_checkpoint(connection, "super", sign_note(over.text, super_key, sign_over))
    return audited


def test_nothing_within_the_database_tells(rewritten: Audited, kept: dict[str, list[Note]]) -> None:
    """Every check holds, every signature too: the report counts as much as before."""
    report = rewritten.verify()
    assert report.findings == ()
    assert report.checkpoints == len(kept["records"]) + len(kept["super"]) > 0
    assert notes(rewritten, "records") != kept["records"]


def test_a_checkpoint_that_was_kept_names_where_the_log_is_another(
    rewritten: Audited, kept: dict[str, list[Note]]
) -> None:
    """Each one kept of the part that was rewritten is contradicted, and no other is."""
    report = rewritten.verify(kept=kept["records"])
    assert {(each.kind, each.log, each.position) for each in report.findings} == {
        (Kind.CHECKPOINT_CONTRADICTED, "records", rewritten.place(each))
        for each in ("signed", "cosigned", "end")
    }
    assert all("kept elsewhere" in each.detail for each in report.findings)


def test_one_checkpoint_of_the_super_log_is_enough(
    rewritten: Audited, kept: dict[str, list[Note]]
) -> None:
    """Whoever kept only the one root learns it too, and at which entry."""
    (finding,) = rewritten.verify(kept=kept["super"][-1:]).findings
    assert (finding.kind, finding.log, finding.position) == (
        *(Kind.CHECKPOINT_CONTRADICTED, "super"),
        len(kept["super"]),
    )


def test_what_was_kept_agrees_with_a_log_that_was_not_rewritten(
    audited: Audited, kept: dict[str, list[Note]]
) -> None:
    """The true log has no finding beside them, and a shorter one has."""
    both = [*kept["records"], *kept["super"]]
    assert audited.verify(kept=both).findings == ()
    longer = Checkpoint.parse(kept["records"][-1].text)
    longer = longer._replace(size=longer.size + 1)
    told = sign_note(longer.text, audited.keys[0], key_of(audited).sign)
    (finding,) = audited.verify(kept=[told]).findings
    assert (finding.kind, finding.position) == (Kind.CHECKPOINT_CONTRADICTED, longer.size)


def test_a_kept_checkpoint_of_nobody_known_is_refused(
    audited: Audited, kept: dict[str, list[Note]]
) -> None:
    """What somebody made up neither accuses nor acquits."""
    unsigned = Note(kept["records"][0].text, ())
    other = sign_note(
        "example.org/log\n1\n" + "A" * 43 + "=\n", audited.keys[0], lambda _: b"x" * 64
    )
    for note in (unsigned, other):
        with pytest.raises(NoteInvalid):
            audited.verify(kept=[note])


def test_a_witness_does_not_go_on_with_it(
    rewritten: Audited, kept: dict[str, list[Note]], tmp_path: Path
) -> None:
    """Who has cosigned the true log refuses the rewritten one, at its size and beyond it."""
    log_key, _, super_key = rewritten.keys
    witness = Witness(tmp_path, [log_key, super_key], WITNESS_KEY, WITNESS.sign, lambda: 1)
    seen = kept["records"][0]
    size = Checkpoint.parse(seen.text).size
    witness.add_checkpoint(ConsistencyFile(0, (), seen).to_bytes())
    same, *_, later = notes(rewritten, "records")
    with pytest.raises(WitnessRefused) as refused:
        witness.add_checkpoint(ConsistencyFile(size, (), same).to_bytes())
    assert refused.value.status == 409
    with psycopg.connect(rewritten.urls.ledger) as connection:
        connection.execute("SET search_path = ledger")
        path = Tree(connection, "records", Checkpoint.parse(later.text).size).consistency(size)
    with pytest.raises(WitnessRefused) as refused:
        witness.add_checkpoint(ConsistencyFile(size, path, later).to_bytes())
    assert refused.value.status == 422
    true = kept["records"][-1]
    with pytest.raises(WitnessRefused):  # not for want of a path: the true one needs the true tree
        witness.add_checkpoint(ConsistencyFile(size, path, true).to_bytes())
