"""Provoke every kind of finding that the check of a bundle can give, one damage a row.

A row says which bundle is damaged, how, and what is found: the kind and what it comes to. Whoever
damages it makes digests, seals and the manifest fit, as far as the bundle's own keys reach.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import orjson
import pytest

from ehealth_ledger import bundle
from ehealth_ledger.bundle.finding import Flaw, Outcome
from ehealth_ledger.bundle.layout import (
    MANIFEST,
    Entry,
    Everything,
    File,
    Manifest,
    OfStatement,
    Revealed,
    Stretch,
    evidence_of,
)
from ehealth_ledger.bundle.verify import verify
from ehealth_ledger.chain.note import Note
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import Record
from ehealth_ledger.store.blobs import ENVELOPE_ABOUT, RevealedKey, Shelf, body_about
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.fsck import opening, proof
from ehealth_ledger.store.fsck.finding import Kind
from tests.audit.conftest import Audited
from tests.bundle.conftest import Exported, parts, policy_of, rewrite

INVALID, INCOMPLETE = Outcome.INVALID, Outcome.INCOMPLETE
ACT, CHARGE, TARIFF, ACCEPTED = (
    *("encounter.recorded", "charge.accrued"),
    *("tariff.published", "statement.accepted"),
)
FIRST: Final = "selected/000000.ndjson"
NONE: Final = "00" * 32
NOBODY: Final = UUID(int=1)


@dataclass
class Bundle:
    """Hold a copy of a bundle, and what the auditor says beside it."""

    folder: Path
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def manifest(self) -> Manifest:
        return Manifest.from_bytes((self.folder / MANIFEST).read_bytes())

    def change(self, topic: str, change: Callable[[Entry, int], list[Entry]]) -> None:
        """Put other entries in the place of the first with a record of such a topic."""
        for part in parts(self.folder):
            lines = part.read_bytes().splitlines(keepends=True)
            for number, line in enumerate(lines):
                entry = Entry.from_line(line)
                records = [Record.decode(each) for each, _ in entry.records]
                found = [at for at, each in enumerate(records) if each.topic.startswith(topic)]
                if not found:
                    continue
                lines[number] = b"".join(each.to_line() for each in change(entry, found[0]))
                part.write_bytes(b"".join(lines))
                rewrite(self.folder)
                return
        raise AssertionError(f"no {topic} in the bundle")

    def entries(self) -> list[Entry]:
        return [
            Entry.from_line(line)
            for part in parts(self.folder)
            for line in part.read_bytes().splitlines(keepends=True)
        ]


Damage = Callable[[Bundle], None]


def of_file(name: str, change: Callable[[bytes], bytes], *, is_careful: bool = True) -> Damage:
    """Change a file's bytes; the careful one writes the manifest anew."""

    def damage(bundle: Bundle) -> None:
        file = bundle.folder / name
        file.write_bytes(change(file.read_bytes() if file.exists() else b""))
        if is_careful:
            rewrite(bundle.folder)

    return damage


def of_manifest(change: Callable[[Manifest], dict[str, Any]]) -> Damage:
    """Say something else in the manifest."""
    return lambda bundle: rewrite(bundle.folder, **change(bundle.manifest))


def of_entry(topic: str, change: Callable[[Entry, int], list[Entry]]) -> Damage:
    """Change the first command with a fact of such a topic."""
    return lambda bundle: bundle.change(topic, change)


def of_record(about: str, /, **columns: Any) -> Damage:
    """Change columns of the first record of such a topic, and nothing beneath."""

    def change(entry: Entry, at: int) -> list[Entry]:
        encoded, body = entry.records[at]
        record = Record.decode(encoded)._replace(**columns)
        return [_with_record(entry, at, record, body)]

    return of_entry(about, change)


