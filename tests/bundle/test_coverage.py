"""Cut facts out of statements and of patients: a gap is seen, and an open end is said."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.bundle.coverage import check_asked, check_coverage, open_ends
from ehealth_ledger.bundle.finding import Finding, Flaw, Outcome, Report
from ehealth_ledger.bundle.layout import (
    Entry,
    Everything,
    Manifest,
    OfPatient,
    OfStatement,
    Selection,
    Stretch,
)
from ehealth_ledger.bundle.part import Header
from ehealth_ledger.chain.record import Record
from ehealth_ledger.entrypoints import bootstrap, bundling
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.embedded import drop_database, ensure_database
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.secrets import SigningKey, read_secret
from tests.audit.conftest import Audited, sign
from tests.bundle.conftest import check, export, statement_of
from tests.conftest import name_of
from tests.world import World, founded, serving
from tests.write_path.test_offsets import offset, owing_back

OWN, OTHER, PATIENT, LEDGER = (UUID(int=number) for number in range(1, 5))


def header(position: int, stream: UUID, version: int, key: UUID = PATIENT) -> Header:
    digest = bytes(32)
    of = (stream, version, "x.y.v1", key, UUID(int=100 + position))
    return Header(position, digest, digest, 0, *of, True)


def asked(selection: Selection, *places: tuple[UUID, int]) -> list[Finding]:
    """Cover a selection with versions of streams along the log, the first at position 1."""
    manifest = Manifest(
        ledger=LEDGER,
        log="records",
        selection=selection,
        size=9,
        commands=0,
        records=0,
        runs=(),
        files=(),
    )
    headers = [header(at, *place) for at, place in enumerate(places, 1)]
    return list(check_coverage(manifest, headers))


VERSIONS: Final = (
    # name, versions along the log, (kind, position, expected)
    ("all", (1, 2, 3, 4), ()),
    ("one", (1,), ()),
    ("no first", (2, 3, 4), ((Flaw.RECORD_MISSING, 1, "version 1"),)),
    ("none of two", (3, 4), ((Flaw.RECORD_MISSING, 1, "versions 1 to 2"),)),
    ("no second", (1, 3, 4), ((Flaw.RECORD_MISSING, 2, "version 2"),)),
    (
        "two gaps",
        (2, 4),
        ((Flaw.RECORD_MISSING, 1, "version 1"), (Flaw.RECORD_MISSING, 2, "version 3")),
    ),
    ("twice", (1, 1), ((Kind.STREAM_BROKEN, 2, "after version 1"),)),
    (
        "backwards",
        (2, 1),
        ((Flaw.RECORD_MISSING, 1, "version 1"), (Kind.STREAM_BROKEN, 2, "after version 2")),
    ),
    ("no last", (1, 2, 3), ()),
)


@pytest.mark.parametrize(
    ("name", "versions", "found"), VERSIONS, ids=[each[0] for each in VERSIONS]
)
@pytest.mark.parametrize(
    "selection",
    [OfStatement(statement=OWN), OfPatient(patient=PATIENT)],
    ids=["statement", "patient"],
)
def test_versions_of_a_stream_have_no_gap(
    selection: Selection, name: str, versions: tuple[int, ...], found: tuple[Any, ...]
) -> None:
    """Each gap is one finding at the record behind it; the end is no finding."""
    findings = asked(selection, *((OWN, version) for version in versions))
    said = [(each.kind, each.position, each.expected.partition(" of")[0]) for each in findings]
    assert said == list(found), name


def test_another_streams_versions_are_not_the_statements() -> None:
    """What lies behind a statement's lines is one record of a longer stream."""
    assert asked(OfStatement(statement=OWN), (OWN, 1), (OTHER, 7), (OWN, 2)) == []


def test_only_what_no_proof_ends_has_an_open_end() -> None:
    """The last version of the statement, or of each stream of the patient; none of positions."""
    headers = [header(1, OWN, 1), header(2, OTHER, 7, LEDGER), header(3, OWN, 2)]
    for selection, streams in (
        (OfStatement(statement=OWN), [(OWN, 2)]),
        (OfStatement(statement=UUID(int=77)), []),
        (OfPatient(patient=PATIENT), [(OWN, 2)]),
        (Everything(), []),
        (Stretch(first=1, last=3), []),
    ):
        ends = open_ends(selection, headers)
        assert [(each.stream, each.version) for each in ends] == streams


