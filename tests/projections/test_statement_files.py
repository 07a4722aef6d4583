"""One statement as a file: the same lines, the same sums, the same bytes for ever."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pypdf
import pytest
import segno
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from ehealth_ledger.errors import ReadModelCorrupt, Refusal
from ehealth_ledger.events.statement import Formed
from ehealth_ledger.pricing.charge import Price
from ehealth_ledger.pricing.statement import (
    AnyLine,
    Correction,
    Heading,
    Line,
    Statement,
    StatementKey,
    fold,
    line_bytes,
)
from ehealth_ledger.values.money import hryvnias
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.query_api.routes import router
from projections.read_models import exact_statement
from projections.read_models.contracts import Party
from projections.read_models.exact_statement import ExactStatement
from projections.renderings import csv_table, page, workbook
from projections.renderings.columns import COLUMNS
from projections.renderings.printed import Printed
from tests.projections.contract_story import Bargain
from tests.projections.live import execute
from tests.projections.log import HandMadeLog
from tests.projections.money_story import (
    adjust,
    form_next,
    name_parties,
    rename,
    resubmit,
    review,
)
from tests.projections.story import Story

PROVIDER = "КНП «Лікарня їхньої громади», м. Ґалаґани"
PAYER = "Національна служба здоров’я України"
STANDING = ("statement.xlsx", "statement.pdf")  # these say how the statement stands
FILES = ("statement.json", "statement.csv", "statement.xlsx", "statement.pdf", "fhir", "bytes")


@pytest.fixture
def story() -> Story:
    """Begin with two institutions that have names."""
    story = Story()
    name_parties(story, PROVIDER, PAYER)
    return story


@pytest.fixture
def log(story: Story) -> HandMadeLog:
    """Read the story's log."""
    return story.log


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, MODELS).catch_up()


def state(story: Story, acts: int = 3) -> tuple[Formed, Statement]:
    """State acts of one patient; return what was formed and what it adds up."""
    story.contract, patient = uuid4(), story.patient()
    for _ in range(acts):
        story.treat(patient, story.refer(patient))
    folded = story.folded()
    return story.form(), folded


def richer(story: Story) -> tuple[Formed, Statement]:
    """State a month that holds a claim repeated and a correction."""
    formed, folded = state(story, 2)
    denied, corrected = folded.lines
    review(story, formed, denied)
    resubmit(story, denied)
    adjust(story, formed, corrected, -1_050)
    later = form_next(story)
    found: list[AnyLine] = []
    for each in story.log.records:
        if each.fact is not None and getattr(each.fact, "period", None) == later.period:
            said: Any = each.fact
            if hasattr(said, "as_line"):
                found.append(said.as_line(each.position))
    return later, fold(later.key, later.provider, later.payer, found)


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8"), newline="")))


