"""Hand bundles of a real ledger to an auditor who has a folder, a key, and nothing else."""

from __future__ import annotations

import hmac
import os
import random
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ehealth_ledger.bundle.finding import Flaw, Outcome
from ehealth_ledger.bundle.layout import (
    MANIFEST,
    Entry,
    Everything,
    Manifest,
    OfPatient,
    OfStatement,
    Stretch,
    file_names,
)
from ehealth_ledger.bundle.verify import verify
from ehealth_ledger.chain.checkpoint import origin_of
from ehealth_ledger.chain.note import ED25519, VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.record import Record
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.entrypoints import bundling
from ehealth_ledger.entrypoints.audit import opened_vault
from ehealth_ledger.entrypoints.bundling import NotExported
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.blobs import BLOB_FORMAT
from ehealth_ledger.store.fsck import pages
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.pages import stretch
from ehealth_ledger.store.secrets import SigningKey
from tests.audit.conftest import Audited
from tests.bundle.conftest import (
    SELECTIONS,
    Exported,
    altered,
    check,
    export,
    parts,
    policy_of,
    rewrite,
    statement_of,
)

NOBODY: Final = "postgresql://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_bundle_is_verified(original: Audited, exported: Exported, name: str) -> None:
    """What was exported is valid, whatever was asked for."""
    report = check(original, exported(name))
    assert report.in_order() == []
    assert report.outcome is Outcome.VALID
    assert report.signatures == report.commands - report.unsigned
    if name == "everything":
        assert report.records == report.size == original.place("end")
        assert report.erased == original.erased_records
        assert report.unsigned == original.erased_commands
        assert len(report.statements) == 1
    if name == "range":
        assert report.records > 3


def test_an_erased_patients_acts_are_counted(original: Audited, exported: Exported) -> None:
    """Records of an erased patient are proved, and said to be erased, not missing."""
    report = check(original, exported("erased patient"))
    assert report.erased == original.erased_records > 0
    assert report.unsigned == original.erased_commands


def test_the_payer_makes_the_statement_again(original: Audited, exported: Exported) -> None:
    """Bytes and digest come from the revealed charges, and each line leads to its signed act."""
    (derived,) = check(original, exported("statement")).statements
    assert sha256(derived.content).hexdigest() == derived.digest
    assert sum(each.amount for each in derived.lines) == derived.total
    acts = {each.act_position: each.erased for each in derived.lines}
    assert acts[original.place("first visit")] is False
    assert acts[original.place("erased visit")] is True


def test_a_statements_bundle_reveals_nothing_else(original: Audited, exported: Exported) -> None:
    """No other record of the patients, no key of a subject, no body of an act."""
    folder = exported("statement")
    (derived,) = check(original, folder).statements
    wanted = {each.command_id for each in derived.lines}
    whole = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    with psycopg.connect(original.urls.ledger) as connection:
        rows = connection.execute(
            "SELECT body_digest, key_id = ledger FROM ledger.records"
        ).fetchall()
    with psycopg.connect(original.urls.vault) as connection:
        stored = connection.execute(
            "SELECT key_id, kind, wrapped FROM vault.subject_keys WHERE wrapped IS NOT NULL"
        ).fetchall()
    people = {original.gone, *(key_id for key_id, kind, _ in stored if kind == "patient")}
    assert len(people) > 1
    held = [
        Record.decode(record)
        for part in parts(folder)
        for line in part.read_bytes().splitlines(keepends=True)
        for record, _ in Entry.from_line(line).records
    ]
    assert {each.command_id for each in held if each.key_id in people} <= wanted
    revealed = {
        sha256(body.blob).digest()
        for part in parts(folder)
        for line in part.read_bytes().splitlines(keepends=True)
        for _, body in Entry.from_line(line).records
        if body is not None
    }
    personal = {digest for digest, of_ledger in rows if not of_ledger}
    assert revealed
    assert not revealed & personal
    with opened_vault(original.urls, original.master_key) as (vault, _):
        secrets = [vault._unwrap(*each) for each in stored]
    decoded = _decoded(b"".join(each.read_bytes() for each in parts(folder)))
    assert _a_blob_key(folder) in decoded
    for secret in secrets:
        extracted = hmac.digest(BLOB_FORMAT.encode(), secret, "sha256")
        for key in (secret, extracted):
            assert key not in decoded
            assert key.hex().encode() not in whole