WANTED: Final = (
    # what the auditor asked for, what the bundle is of, whether it will do
    (Everything(), Everything(), True),
    (Everything(), Stretch(first=1, last=9), False),
    (Everything(), OfPatient(patient=OWN), False),
    (OfPatient(patient=OWN), OfPatient(patient=OWN), True),
    (OfPatient(patient=OWN), OfPatient(patient=OTHER), False),
    (OfPatient(patient=OWN), OfStatement(statement=OWN), False),
    (OfStatement(statement=OWN), OfStatement(statement=OWN), True),
    (OfStatement(statement=OWN), OfStatement(statement=OTHER), False),
    (OfStatement(statement=OWN), Everything(), False),
    (Stretch(first=4, last=6), Stretch(first=4, last=6), True),
    (Stretch(first=4, last=6), Stretch(first=3, last=7), True),  # widened to whole commands
    (Stretch(first=4, last=6), Stretch(first=5, last=6), False),
    (Stretch(first=4, last=6), Stretch(first=4, last=5), False),
    (Stretch(first=4, last=6), Everything(), False),
)


@pytest.mark.parametrize(("wanted", "selection", "will_do"), WANTED)
def test_a_bundle_of_something_else_is_incomplete(
    wanted: Selection, selection: Selection, will_do: bool
) -> None:
    """The auditor names what he asked for; a range may be wider."""
    findings = list(check_asked(wanted, selection))
    expected = [] if will_do else [(Outcome.INCOMPLETE, Flaw.SELECTION_OTHER)]
    assert [(each.outcome, each.kind) for each in findings] == expected


def exported_without(
    audited: Audited,
    selection: Selection,
    folder: Path,
    cut: set[int],
    monkeypatch: pytest.MonkeyPatch,
) -> Report:
    """Export as one who leaves out the commands at these positions, all else made to fit."""
    spans = bundling._Writer._spans

    def fewer(self: Any, *asked: Any) -> list[tuple[int, int]]:
        return [each for each in spans(self, *asked) if not cut & {*range(each[0], each[1] + 1)}]

    monkeypatch.setattr(bundling._Writer, "_spans", fewer)
    export(audited, selection, folder)
    return check(audited, folder)


def positions_of(audited: Audited, stream: UUID) -> list[int]:
    """Return where a stream's versions stand, the first first."""
    with psycopg.connect(audited.urls.ledger) as connection:
        rows = connection.execute(
            "SELECT position FROM ledger.records WHERE stream_id = %s ORDER BY stream_version",
            (stream,),
        ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture(scope="module")
def settled(
    server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Audited, dict[str, UUID]]]:
    """Hold a reviewed statement and an accepted one, the second set off against the first."""
    urls = Databases.on(server, f"settled_{secrets.token_hex(4)}")
    for url in urls:
        ensure_database(server, name_of(url))

    async def story(world: World) -> dict[str, UUID]:
        books, _, debt = await owing_back(world)
        await world.send("statement.offset", world.payer, resource=offset(books, debt, 1_500))
        return {"reviewed": books.statement, "accepted": debt.statement}

    with founded(tmp_path_factory.mktemp("settled"), urls) as world:
        with serving(world):
            statements = asyncio.run(story(world))
            sign(world)
        ledger = world.author.ledger
        yield (
            Audited(
                urls,
                read_secret(world.settings.master_key_file),
                SigningKey(read_secret(world.settings.signing_key_file)),
                ledger,
                ledger,  # nobody's bundle is asked for
                ledger,
                (bootstrap.signer(world.settings, ledger).key,),
            ),
            statements,
        )
    for url in urls:
        drop_database(server, name_of(url))