def of_fact(topic: str, change: Callable[[dict[str, Any]], Any], **columns: Any) -> Damage:
    """Say something else in the first fact of such a topic, and seal it under the key revealed."""

    def made(entry: Entry, at: int) -> list[Entry]:
        encoded, body = entry.records[at]
        assert body is not None
        record = Record.decode(encoded)
        shelf = Shelf(record.ledger, record.log, "body")
        key: Any = RevealedKey(record.key_id, body.key)
        place = (record.command_id, record.fact_index)
        plain = shelf.open(key, *place, _about(record), body.blob)
        record = record._replace(**columns)
        changed = orjson.dumps(change(orjson.loads(plain)), option=orjson.OPT_SORT_KEYS)
        blob = shelf.seal(key, *place, _about(record), changed)
        record = record._replace(body_digest=sha256(blob).digest())
        return [_with_record(entry, at, record, Revealed(blob, body.key))]

    return of_entry(topic, made)


def of_envelope(topic: str, change: Callable[[bytes], bytes]) -> Damage:
    """Put another envelope under such a command, sealed under the key that is revealed."""

    def made(entry: Entry, _: int) -> list[Entry]:
        first = Record.decode(entry.records[0][0])
        assert entry.envelope is not None
        shelf, key = _envelope_shelf(first, entry)
        place = (first.command_id, 0, ENVELOPE_ABOUT)
        blob = shelf.seal(key, *place, change(shelf.open(key, *place, entry.envelope.blob)))
        digest = sha256(blob).digest()
        records = tuple(
            (Record.decode(each)._replace(envelope_digest=digest).encode(), body)
            for each, body in entry.records
        )
        return [Entry(records, Revealed(blob, entry.envelope.key), entry.envelope_key)]

    return of_entry(topic, made)


def _envelope_shelf(first: Record, entry: Entry) -> tuple[Shelf, Any]:
    assert entry.envelope is not None
    shelf = Shelf(first.ledger, first.log, "envelope")
    return shelf, RevealedKey(entry.envelope_key, entry.envelope.key)


def _about(record: Record) -> bytes:
    return body_about(record.stream_id, record.stream_version, record.topic)


def _with_record(entry: Entry, at: int, record: Record, body: Revealed | None) -> Entry:
    records = list(entry.records)
    records[at] = (record.encode(), body)
    return Entry(tuple(records), entry.envelope, entry.envelope_key)


def _longer(content: bytes) -> bytes:
    return content + b"\n"


def _longer_by_a_line(content: bytes) -> bytes:
    return content + b"{}\n"


def _question(file: Path) -> None:
    file.write_bytes(b"?")


def _flip(content: bytes) -> bytes:
    return content[:-1] + bytes((content[-1] ^ 1,))


def _dropped(_entry: Entry, _at: int) -> list[Entry]:
    return []


def _twice(entry: Entry, _at: int) -> list[Entry]:
    return [entry, entry]


def _backwards(entry: Entry, _at: int) -> list[Entry]:
    assert len(entry.records) > 1
    return [Entry(entry.records[::-1], entry.envelope, entry.envelope_key)]


def _without_record(entry: Entry, at: int) -> list[Entry]:
    records = entry.records[:at] + entry.records[at + 1 :]
    return [Entry(records, entry.envelope, entry.envelope_key)]


def _without_body(entry: Entry, at: int) -> list[Entry]:
    return [_with_record(entry, at, Record.decode(entry.records[at][0]), None)]


def _body_altered(entry: Entry, at: int) -> list[Entry]:
    encoded, body = entry.records[at]
    assert body is not None
    changed = Revealed(_flip(body.blob), body.key)
    return [_with_record(entry, at, Record.decode(encoded), changed)]


def _other_body_key(entry: Entry, at: int) -> list[Entry]:
    encoded, body = entry.records[at]
    assert body is not None
    changed = Revealed(body.blob, _flip(body.key))
    return [_with_record(entry, at, Record.decode(encoded), changed)]


def _without_envelope(entry: Entry, _at: int) -> list[Entry]:
    return [Entry(entry.records, None, entry.envelope_key)]


def _envelope_altered(entry: Entry, _at: int) -> list[Entry]:
    assert entry.envelope is not None
    changed = Revealed(_flip(entry.envelope.blob), entry.envelope.key)
    return [Entry(entry.records, changed, entry.envelope_key)]


def _other_envelope_key(entry: Entry, _at: int) -> list[Entry]:
    assert entry.envelope is not None
    changed = Revealed(entry.envelope.blob, _flip(entry.envelope.key))
    return [Entry(entry.records, changed, entry.envelope_key)]