def _a_blob_key(folder: Path) -> bytes:
    """Return a key that the bundle does reveal: the search below would find one."""
    for part in parts(folder):
        for line in part.read_bytes().splitlines(keepends=True):
            envelope = Entry.from_line(line).envelope
            if envelope is not None:
                return envelope.key
    raise AssertionError("nothing is revealed")


def _decoded(whole: bytes) -> bytes:
    """Return the bytes beneath every base64 text of the files of commands."""
    texts = [each for each in whole.split(b'"') if len(each) % 4 == 0 and len(each) >= 40]
    return b"\n".join(b64decode(each) for each in texts if b"-" not in each)


def test_a_patients_bundle_holds_nobody_elses_records(
    original: Audited, exported: Exported
) -> None:
    """Each record is the patient's or the ledger's; the basis is about nobody treated."""
    for part in sorted(exported("patient").glob("selected/*")):
        for line in part.read_bytes().splitlines(keepends=True):
            for record, _ in Entry.from_line(line).records:
                row = Record.decode(record)
                assert row.key_id in (original.patient, original.ledger)


def test_of_a_command_about_two_people_one_is_handed_over(original: Audited) -> None:
    """Another's record, body and envelope stay out of a patient's bundle."""
    own, other = original.patient, original.gone
    scope = bundling.Scope(original.ledger, frozenset({own}))
    with psycopg.connect(original.urls.ledger) as connection:
        connection.execute("SET search_path = ledger")
        (row,) = stretch(connection, "records", 1, 1)
    for key_id, handed_over in ((own, True), (original.ledger, True), (other, False)):
        record = row.records[0]._replace(key_id=key_id)
        assert scope.holds(record) is handed_over
        assert scope.reveals(record) is handed_over
        assert scope.reveals_envelope(key_id) is handed_over


def test_records_of_somebody_else_are_named(original: Audited, copied: Exported) -> None:
    """A patient's bundle that is said to be another's is refused, record by record."""
    folder = copied("patient")
    rewrite(folder, selection=OfPatient(patient=original.gone))
    report = check(original, folder)
    assert report.outcome is Outcome.INVALID
    assert Flaw.SELECTION_EXCEEDED in {each.kind for each in report.findings}


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_changed_byte_is_refused_and_named(
    original: Audited, exported: Exported, copied: Exported, name: str
) -> None:
    """Wherever a byte is changed, the file is named."""
    folder = copied(name)
    chance = random.Random(name)
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    sampled = chance.sample(files, min(len(files), 12 if name == "range" else 4))
    for file in {
        *sampled,
        folder / MANIFEST,
        folder / "checkpoint",
        folder / SUPER,
        folder / "policy",
    }:
        content = file.read_bytes()
        at = chance.randrange(len(content))
        file.write_bytes(content[:at] + bytes((content[at] ^ 0x01,)) + content[at + 1 :])
        report = check(original, folder)
        assert report.outcome is not Outcome.VALID, (file, at)
        if file.name != MANIFEST:
            named = [each for each in report.findings if each.kind is Flaw.FILE_ALTERED]
            assert [str(file.relative_to(folder)) in each.expected for each in named] == [True]
        else:
            assert report.findings
        file.write_bytes(content)
    assert check(original, folder).outcome is Outcome.VALID


def _flip(content: bytes, at: int = -1) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def _of_record(entry: Entry, first: Record) -> Entry:
    record = first._replace(recorded_at=first.recorded_at + 1)
    return Entry(
        ((record.encode(), entry.records[0][1]), *entry.records[1:]),
        entry.envelope,
        entry.envelope_key,
    )