CUTS: Final = (
    # the statement, its facts in order
    ("reviewed", ("formed", "countersigned", "reviewed", "offset")),
    ("accepted", ("formed", "countersigned", "accepted", "recovered")),
)


@pytest.mark.parametrize(
    ("name", "version", "fact"),
    [(name, at, fact) for name, facts in CUTS for at, fact in enumerate(facts, 1)],
)
def test_a_fact_cut_out_of_a_statement_is_noticed(
    settled: tuple[Audited, dict[str, UUID]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    version: int,
    fact: str,
) -> None:
    """Within the stream it is a gap; at its end the verdict says how far the bundle goes."""
    audited, statements = settled
    stream = statements[name]
    places = positions_of(audited, stream)
    assert len(places) == 4
    selection = OfStatement(statement=stream)
    export(audited, selection, tmp_path / "whole")
    whole = check(audited, tmp_path / "whole")
    assert (whole.outcome, whole.in_order()) == (Outcome.VALID, [])
    (end,) = whole.open_ends
    assert (end.stream, end.version) == (stream, 4)
    cut = exported_without(audited, selection, tmp_path / "cut", {places[version - 1]}, monkeypatch)
    if version == 4:
        assert cut.outcome is Outcome.VALID, cut.in_order()
        (end,) = cut.open_ends
        assert (end.version, end.topic.split(".")[1]) == (3, name)
        return
    assert cut.outcome is Outcome.INCOMPLETE, fact
    gap = (Flaw.RECORD_MISSING, f"version {version} of stream {stream}")
    assert gap in {(each.kind, each.expected) for each in cut.findings}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_fact_cut_out_of_a_patients_stream_is_noticed(
    original: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """A prescription that was written, held and handed out: so of each stream of the patient."""
    with psycopg.connect(original.urls.ledger) as connection:
        row = connection.execute(
            "SELECT stream_id FROM ledger.records WHERE position = %s",
            (original.place("prescription"),),
        ).fetchone()
    assert row is not None
    stream = row[0]
    places = positions_of(original, stream)
    assert len(places) == 3
    cut = exported_without(
        original,
        OfPatient(patient=original.patient),
        tmp_path / "cut",
        {places[version - 1]},
        monkeypatch,
    )
    ends = {each.stream: each.version for each in cut.open_ends}
    if version == 3:
        assert cut.outcome is Outcome.VALID, cut.in_order()
        assert ends[stream] == 2
        return
    assert cut.outcome is Outcome.INCOMPLETE
    assert [(each.kind, each.expected) for each in cut.findings] == [
        (Flaw.RECORD_MISSING, f"version {version} of stream {stream}")
    ]
    assert ends[stream] == 3


def test_what_a_patients_commands_lack_is_counted(
    original: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can see whose a record was that is not here: the verdict says how many there are."""
    holds = bundling.Scope.holds
    monkeypatch.setattr(
        bundling.Scope,
        "holds",
        lambda self, row: holds(self, row) and not row.topic.startswith("charge."),
    )
    asked = OfPatient(patient=original.patient)
    export(original, asked, tmp_path / "cut")
    monkeypatch.undo()
    export(original, asked, tmp_path / "whole")
    report = check(original, tmp_path / "cut")
    assert report.outcome is Outcome.VALID, report.in_order()
    charges = [
        record
        for part in (tmp_path / "whole").glob("selected/*")
        for line in part.read_bytes().splitlines(keepends=True)
        for record, _ in Entry.from_line(line).records
        if Record.decode(record).topic.startswith("charge.")
    ]
    assert report.left_out == len(charges) > 0
    assert check(original, tmp_path / "whole").left_out == 0


def test_a_statement_that_was_cut_short_says_so_alone(
    original: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acceptance and payment left out together leave a valid bundle of a countersigned month."""
    statement = statement_of(original)
    cut = set(positions_of(original, statement)[2:])
    selection = OfStatement(statement=statement)
    report = exported_without(original, selection, tmp_path / "cut", cut, monkeypatch)
    assert report.outcome is Outcome.VALID
    (end,) = report.open_ends
    assert (end.version, end.topic) == (2, "statement.countersigned.v1")