def _unsigned_envelope(plain: bytes) -> bytes:
    envelope = Envelope.from_bytes(plain)
    return envelope._replace(content=envelope.content + b" ").to_bytes()


def _anothers_envelope(bundle: Bundle) -> None:
    """Put what was signed for the acceptance under the countersignature's record."""
    for entry in bundle.entries():
        first = Record.decode(entry.records[0][0])
        if first.topic == "statement.accepted.v1" and entry.envelope is not None:
            shelf, key = _envelope_shelf(first, entry)
            place = (first.command_id, 0, ENVELOPE_ABOUT)
            plain = shelf.open(key, *place, entry.envelope.blob)
            of_envelope("statement.countersigned", lambda _, plain=plain: plain)(bundle)  # type: ignore[misc]
            return
    raise AssertionError("nothing was accepted")


def _without(name: str) -> Damage:
    return lambda bundle: (bundle.folder / name).unlink()


def _evidence(kind: str, change: Callable[[Path], object]) -> Damage:
    def damage(bundle: Bundle) -> None:
        change(min(bundle.folder.glob(f"evidence/{kind}-*")))
        rewrite(bundle.folder)

    return damage


def _more_evidence(bundle: Bundle) -> None:
    content = b"a certificate that nobody signed with"
    digest = sha256(content)
    name = evidence_of("certificate", digest.digest())
    (bundle.folder / name).write_bytes(content)
    file = File(name=name, bytes=len(content), sha256=digest.hexdigest())
    files = tuple(sorted((*bundle.manifest.files, file), key=lambda each: each.name))
    manifest = bundle.manifest.model_copy(update={"files": files})
    (bundle.folder / MANIFEST).write_bytes(manifest.to_bytes())


def _signed_by_nobody(content: bytes) -> bytes:
    note = Note.parse(content)
    lines = tuple(each._replace(signature=_flip(each.signature)) for each in note.signatures)
    return Note(note.text, lines).to_bytes()


def _other_path(manifest: Manifest) -> dict[str, Any]:
    first, *others = manifest.runs
    path = ("00" * 32, *first.path[1:])
    return {"runs": (first.model_copy(update={"path": path}), *others)}


def _shorter_range(manifest: Manifest) -> dict[str, Any]:
    asked = manifest.selection
    assert isinstance(asked, Stretch)
    return {"selection": Stretch(first=asked.first, last=asked.last - 1)}


def _says_of_another(bundle: Bundle) -> None:
    rewrite(bundle.folder, selection=OfStatement(statement=uuid4()))


def _says(**said: Any) -> Damage:
    return lambda bundle: bundle.said.update(said)