def _of_body(entry: Entry, _: Record) -> Entry:
    record, body = entry.records[0]
    if body is None:
        return entry
    changed = type(body)(_flip(body.blob), body.key)
    return Entry(((record, changed), *entry.records[1:]), entry.envelope, entry.envelope_key)


def _of_body_key(entry: Entry, _: Record) -> Entry:
    record, body = entry.records[0]
    if body is None:
        return entry
    changed = type(body)(body.blob, _flip(body.key))
    return Entry(((record, changed), *entry.records[1:]), entry.envelope, entry.envelope_key)


def _of_envelope(entry: Entry, _: Record) -> Entry:
    if entry.envelope is None:
        return entry
    changed = type(entry.envelope)(_flip(entry.envelope.blob), entry.envelope.key)
    return Entry(entry.records, changed, entry.envelope_key)


def _of_envelope_key(entry: Entry, _: Record) -> Entry:
    if entry.envelope is None:
        return entry
    changed = type(entry.envelope)(entry.envelope.blob, _flip(entry.envelope.key))
    return Entry(entry.records, changed, entry.envelope_key)


def _of_named_key(entry: Entry, _: Record) -> Entry:
    return Entry(entry.records, entry.envelope, uuid4())


FORGERIES: Final = (
    ("a record", _of_record, Flaw.PROOF_INVALID),
    ("a body", _of_body, Kind.BODY_ALTERED),
    ("a body's key", _of_body_key, Kind.BODY_UNREADABLE),
    ("an envelope", _of_envelope, Kind.ENVELOPE_ALTERED),
    ("an envelope's key", _of_envelope_key, Kind.ENVELOPE_UNREADABLE),
    ("whose key it is", _of_named_key, Kind.ENVELOPE_ALTERED),
)


@pytest.mark.parametrize(("what", "change", "kind"), FORGERIES, ids=[each[0] for each in FORGERIES])
def test_a_careful_forgery_is_named_with_its_position(
    original: Audited,
    copied: Exported,
    what: str,
    change: Callable[[Entry, Record], Entry],
    kind: Flaw | Kind,
) -> None:
    """Digests that were made true again help nobody: blob, key, record and proof hang together."""
    folder = copied("range")
    position = altered(folder, change)
    report = check(original, folder)
    assert report.outcome is Outcome.INVALID, what
    assert (kind, position) in {(each.kind, each.position) for each in report.findings}


def _without_body(entry: Entry, _: Record) -> Entry:
    record, _body = entry.records[0]
    return Entry(((record, None), *entry.records[1:]), entry.envelope, entry.envelope_key)


def _without_envelope(entry: Entry, _: Record) -> Entry:
    return Entry(entry.records, None, entry.envelope_key)


def _without_record(entry: Entry, _: Record) -> Entry:
    kept = entry.records[:-1] if len(entry.records) > 1 else entry.records
    return Entry(kept, entry.envelope, entry.envelope_key)


def _without_command(_entry: Entry, _: Record) -> None:
    return None


GAPS: Final = (
    ("a body", _without_body, Kind.BODY_MISSING),
    ("an envelope", _without_envelope, Kind.ENVELOPE_MISSING),
    ("a record", _without_record, Flaw.RECORD_MISSING),
    ("a command", _without_command, Flaw.RECORD_MISSING),
)


@pytest.mark.parametrize(("what", "change", "kind"), GAPS, ids=[each[0] for each in GAPS])
def test_a_gap_is_incomplete(
    original: Audited,
    copied: Exported,
    what: str,
    change: Callable[[Entry, Record], Entry | None],
    kind: Flaw | Kind,
) -> None:
    """What is not there is named, and the light is not green."""
    folder = copied("range")
    altered(folder, change)
    report = check(original, folder)
    assert report.outcome is Outcome.INCOMPLETE, what
    assert kind in {each.kind for each in report.findings if each.outcome is Outcome.INCOMPLETE}