def test_the_exact_bytes_are_what_the_provider_signed(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Whoever downloads the JSON holds the bytes of the digest, in either format."""
    for formed, folded in (state(story), richer(story)):
        follow(story, read_url)
        for name in ("statement.json", "bytes"):
            answer = client.get(f"/statements/{formed.statement}/{name}")
            assert sha256(answer.content).hexdigest() == formed.digest
            assert answer.content == folded.to_bytes()
            assert answer.headers["content-type"] == "application/json"


def test_the_csv_says_each_line_and_adds_up(
    story: Story, read_url: str, client: TestClient
) -> None:
    """One row a line; kopiykas whole, hryvnias readable; the sum is what was signed."""
    formed, folded = richer(story)
    follow(story, read_url)
    answer = client.get(f"/statements/{formed.statement}/statement.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="statement-{formed.statement}.csv"'
    )
    found = rows(answer.content)
    assert [each["amount_kopiykas"] for each in found] == ["15000", "-1050"]
    assert [each["amount_uah"] for each in found] == ["150.00", "-10.50"]
    assert sum(int(each["amount_kopiykas"]) for each in found) == folded.total
    charge, correction = found
    assert (charge["act_log"], int(charge["act_position"])) == (
        "records",
        folded.lines[0].act_position,
    )
    assert charge["performer"] == str(story.specialist)
    assert (correction["reason"], correction["performer"]) == ("price_corrected", "")
    assert {each["statement"] for each in found} == {str(formed.statement)}


def test_the_workbook_says_what_the_csv_says(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Another program opens it and finds the same cells, no formula, and the statement's total."""
    formed, folded = richer(story)
    follow(story, read_url)
    table = rows(client.get(f"/statements/{formed.statement}/statement.csv").content)
    body = client.get(f"/statements/{formed.statement}/statement.xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(body))
    lines, about = (list(book[name].values) for name in ("lines", "statement"))
    assert lines[0] == COLUMNS
    shown = [["" if cell is None else str(cell) for cell in row] for row in lines[1:]]
    assert shown == [list(each.values()) for each in table]
    said: dict[Any, Any] = dict(about)
    assert (said["total_kopiykas"], said["sha256"]) == (folded.total, formed.digest)
    assert (said["provider_name"], said["payer_name"]) == (PROVIDER, PAYER)


@pytest.mark.parametrize(
    ("language", "title", "total"),
    [
        ("uk", "Звіт про медичні послуги", "Усього рядків: 3. Сума: 450.00 грн (45000 коп.)"),
        ("en", "Statement of medical services", "Lines: 3. Total: 450.00 UAH (45000 kopiykas)"),
    ],
)
def test_the_page_says_who_what_and_how_to_check(
    story: Story, read_url: str, client: TestClient, language: str, title: str, total: str
) -> None:
    """Names in Ukrainian letters, each line, the total, the digest and the record's place."""
    formed, folded = state(story)
    follow(story, read_url)
    answer = client.get(
        f"/statements/{formed.statement}/statement.pdf", params={"language": language}
    )
    assert answer.headers["content-type"] == "application/pdf"
    (sheet,) = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    text = sheet.extract_text()
    record = next(r for r in story.log.records if r.topic == "statement.formed.v1")
    for shown in (
        *(title, total, PROVIDER, PAYER, "20000001", "42032422", formed.digest),
        *(str(formed.statement), f"records/{record.position}", record.chain_value.hex()),
        *(str(each.act_position) for each in folded.lines),
        *(hryvnias(each.amount) for each in folded.lines),
        str(story.specialist),
    ):
        assert shown in text, shown
    width, height = sheet.mediabox.width, sheet.mediabox.height
    assert (round(width), round(height)) == (595, 842)  # A4, in points


def test_the_code_on_the_page_leads_to_the_record(
    story: Story, read_url: str, client: TestClient
) -> None:
    """The squares drawn are the QR code of the statement's id, its record and its digest."""
    formed, _ = state(story)
    follow(story, read_url)
    record = next(r for r in story.log.records if r.topic == "statement.formed.v1")
    body = client.get(f"/statements/{formed.statement}/statement.pdf").content
    (sheet,) = pypdf.PdfReader(io.BytesIO(body)).pages
    content = sheet.get_contents()
    assert content is not None
    drawn = [
        tuple(map(float, operands))
        for operands, operator in content.operations
        if operator == b"re"
    ]
    left, top = min(x for x, *_ in drawn), max(y for _, y, *_ in drawn)
    side = drawn[0][2]
    dark = {(round((top - y) / side), round((x - left) / side)) for x, y, *_ in drawn}
    expected = segno.make(
        f"urn:uuid:{formed.statement}?=log=records&position={record.position}"
        f"&chain={record.chain_value.hex()}&sha256={formed.digest}",
        error="m",
        micro=False,
        boost_error=False,
    )
    assert dark == {
        (row, column)
        for row, modules in enumerate(expected.matrix)
        for column, is_dark in enumerate(modules)
        if is_dark
    }


def test_a_file_is_the_same_whatever_comes_later(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Denied, paid, renamed: what was formed prints as it was formed, to the byte.

    A workbook and a page say how the statement stands; asked as of the forming they are as before.
    """
    formed, folded = state(story)
    follow(story, read_url)
    address = f"/statements/{formed.statement}"

    def files(*names: str, **asked: int) -> list[bytes]:
        return [client.get(f"{address}/{name}", params=asked).content for name in names]

    before, then = files(*FILES), len(story.log.records)
    story.countersign(formed)
    review(story, formed, folded.lines[0])
    story.pay(formed, 30_000)
    follow(story, read_url)
    settled = files(*STANDING)
    rename(story, story.hospital, "Лікарня № 2")
    follow(story, read_url)
    lasting = [name for name in FILES if name not in (*STANDING, "fhir")]
    assert files(*lasting) == [before[FILES.index(name)] for name in lasting]
    assert files(*STANDING) == settled
    assert files(*FILES, at_position=then) == before
    assert client.get(f"{address}/fhir").json()["outcome"] == "complete"


SAYS = {
    "formed": (
        "SHA-256 звіту, надавачем ще не підписаний",
        "SHA-256 of the statement, not yet signed by the provider",
        "No signature of the provider under this statement stands in the log yet",
    ),
    "countersigned": (
        "SHA-256 звіту, підписаний надавачем",
        "SHA-256 of the statement, signed by the provider",
        "the payer's acceptance does not yet",
    ),
    "accepted": (
        "SHA-256 звіту, підписаний надавачем і замовником",
        "SHA-256 of the statement, signed by the provider and the payer",
        "The electronic signatures of the provider and the payer stand in the log",
    ),
}
SAYS["paid"] = SAYS["accepted"]


def test_a_page_and_a_workbook_say_no_more_than_was_signed(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Formed, countersigned, accepted but for a line, settled: each in words of its own."""
    formed, folded = state(story)
    steps: list[tuple[str, str, Callable[[], object]]] = [
        ("formed", "formed, not yet signed by the provider", lambda: None),
        (
            "countersigned",
            "signed by the provider, not yet accepted by the payer",
            lambda: story.countersign(formed),
        ),
        (
            "accepted",
            "signed by the provider, accepted by the payer; lines denied: 1",
            lambda: review(story, formed, folded.lines[0]),
        ),
        (
            "paid",
            "signed by the provider, accepted by the payer, settled; lines denied: 1",
            lambda: story.pay(formed, 30_000),
        ),
    ]
    for status, standing, happens in steps:
        happens()
        follow(story, read_url)
        address = f"/statements/{formed.statement}"
        pages = {
            language: _words(client.get(f"{address}/statement.pdf?language={language}").content)
            for language in ("uk", "en")
        }
        ukrainian, english, closing = SAYS[status]
        # The label stands alone on its line: no other status's begins with it and ends there.
        assert f"{ukrainian} {formed.digest}" in pages["uk"]
        assert f"{english} {formed.digest}" in pages["en"]
        assert standing in pages["en"]
        assert closing in pages["en"]
        book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}/statement.xlsx").content))
        said: dict[Any, Any] = dict(book["statement"].values)  # type: ignore[arg-type]
        assert (said["status"], said["status_en"]) == (status, standing)
        assert said["about_sha256_uk"] == ukrainian
        assert said["about_sha256_en"] == english


def _words(file: bytes) -> str:
    """Return what a page of one sheet says, its line breaks taken for spaces."""
    (sheet,) = pypdf.PdfReader(io.BytesIO(file)).pages
    return " ".join(sheet.extract_text().split())


def test_a_file_names_its_statement_and_leads_to_the_proof(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Whatever the kind of file, its headers say the digest, the record and where it is proved."""
    formed, _ = state(story)
    follow(story, read_url)
    record = next(r for r in story.log.records if r.topic == "statement.formed.v1")
    for name in FILES:
        headers = client.get(f"/statements/{formed.statement}/{name}").headers
        assert headers["x-statement-digest"] == formed.digest, name
        assert headers["x-statement-position"] == str(record.position), name
        assert headers["link"] == (
            f'</log/records/proof/{record.position}>; rel="describedby"; type="application/json", '
            f'</commands/{record.command_id}/proof>; rel="describedby"; type="text/plain"'
        ), name


@pytest.mark.parametrize("name", FILES)
def test_the_headers_of_a_file_are_described(client: TestClient, name: str) -> None:
    """Whoever reads the service's description finds each header, and the file's kind."""
    described = client.get("/openapi.json").json()["paths"][f"/statements/{{id}}/{name}"]
    answer = described["get"]["responses"]["200"]
    assert answer["headers"].keys() == {
        *("X-Statement-Digest", "X-Statement-Position", "Link"),
        *("X-Ledger-Position", "X-Ledger-Chain-Value", "X-Ledger-Recorded-At"),
    }
    assert len(answer["content"]) == 1


def test_a_file_names_the_contract_by_its_number(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Both sides know a contract by its number: each file has it beside the id, as it was then."""
    bargain = Bargain(story.log, story.hospital, story.payer)
    bargain.conclude()
    contract = story.contract = bargain.contract
    patient = story.patient()
    story.treat(patient, story.refer(patient))
    formed = story.form()
    follow(story, read_url)
    address = f"/statements/{formed.statement}"
    table = rows(client.get(f"{address}/statement.csv").content)
    assert {(each["contract_number"], each["contract"]) for each in table} == {
        ("Д-1", str(contract))
    }
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}/statement.xlsx").content))
    said: dict[Any, Any] = dict(book["statement"].values)  # type: ignore[arg-type]
    assert (said["contract_number"], said["contract"]) == ("Д-1", str(contract))
    assert f"Д-1, {contract}" in _words(client.get(f"{address}/statement.pdf").content)
    notes = client.get(f"{address}/fhir").json()["processNote"]
    assert [each["text"] for each in notes] == [f"contract Д-1, {contract}"]


@pytest.mark.parametrize("at_once", [1, 2, 6, 7, 8])
def test_a_statement_of_many_pages_is_put_together_whole(
    story: Story,
    read_url: str,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    """Read a few lines at a time and kept on disk, the bytes are the same to the last."""
    monkeypatch.setattr(exact_statement, "LINES_AT_ONCE", at_once)
    monkeypatch.setattr(exact_statement, "IN_MEMORY_BYTES", 10)
    formed, folded = state(story, 7)
    follow(story, read_url)
    address = f"/statements/{formed.statement}"
    assert client.get(f"{address}/statement.json").content == folded.to_bytes()
    assert len(rows(client.get(f"{address}/statement.csv").content)) == 7


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_altered_charges_is_not_served(
    story: Story, read_url: str, client: TestClient, name: str
) -> None:
    """A price changed in the read model comes out in no format, not even its first byte."""
    formed, _ = state(story)
    follow(story, read_url)
    execute(read_url, "UPDATE payment_charge SET document = replace(document, '15000', '15001')")
    with pytest.raises(ReadModelCorrupt, match=r"statement\.digest_mismatch"):
        client.get(f"/statements/{formed.statement}/{name}")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_refused(
    story: Story, read_url: str, client: TestClient, name: str
) -> None:
    """An unknown statement, a malformed id and an unknown parameter each have their code."""
    formed, _ = state(story)
    follow(story, read_url)
    for address, status, said in (
        (f"/statements/{uuid4()}/{name}", 404, "read_model.not_found $.id"),
        (f"/statements/x/{name}", 400, "request.invalid_parameter $.id"),
        (f"/statements/{formed.statement}/{name}?x=1", 400, "request.unknown_parameter $"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.text) == (status, said)
    spoken = client.get(f"/statements/{formed.statement}/statement.pdf?language=ru")
    assert (spoken.status_code, spoken.text) == (400, "request.invalid_parameter $.language")


def test_parties_that_are_not_read_yet_are_undecided(read_url: str) -> None:
    """Where nobody is called anything yet, the page waits instead of naming nobody."""
    story = Story()
    formed, _ = state(story)
    follow(story, read_url)
    routes = router(read_url, FoldedPast(story.log))
    app = FastAPI()
    app.include_router(routes)
    with TestClient(app, raise_server_exceptions=True) as client, pytest.raises(Refusal) as raised:
        client.get(f"/statements/{formed.statement}/statement.pdf")
    routes.close()
    assert raised.value.code == "read_model.not_ready"


# Without a database: any lines there may be

_IDS = st.uuids(version=4)
_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"),
    min_size=1,
    max_size=20,
)
_AMOUNTS = st.integers(0, 10**12)
_LINES = st.builds(
    Line,
    position=st.just(1),
    charge=_IDS,
    act_position=st.integers(1, 10**9),
    performer=st.none() | _IDS,
    service=_TEXTS,
    day=st.dates(date(2018, 1, 1), date(2030, 1, 1)),
    tariff=_IDS,
    quantity=st.integers(1, 1000),
    price=st.builds(Price, _AMOUNTS),
    amount=_AMOUNTS,
)
_CORRECTIONS = st.builds(
    Correction,
    position=st.just(1),
    adjustment=_IDS,
    charge=_IDS,
    statement=_IDS,
    line=st.integers(1, 10**9),
    act_position=st.integers(1, 10**9),
    reason=_TEXTS,
    rule=st.none() | _TEXTS,
    rule_version=st.none() | st.integers(1, 9),
    amount=st.integers(-(10**9), 10**9),
)


def printed(lines: list[AnyLine]) -> tuple[Printed, Statement]:
    """Hold a statement of these lines as the query API holds one."""
    placed = [_at(each, number) for number, each in enumerate(lines, start=1)]
    entity = UUID("8a6f1c52-3a0e-4c8b-9a34-5b1f6f0d2c11")
    contract: Any = UUID("7c1e0f52-3b6a-4d8c-9e2f-1a2b3c4d5e6f")
    key = StatementKey(contract, "9", "2026-11")
    statement = Statement(key, entity, entity, tuple(placed))
    spool = io.BytesIO()
    for each in placed:
        spool.write(line_bytes(each) + b"\n")
    document = {
        "statement": "9d1f3c52-7b0e-4c8b-8a34-1b5f6f0d2c77",
        "digest": statement.digest(),
        "first": {"position": 77, "chain_value": "ab" * 32},
        "formed": {"recorded_at": "2026-11-23T08:00:00.123456Z"},
        "status": "formed",
        "accepted": None,
    }
    sums = (statement.as_of, len(placed), statement.total, statement.format)
    heading = Heading(key, statement.provider, statement.payer, *sums)
    party = Party(entity, "20000001", PROVIDER)
    return Printed(ExactStatement(document, heading, spool), party, party, None), statement


def _at(line: AnyLine, position: int) -> AnyLine:
    return replace(line, position=position)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_of_a_table_is_run(text: str) -> None:
    """A code that looks like a formula is a text to whatever opens the file; a sum stays a sum."""
    line, correction = _some()[0], _correction(text)
    held, _ = printed([replace(line, service=text), correction])
    first, second = rows(b"".join(csv_table.pieces(held)))
    assert first["service"] == second["reason"] == f"'{text}"
    assert (second["amount_kopiykas"], second["amount_uah"]) == ("-50", "-0.50")
    book = openpyxl.load_workbook(io.BytesIO(workbook.whole(held)))
    cell = book["lines"].cell(2, COLUMNS.index("service") + 1)
    assert cell.data_type != "f"


def _correction(reason: str) -> AnyLine:
    ids: Any = [UUID(int=number) for number in (7, 8, 9)]
    return Correction(1, *ids, 3, 2, reason, None, None, -50)


@given(st.lists(_LINES | _CORRECTIONS, min_size=1, max_size=8))
def test_whatever_the_lines_bytes_and_sums_are_the_statements(lines: list[AnyLine]) -> None:
    """Put together in pieces, the bytes are the same; the CSV adds up, and runs nothing."""
    held, statement = printed(lines)
    assert b"".join(held.exact.pieces()) == statement.to_bytes()
    table = rows(b"".join(csv_table.pieces(held)))
    assert len(table) == len(lines)
    assert sum(int(each["amount_kopiykas"]) for each in table) == statement.total
    assert sum(Decimal(each["amount_uah"]) for each in table) * 100 == statement.total
    for row, line in zip(table, statement.lines, strict=True):
        for name in ("service", "reason", "rule"):
            said, cell = getattr(line, name, None) or "", row[name]
            assert cell == (
                f"'{said}" if said.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else said
            )


@given(st.lists(_LINES | _CORRECTIONS, min_size=1, max_size=4))
def test_whatever_the_lines_another_program_opens_the_workbook(lines: list[AnyLine]) -> None:
    """Each amount is the line's; a text that looks like a formula is a text."""
    held, statement = printed(lines)
    book = openpyxl.load_workbook(io.BytesIO(workbook.whole(held)))
    at = COLUMNS.index("amount_kopiykas")
    sheet = book["lines"]
    found = [row[at].value for row in sheet.iter_rows(min_row=2)]
    assert list(map(int, found)) == [each.amount for each in statement.lines]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"n", "s", "inlineStr"}


@pytest.mark.parametrize("count", [1, *range(34, 50), 104, 200])
def test_every_line_is_on_one_page(count: int) -> None:
    """Wherever pages break, each line is printed once, each page is numbered, none is empty."""
    lines: list[AnyLine] = [
        Line(
            position=1,
            charge=UUID(int=number),
            act_position=700_000 + number,
            performer=None,
            service="urn:service|A-1",
            day=date(2026, 11, 20),
            tariff=UUID(int=0),
            quantity=1,
            price=Price(100),
            amount=100,
        )
        for number in range(count)
    ]
    held, _ = printed(lines)
    pages = pypdf.PdfReader(io.BytesIO(page.whole(held, "en"))).pages
    texts = [each.extract_text() for each in pages]
    whole = "\n".join(texts)
    for number in range(count):
        assert whole.count(str(700_000 + number)) == 1
    for number, text in enumerate(texts, start=1):
        assert f"page {number} of {len(texts)}" in text
        assert number == len(texts) or "700" in text
    assert texts[-1].count("Total:") == 1
    for each in pages:
        foot, *others = sorted(_heights(each))
        assert foot == pytest.approx(36, abs=1)
        assert min(others) > foot + 9  # points: nothing is drawn over the foot, or off the page


def _heights(sheet: pypdf.PageObject) -> set[float]:
    """Return how high above the page's lower edge text stands, each height once."""
    heights = set[float]()

    def seen(text: str, _: Any, matrix: Any, *__: Any) -> None:
        if text.strip():
            heights.add(round(float(matrix[5]), 1))

    sheet.extract_text(visitor_text=seen)
    return heights


def test_another_process_writes_the_same_bytes() -> None:
    """No clock, no random id and no order of a set is in the files."""
    held, _ = printed(_some())
    mine = _digests(held)
    script = (
        "from tests.projections.test_statement_files import _digests, _some, printed\n"
        "print(_digests(printed(_some())[0]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ".", "PYTHONHASHSEED": "7", "TZ": "America/New_York", "PATH": ""},
    )
    assert done.stdout.strip() == mine


def test_pages_drawn_at_once_are_the_same_pages() -> None:
    """Two payers who print at the same moment do not get letters of each other's page."""
    first, second = _some() * 60, [_correction("Ґудзик"), *_some() * 60]
    alone = [page.whole(printed(lines)[0], "uk") for lines in (first, second)]
    with ThreadPoolExecutor(4) as pool:
        asked = [printed(lines)[0] for _ in range(4) for lines in (first, second)]
        together = list(pool.map(lambda held: page.whole(held, "uk"), asked))
    assert together == alone * 4


def _some() -> list[AnyLine]:
    performers = (None, UUID(int=5))
    line: Any = Line
    return [
        line(
            1,
            UUID(int=1),
            7,
            each,
            "urn:service|Ї-1",
            date(2026, 11, 2),
            UUID(int=2),
            1,
            Price(100),
            100,
        )
        for each in performers
    ]


def _digests(held: Printed) -> str:
    made = [workbook.whole(held), page.whole(held, "uk"), page.whole(held, "en")]
    made.append(b"".join(csv_table.pieces(held)))
    return json.dumps([sha256(each).hexdigest() for each in made])


def test_a_large_statement_is_written_piece_by_piece() -> None:
    """The CSV of many lines never stands in memory whole."""
    held, statement = printed(_some() * 2_000)
    sizes = [len(each) for each in csv_table.pieces(held)]
    assert max(sizes) < sum(sizes) / 5
    assert max(len(each) for each in held.exact.pieces()) < len(statement.to_bytes()) / 3


@pytest.mark.parametrize("fault", ["a line that cannot be read", "another digest"])
def test_a_statement_that_cannot_be_put_together_leaves_no_file_open(
    story: Story, read_url: str, client: TestClient, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """However often a damaged statement is asked for, no temporary file stays behind."""
    made: list[Any] = []
    spooled = tempfile.SpooledTemporaryFile

    def noted(**options: Any) -> Any:
        made.append(spooled(**options))
        return made[-1]

    def broken(*_: object) -> Any:
        raise ReadModelCorrupt("row.malformed", "records", 1, "line")

    formed, _ = state(story)
    follow(story, read_url)
    ask = f"/statements/{formed.statement}/statement.json"
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", noted)
    with monkeypatch.context() as patched:
        if fault == "another digest":
            patched.setattr(exact_statement, "line_bytes", lambda _: b"{}")
        else:
            patched.setattr(exact_statement, "line_of", broken)
        with pytest.raises(ReadModelCorrupt):
            client.get(ask)
    assert [each.closed for each in made] == [True]
    assert client.get(ask).status_code == 200
    assert [each.closed for each in made] == [True, True]