def _with(**members: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda fact: fact | members


def _dearer(fact: dict[str, Any]) -> dict[str, Any]:
    return fact | {"amount": fact["amount"] + 1}


def _unbalanced(fact: dict[str, Any]) -> dict[str, Any]:
    first, *others = fact["postings"]
    return fact | {"postings": [first | {"amount": first["amount"] + 1}, *others]}


class Row(NamedTuple):
    """Say what is found in which bundle after which damage."""

    kind: Flaw | Kind
    outcome: Outcome
    bundle: str
    damage: Damage


_ROWS: Final[tuple[tuple[Flaw | Kind, Outcome, str, Damage], ...]] = (
    # The folder
    (Flaw.MANIFEST_MALFORMED, INVALID, "range", of_file(MANIFEST, _longer, is_careful=False)),
    (Flaw.MANIFEST_MALFORMED, INVALID, "range", of_manifest(lambda _: {"commands": 0})),
    (Flaw.FILE_MISSING, INCOMPLETE, "range", _without(MANIFEST)),
    (Flaw.FILE_MISSING, INCOMPLETE, "range", _without("policy")),
    (Flaw.FILE_MISSING, INCOMPLETE, "range", _without("checkpoint")),
    (Flaw.FILE_MISSING, INCOMPLETE, "range", _without("super")),
    (Flaw.FILE_MISSING, INCOMPLETE, "range", _without(FIRST)),
    (Flaw.FILE_ALTERED, INVALID, "range", of_file("policy", _longer, is_careful=False)),
    (Flaw.FILE_SURPLUS, INVALID, "range", of_file("more", lambda _: b"?")),
    (Flaw.ENTRY_MALFORMED, INVALID, "range", of_file(FIRST, _longer_by_a_line)),
    (Flaw.ENTRY_MALFORMED, INVALID, "range", of_record(ACT, ledger=NOBODY)),
    (Flaw.EVIDENCE_SURPLUS, INVALID, "range", _more_evidence),
    (Kind.EVIDENCE_MISSING, INCOMPLETE, "range", _evidence("certificate", Path.unlink)),
    (Kind.EVIDENCE_MISSING, INCOMPLETE, "range", _evidence("trust_store", Path.unlink)),
    (Kind.EVIDENCE_MISSING, INCOMPLETE, "range", _evidence("revocation_list", Path.unlink)),
    (Kind.EVIDENCE_ALTERED, INVALID, "range", _evidence("certificate", _question)),
    # Whom the auditor believes
    (Flaw.TRUST_UNNAMED, INCOMPLETE, "range", _says(policy=None)),
    (Flaw.CHECKPOINT_UNBELIEVED, INVALID, "range", of_file("checkpoint", _signed_by_nobody)),
    (Kind.CHECKPOINT_ALTERED, INVALID, "range", of_file("checkpoint", _signed_by_nobody)),
    (Kind.CHECKPOINT_ALTERED, INVALID, "range", of_file("checkpoint", lambda _: b"no note")),
    (Kind.CHECKPOINT_ALTERED, INVALID, "range", of_file("policy", lambda _: b"no policy")),
    (Kind.CHECKPOINT_CONTRADICTED, INVALID, "range", of_manifest(lambda m: {"size": m.size - 1})),
    # The tree and the chain
    (Flaw.PROOF_MISSING, INCOMPLETE, "range", of_manifest(lambda m: {"runs": m.runs[1:]})),
    (Flaw.PROOF_INVALID, INVALID, "range", of_manifest(_other_path)),
    (Flaw.RECORD_REPEATED, INVALID, "range", of_entry(ACT, _twice)),
    (Kind.LINK_BROKEN, INVALID, "range", of_record(CHARGE, previous=bytes(32))),
    (Kind.LINK_BROKEN, INVALID, "range", of_record("ledger.opened", previous=bytes(32))),
    (Kind.TIME_REVERSED, INVALID, "range", of_record(CHARGE, recorded_at=1)),
    (Kind.COMMAND_BROKEN, INVALID, "range", of_entry(ACT, _backwards)),
    (Kind.COMMAND_BROKEN, INVALID, "range", of_record(CHARGE, command_id=NOBODY)),
    (Kind.STREAM_BROKEN, INVALID, "statement", of_record(ACCEPTED, stream_version=2)),
    # What was asked for
    (Flaw.SELECTION_OTHER, INCOMPLETE, "range", _says(wanted=Everything())),
    (Flaw.SELECTION_EXCEEDED, INVALID, "range", of_manifest(_shorter_range)),
    (Flaw.RECORD_MISSING, INCOMPLETE, "range", of_entry(ACT, _dropped)),
    (Flaw.RECORD_MISSING, INCOMPLETE, "range", of_entry(CHARGE, _without_record)),
    (Flaw.RECORD_MISSING, INCOMPLETE, "range", of_manifest(lambda m: {"records": m.records + 1})),
    (Flaw.RECORD_MISSING, INCOMPLETE, "patient", of_entry("dispense.reserved", _dropped)),
    (Flaw.RECORD_MISSING, INCOMPLETE, "statement", of_entry("statement.countersigned", _dropped)),
    (Flaw.OPENING_MISSING, INCOMPLETE, "range", of_entry("ledger.opened", _dropped)),
    (Kind.BODY_MISSING, INCOMPLETE, "range", of_entry(CHARGE, _without_body)),
    (Kind.BODY_MISSING, INCOMPLETE, "range", of_entry(TARIFF, _without_body)),
    (Kind.BODY_MISSING, INCOMPLETE, "statement", of_entry(ACCEPTED, _without_body)),
    (Kind.BODY_MISSING, INCOMPLETE, "statement", of_entry("payment.recorded", _without_body)),
    (Kind.ENVELOPE_MISSING, INCOMPLETE, "range", of_entry(ACT, _without_envelope)),
    (Kind.ENVELOPE_MISSING, INCOMPLETE, "range", of_entry(TARIFF, _without_envelope)),
    # Blobs and signatures
    (Kind.TOPIC_UNKNOWN, INVALID, "range", of_record(CHARGE, topic="x.y.v1")),
    (Kind.BODY_ALTERED, INVALID, "range", of_entry(CHARGE, _body_altered)),
    (Kind.BODY_UNREADABLE, INVALID, "range", of_entry(CHARGE, _other_body_key)),
    (Kind.BODY_MALFORMED, INVALID, "range", of_fact(CHARGE, lambda _: {})),
    (Kind.BODY_MISPLACED, INVALID, "range", of_fact(CHARGE, dict, stream_id=NOBODY)),
    (Kind.ENVELOPE_ALTERED, INVALID, "range", of_entry(ACT, _envelope_altered)),
    (Kind.ENVELOPE_UNREADABLE, INVALID, "range", of_entry(ACT, _other_envelope_key)),
    (Kind.ENVELOPE_MALFORMED, INVALID, "range", of_envelope(ACT, lambda _: b"")),
    (Kind.SIGNATURE_INVALID, INVALID, "range", of_envelope(ACT, _unsigned_envelope)),
    (Kind.SIGNATURE_INVALID, INVALID, "range", of_fact("ledger.opened", _with(trust_store=NONE))),
    (Kind.CONTENT_INVALID, INVALID, "statement", _anothers_envelope),
    (Kind.FACT_CONTRADICTED, INVALID, "statement", of_fact(TARIFF, _with(unit_price=1))),
    # Money
    (Kind.CHARGE_ALTERED, INVALID, "statement", of_fact(CHARGE, _dearer)),
    (Kind.POSTINGS_UNBALANCED, INVALID, "statement", of_fact(CHARGE, _unbalanced)),
    (Kind.STATEMENT_ALTERED, INVALID, "statement", of_fact("statement.formed", _with(total=1))),
    (Kind.STATEMENT_ALTERED, INVALID, "statement", of_fact(ACCEPTED, _with(digest=NONE))),
    (Flaw.STATEMENT_MISSING, INCOMPLETE, "statement", of_entry("statement.formed", _dropped)),
    (Flaw.STATEMENT_MISSING, INCOMPLETE, "statement", _says_of_another),
    (Flaw.LINE_MISSING, INCOMPLETE, "statement", of_entry(CHARGE, _without_body)),
    (Flaw.ACT_MISSING, INCOMPLETE, "statement", of_entry(ACT, _without_record)),
    (Flaw.BASIS_MISSING, INCOMPLETE, "statement", of_entry(TARIFF, _dropped)),
    (Flaw.BASIS_MISSING, INCOMPLETE, "statement", of_entry("contract.", _dropped)),
)  # fmt: skip
ROWS: Final = [Row(*each) for each in _ROWS]


@pytest.mark.parametrize("row", ROWS, ids=[f"{at}-{row.kind}" for at, row in enumerate(ROWS)])
def test_each_damage_is_named(original: Audited, copied: Exported, row: Row) -> None:
    """The kind is found, and the bundle comes to what the row says: never to valid."""
    made = Bundle(copied(row.bundle))
    row.damage(made)
    said = {"policy": Policy.parse(policy_of(original))} | made.said
    report = verify(made.folder, **said, progress=lambda *_: None, processes=1)
    assert (row.outcome, row.kind) in {(each.outcome, each.kind) for each in report.findings}
    assert report.outcome is row.outcome, [str(each) for each in report.in_order()]


def test_every_kind_that_can_be_given_is_provoked() -> None:
    """A kind that the code names and no row provokes is one that nobody has seen."""
    (home,) = bundle.__path__
    sources = [*Path(home).glob("*.py"), Path(opening.__file__), Path(proof.__file__)]
    named = {
        f"{node.value.id}.{node.attr}"
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    given = {each for each in Kind if f"Kind.{each.name}" in named}
    assert given > {Kind.BODY_MALFORMED, Kind.CONTENT_INVALID, Kind.TIME_REVERSED}
    assert {row.kind for row in ROWS} == given | set(Flaw)