def test_a_missing_proof_is_incomplete(original: Audited, copied: Exported) -> None:
    """A record that no proof covers is not believed."""
    folder = copied("range")
    runs = Manifest.from_bytes((folder / MANIFEST).read_bytes()).runs
    rewrite(folder, runs=runs[1:])
    report = check(original, folder)
    assert report.outcome is Outcome.INCOMPLETE
    assert {each.kind for each in report.findings} == {Flaw.PROOF_MISSING}


def test_a_longer_range_than_was_exported_is_incomplete(
    original: Audited, copied: Exported
) -> None:
    """The bundle cannot claim to hold more than it does."""
    folder = copied("range")
    asked = Manifest.from_bytes((folder / MANIFEST).read_bytes()).selection
    assert isinstance(asked, Stretch)
    rewrite(folder, selection=Stretch(first=asked.first, last=asked.last + 1))
    report = check(original, folder)
    assert report.outcome is Outcome.INCOMPLETE
    assert {(each.kind, each.position) for each in report.findings} == {
        (Flaw.RECORD_MISSING, asked.last + 1)
    }


def test_a_statement_without_a_line_is_incomplete(original: Audited, copied: Exported) -> None:
    """A charge that is not revealed is not made up."""
    folder = copied("statement")

    def hide(entry: Entry, first: Record) -> Entry:
        if not any(Record.decode(each).topic.startswith("charge.") for each, _ in entry.records):
            return entry
        records = tuple(
            (each, None if Record.decode(each).topic.startswith("charge.") else body)
            for each, body in entry.records
        )
        return Entry(records, entry.envelope, entry.envelope_key)

    altered(folder, hide)
    report = check(original, folder)
    assert report.outcome is Outcome.INCOMPLETE
    assert {each.kind for each in report.findings} == {Flaw.LINE_MISSING}
    assert report.statements == []


@pytest.mark.parametrize("topic", ["tariff.", "contract."])
def test_a_statement_without_its_basis_is_incomplete(
    original: Audited, copied: Exported, topic: str
) -> None:
    """A price whose tariff or contract is not there cannot be checked."""
    folder = copied("statement")
    altered(folder, lambda entry, first: None if first.topic.startswith(topic) else entry)
    manifest = Manifest.from_bytes((folder / MANIFEST).read_bytes())
    assert manifest.files
    report = check(original, folder)
    assert Flaw.BASIS_MISSING in {each.kind for each in report.findings}
    assert report.outcome is not Outcome.VALID


def test_an_erasure_that_is_not_proved_excuses_nothing(original: Audited, copied: Exported) -> None:
    """Without the record that says so, an erased act is a missing one."""
    folder = copied("statement")
    drop = "patient.erased.v1"
    altered(
        folder,
        lambda entry, _: (
            None if any(Record.decode(each).topic == drop for each, _ in entry.records) else entry
        ),
    )
    kinds = {each.kind for each in check(original, folder).findings}
    assert Kind.ENVELOPE_MISSING in kinds


def test_missing_evidence_is_incomplete(original: Audited, copied: Exported) -> None:
    """A signature whose certificate is not there is not verified."""
    folder = copied("range")
    next(iter(sorted(folder.glob("evidence/certificate-*")))).unlink()
    rewrite(folder)
    report = check(original, folder)
    assert report.outcome is Outcome.INCOMPLETE
    assert Kind.EVIDENCE_MISSING in {each.kind for each in report.findings}


def test_a_file_nobody_listed_is_refused(original: Audited, copied: Exported) -> None:
    """A bundle holds what its manifest names."""
    folder = copied("range")
    (folder / "evidence" / "more").write_bytes(b"?")
    report = check(original, folder)
    assert [(each.kind, each.found) for each in report.findings] == [
        (Flaw.FILE_SURPLUS, "evidence/more")
    ]


def test_nobody_is_believed_unasked(original: Audited, exported: Exported) -> None:
    """Without a key the outcome is never better than incomplete; another's key is none."""
    report = verify(exported("range"), None, progress=lambda *_: None, processes=1)
    assert report.outcome is Outcome.INCOMPLETE
    assert {each.kind for each in report.findings} == {Flaw.TRUST_UNNAMED}
    origin = original.keys[0].name
    another = VerifierKey(origin, ED25519, SigningKey(bytes(32)).public)
    witnessed = f"log {original.keys[0]}\nwitness w {original.keys[1]}\nquorum w\n"
    for text in (f"log {another}\nquorum none\n", witnessed):
        asked = Policy.parse(text)
        lacking = verify(exported("range"), asked, progress=lambda *_: None, processes=1)
        assert [each.kind for each in lacking.findings] == [Flaw.CHECKPOINT_UNBELIEVED]
        assert lacking.outcome is Outcome.INVALID


def test_every_core_gives_the_same_answer(
    original: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes find in many files what one finds, and say how far they are."""
    monkeypatch.setattr(bundling, "PART_COMMANDS", 20)
    export(original, Everything(), tmp_path / "whole")
    believed = Policy.parse(policy_of(original))
    seen: list[tuple[int, int]] = []
    report = verify(
        tmp_path / "whole", believed, progress=lambda *done: seen.append(done), processes=2
    )
    alone = check(original, tmp_path / "whole")
    assert (report.outcome, report.signatures) == (Outcome.VALID, alone.signatures)
    files = len(list((tmp_path / "whole" / "selected").iterdir()))
    assert seen == [(done, files) for done in range(1, files + 1)]
    assert files > 2


def test_it_is_verified_where_no_database_can_be_reached(
    original: Audited, exported: Exported, tmp_path: Path
) -> None:
    """In a process without settings, without a driver, the program says valid."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("EHEALTH_")}
    blocked = tmp_path / "blocked"
    for module in ("psycopg", "psycopg_pool", "eventsourcing"):
        (blocked / module).mkdir(parents=True)
        (blocked / module / "__init__.py").write_text("raise ImportError('no database here')\n")
    script = (
        "import sys; from ehealth_ledger.bundle.verify import verify; "
        "from ehealth_ledger.chain.policy import Policy; from pathlib import Path; "
        "report = verify(Path(sys.argv[1]), Policy.parse(sys.argv[2]), progress=lambda *_: None, "
        "processes=1); print(report.outcome, report.signatures)"
    )
    environment = {**bare, "PYTHONPATH": str(blocked), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(exported("statement")), policy_of(original)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "valid"
    command = [
        *(sys.executable, "-m", "ehealth_ledger.entrypoints.cli", "audit", "verify"),
        *(str(exported("statement")), "--key", str(original.keys[0]), "--json"),
        *("--write-statement", str(tmp_path / "statement.json")),
    ]
    done = subprocess.run(
        command,
        env={**bare, "EHEALTH_LEDGER_URL": NOBODY, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    said = orjson.loads(done.stdout)
    (statement,) = said["statements"]
    content = (tmp_path / "statement.json").read_bytes()
    assert sha256(content).hexdigest() == statement["digest"]
    assert orjson.loads(content)["total"] == statement["total"]


def test_what_is_not_there_is_not_exported(original: Audited, tmp_path: Path) -> None:
    """An unknown patient or statement, a range beyond the checkpoint, a folder in use."""
    for selection in (
        OfPatient(patient=uuid4()),
        OfStatement(statement=uuid4()),
        Stretch(first=1, last=10**6),
        Stretch(first=9, last=8),
    ):
        with pytest.raises(NotExported):
            export(original, selection, tmp_path / str(uuid4()))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(NotExported):
        export(original, Stretch(first=1, last=1), tmp_path / "full")


def test_a_file_that_is_named_twice_is_no_manifest(exported: Exported) -> None:
    """Nothing is counted twice because a manifest names it twice."""
    manifest = Manifest.from_bytes((exported("everything") / "manifest.json").read_bytes())
    twice = manifest.model_copy(update={"files": (*manifest.files, manifest.files[0])})
    with pytest.raises(ValueError, match="named twice"):
        Manifest.from_bytes(twice.to_bytes())


def test_a_link_to_a_folder_is_no_part_of_a_bundle(copied: Exported, tmp_path: Path) -> None:
    """Every name in the folder is accounted for, wherever it leads."""
    folder = copied("everything")
    (folder / "beside").symlink_to(tmp_path)
    assert "beside" in file_names(folder)


def test_the_super_logs_key_is_enough(original: Audited, exported: Exported) -> None:
    """Whoever believes the one root believes the log's checkpoint in it."""
    over = Policy.parse(f"log {original.keys[2]}\nquorum none\n")
    report = verify(exported("statement"), over, progress=lambda *_: None, processes=1)
    assert report.outcome is Outcome.VALID


def test_one_policy_names_the_log_and_the_super_log(original: Audited, exported: Exported) -> None:
    """Their public keys differ: C2SP tlog-policy allows none twice, and witnesses need both."""
    both = Policy.parse(f"log {original.keys[0]}\nlog {original.keys[2]}\nquorum none\n")
    report = verify(exported("statement"), both, progress=lambda *_: None, processes=1)
    assert report.outcome is Outcome.VALID


def test_a_super_log_that_convinces_nobody_takes_no_belief_away(
    original: Audited, exported: Exported
) -> None:
    """Whoever believes the log's own key goes on believing it, whoever signed the super-log."""
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    other = VerifierKey(origin_of(original.ledger, SUPER), ED25519, public)
    both = Policy.parse(f"log {original.keys[0]}\nlog {other}\nquorum none\n")
    report = verify(exported("statement"), both, progress=lambda *_: None, processes=1)
    assert report.outcome is Outcome.VALID


def test_a_super_log_in_a_bundle_is_checked_whoever_is_believed(
    original: Audited, copied: Exported
) -> None:
    """Another proof, or none, is named; without it the super-log's key convinces nobody."""
    folder = copied("statement")
    true = InclusionFile.parse((folder / SUPER).read_bytes())
    other = replace(true, entry=true.entry.replace(b"records", b"access_"))
    (folder / SUPER).write_bytes(other.to_bytes())
    rewrite(folder)
    report = check(original, folder)
    assert report.outcome is Outcome.INVALID
    assert Flaw.PROOF_INVALID in {each.kind for each in report.findings}
    over = Policy.parse(f"log {original.keys[2]}\nquorum none\n")
    report = verify(folder, over, progress=lambda *_: None, processes=1)
    assert Flaw.CHECKPOINT_UNBELIEVED in {each.kind for each in report.findings}


def test_a_record_that_is_not_there_is_no_shorter_bundle(original: Audited) -> None:
    """Whoever exports learns of it, not only whoever verifies."""
    with (
        original.as_superuser() as connection,
        pytest.raises(LedgerCorrupt, match=r"position\.missing at records/99999"),
    ):
        list(pages.scattered(connection, "records", [1, 2, 99_999]))


def test_a_statements_facts_are_read_a_page_at_a_time(
    original: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement of a hundred thousand lines does not cost a query a line."""
    read, asked = pages._read, list[str]()

    def counting(cursor: psycopg.Cursor, statement: str, *parameters: object) -> Any:
        asked.append(statement)
        return read(cursor, statement, *parameters)

    monkeypatch.setattr(pages, "_read", counting)
    for size, queries in ((10_000, 1), (1, 3)):
        monkeypatch.setattr(pages, "PAGE_RECORDS", size)
        with psycopg.connect(original.urls.ledger) as connection:
            connection.execute("SET search_path = ledger")
            asked.clear()
            found = list(pages.scattered(connection, "records", [5, 2, 9]))
        assert {row.position for row, _ in found} == {2, 5, 9}
        assert all(row.is_intact("records") for row, _ in found)
        assert len(asked) == queries
    monkeypatch.setattr(pages, "PAGE_RECORDS", 10_000)
    asked.clear()
    export(original, OfStatement(statement=statement_of(original)), tmp_path / "out")
    assert asked.count(pages._RECORDS_AT) == 2  # the statement's own facts, and its lines
