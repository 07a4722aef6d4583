"""What the payer takes home of a real ledger: a statement's files, and the treasury's agreement."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pypdf
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.statement import FormStatement
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.values.money import decimal
from ehealth_ledger.values.time import Month
from projections.projectors.catalogue import MODELS
from projections.projectors.compare import compare
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.query_api.routes import router
from projections.read_models.schema import prepare
from tests.cli.conftest import Deployment, environment_of
from tests.projections import fhir_r4
from tests.world import CMS, HOSPITAL_EDRPOU, PAYER_EDRPOU, World
from tests.write_path.country import SOON, Country, settle
from tests.write_path.test_money import Books, opened
from tests.write_path.test_offsets import TAKEN_BACK, owing_back

HEADING = "reference;date;amount;payer_edrpou;provider_edrpou;purpose"
PURPOSE = "Оплата за звітом"


@dataclass
class Taken:
    """Hold a ledger with one formed statement and the command line over it."""

    world: World
    books: Books
    line: Deployment
    folder: Path

    def follow(self) -> None:
        door = self.world.running.reader.notifications
        Follower(door, self.world.urls.read, MODELS).catch_up()

    def accept(self) -> None:
        """Let both sides sign."""
        books, world = self.books, self.world

        async def signed() -> None:
            first = books.countersignature
            await world.send("statement.countersign", books.country.hospital, resource=first)
            accepted = {"statement": str(books.statement), "digest": books.formed.digest}
            await world.send("statement.accept", world.payer, resource=accepted)

        asyncio.run(signed())
        self.follow()

    def file(self, *lines: str) -> str:
        """Write the treasury's file."""
        path = self.folder / "treasury.csv"
        path.write_text("\n".join((HEADING, *lines)) + "\n", "utf-8")
        return str(path)

    def paid(self, amount: int, reference: str = "UA-118") -> str:
        day = self.world.clock.now.date().isoformat()
        hryvnias = str(decimal(amount)).replace(".", ",")
        parties = f"{PAYER_EDRPOU};{HOSPITAL_EDRPOU}"
        return f"{reference};{day};{hryvnias};{parties};{PURPOSE} {self.books.statement}"


@pytest.fixture
def taken(world: World, tmp_path: Path) -> Taken:
    """Form a statement of two acts."""
    books = asyncio.run(opened(world))
    prepare(world.urls.read)
    folder = tmp_path / "taken"
    folder.mkdir()
    found = Taken(world, books, Deployment(world, environment_of(world.folder, world.urls)), folder)
    found.follow()
    return found


def test_a_statement_is_taken_home_in_every_form(taken: Taken) -> None:
    """The command line writes the bytes that the service gives; each form says the same sums."""
    formed, statement = taken.books.formed, str(taken.books.statement)
    written: dict[str, bytes] = {}
    for kind in ("json", "csv", "xlsx", "pdf", "fhir"):
        output = taken.folder / f"statement.{kind}"
        done = taken.line.run("statement", statement, "--format", kind, "--output", str(output))
        assert done.exit_code == 0, done.output
        written[kind] = output.read_bytes()
        assert done.stdout.strip() == f"{output}: {len(written[kind])} bytes"
    by_set = taken.folder / "by-set.json"
    named = ("--contract", str(taken.books.contract), "--package", "9")
    more = ("--period", taken.books.period, "--format", "json", "--output", str(by_set))
    assert taken.line.run("statement", *named, *more).exit_code == 0
    assert by_set.read_bytes() == written["json"]

    app = FastAPI()
    door = taken.world.running.reader.notifications
    routes = router(taken.world.urls.read, FoldedPast(door))
    app.include_router(routes)
    with TestClient(app) as client:
        for kind, body in written.items():
            name = "fhir" if kind == "fhir" else f"statement.{kind}"
            assert client.get(f"/statements/{statement}/{name}").content == body, kind
        lines = client.get(f"/statements/{statement}/lines").json()["lines"]
        contract = client.get(f"/contracts/{taken.books.contract}").json()["contract"]
        request = client.get(f"/contract-requests/{contract['request']}").json()
        changes = client.get("/statements/changes").json()["changes"]
    routes.close()
    for line in lines:
        (act,) = door.read(door.place_at(line["act"]["position"] - 1), 1)
        assert line["act"]["chain_value"] == act.chain_value.hex()
        assert line["act"]["command_id"] == str(act.command_id)
        assert line["act"]["performer"] == act.content()["employee"]
    assert [each["change"] for each in changes] == ["formed"]
    assert taken.line.json("statement", statement)["contract_number"] == contract["number"]
    told = taken.line.run("statement", statement).stdout
    assert f"contract {contract['number']}, {contract['contract']}, package 9" in told
    assert (contract["status"], contract["provider"]) == ("active", str(formed.provider))
    assert request["contract_request"]["status"] == "concluded"

    assert sha256(written["json"]).hexdigest() == formed.digest
    table = list(csv.DictReader(io.StringIO(written["csv"].decode())))
    assert sum(int(each["amount_kopiykas"]) for each in table) == formed.total
    about: dict[Any, Any] = dict(
        openpyxl.load_workbook(io.BytesIO(written["xlsx"]))["statement"].values  # type: ignore[arg-type]
    )
    assert (about["total_kopiykas"], about["sha256"]) == (formed.total, formed.digest)
    text = pypdf.PdfReader(io.BytesIO(written["pdf"])).pages[0].extract_text()
    assert formed.digest in text
    assert f"Заклад {HOSPITAL_EDRPOU}" in text
    fhir_r4.PaymentReconciliation.model_validate_json(written["fhir"])
    for model in ("contracts", "statement_changes"):
        assert compare(door, taken.world.urls.read, model, lambda *_: None).findings == []


def test_a_file_needs_its_kind_and_its_place(taken: Taken) -> None:
    """Half of what is needed is wrong usage; no such statement a finding; no folder a failure."""
    statement = str(taken.books.statement)
    assert taken.line.run("statement", statement, "--format", "csv").exit_code == 2
    assert taken.line.run("statement", statement, "--output", "x").exit_code == 2
    nowhere = str(taken.folder / "none" / "x.csv")
    for wanted, status in ((str(uuid4()), 1), (statement, 2)):
        done = taken.line.run("statement", wanted, "--format", "csv", "--output", nowhere)
        assert done.exit_code == status, done.output


def test_a_file_is_told_of_in_json_too(taken: Taken) -> None:
    """Whoever asks for JSON gets no sentence among it."""
    output = taken.folder / "statement.csv"
    wanted = (str(taken.books.statement), "--format", "csv", "--output", str(output))
    told = taken.line.json("statement", "show", *wanted)
    assert told == {"file": str(output), "format": "csv", "bytes": output.stat().st_size}


def test_a_months_statements_are_prepared_and_formed(world: World, tmp_path: Path) -> None:
    """Nothing before the cut-off; after it one content a set, which the payer signs and submits."""
    line = Deployment(world, environment_of(world.folder, world.urls))
    prepare(world.urls.read)
    out, payer = tmp_path / "to-sign", world.payer

    def follow() -> None:
        door = world.running.reader.notifications
        Follower(door, world.urls.read, MODELS).catch_up()

    async def earned() -> tuple[Country, UUID]:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        await country.treated()
        return country, contract

    country, contract = asyncio.run(earned())
    follow()
    month = country.month
    asked = (
        *("statement", "prepare", "--period", month, "--out", str(out)),
        *("--ledger", str(world.author.ledger), "--legal-entity", str(payer.legal_entity)),
        *("--employee", str(payer.employee)),
    )
    nobody = line.run(*asked)
    assert (nobody.exit_code, f"{month} has no cut-off" in nobody.stderr) == (1, True)

    async def close() -> None:
        await world.cut_off(Month(month), world.clock.now + SOON)

    asyncio.run(close())
    follow()
    early = line.run(*asked)
    assert (early.exit_code, f"{month} is open until" in early.stderr) == (1, True)
    assert not out.exists()
    world.clock.ahead += 2 * SOON
    asyncio.run(country.treated())  # into the next month: the ledger's time has passed the cut-off
    follow()
    told = line.json(*asked)
    (due,) = told["due"]
    assert (due["contract"], due["package"], due["count"], due["amount"]) == (
        *(str(contract), "9", 1, 15_000),
    )
    content = Path(due["file"]).read_bytes()
    command = parse(content)
    assert isinstance(command, FormStatement)
    assert line.run(*asked).exit_code == 2  # it is there already: sign that

    async def post() -> None:
        container = sign_cades(content, payer.credential)
        await world.running.intake.accept(container, CMS, client="test")

    asyncio.run(post())
    follow()
    printed = line.run(*asked)
    assert (printed.exit_code, f"{month}: 0 statements to form" in printed.stdout) == (0, True)
    assert line.json("statement", str(command.resource.id))["total"] == 15_000
    other = line.json(*asked[:9], str(uuid4()), *asked[10:])  # another payer's are not ours
    assert other["due"] == []
    assert line.run(*("statement", "prepare", "--period", "2026-13"), *asked[4:]).exit_code == 2


def test_the_treasury_and_the_ledger_agree_step_by_step(taken: Taken) -> None:
    """Missing in the ledger, prepared, signed by the payer, recorded: then each payment matches."""
    taken.accept()
    world, total = taken.world, taken.books.formed.total
    file = taken.file(taken.paid(total))
    first = taken.line.json("treasury", "import", file, status=1)
    assert [each["outcome"] for each in first["payments"]] == ["missing_in_ledger"]
    assert first["prepared"] == []

    signatory = (
        *("--ledger", str(world.author.ledger)),
        *("--legal-entity", str(world.payer.legal_entity)),
        *("--employee", str(world.payer.employee)),
    )
    out = ("--prepare", str(taken.folder / "to-sign"), *signatory)
    told = taken.line.json("treasury", "import", file, *out, status=1)
    (path,) = told["prepared"]
    content = Path(path).read_bytes()
    assert json.loads(content)["command"] == "payment.record"
    assert taken.line.run("treasury", "import", file, *out).exit_code == 2  # it is there already

    async def post() -> None:
        container = sign_cades(content, world.payer.credential)
        await world.running.intake.accept(container, CMS, client="test")

    asyncio.run(post())
    taken.follow()
    agreed = taken.line.json("treasury", "import", file)
    assert agreed["agrees"] is True
    (payment,) = agreed["payments"]
    assert (payment["outcome"], payment["in_file"], payment["in_ledger"]) == (
        *("matched", total, total),
    )
    printed = taken.line.run("treasury", "import", file)
    assert (printed.exit_code, "1 of 1 payments are on both sides" in printed.stdout) == (0, True)
    # The same money again, under another reference, is one too many.
    twice = taken.file(taken.paid(total), taken.paid(total, "UA-119"))
    found = taken.line.json("treasury", "import", twice, *out, status=1)
    assert [each["outcome"] for each in found["payments"]] == ["matched", "paid_twice"]
    assert found["prepared"] == []


def test_what_differs_is_named(taken: Taken) -> None:
    """Another amount, a payment of those days that is not in the file, a statement of nobody."""
    taken.accept()
    total = taken.books.formed.total
    for amount, reference in ((1_000, "UA-1"), (2_000, "UA-2")):
        paid = taken.books.payment(amount, reference)
        asyncio.run(taken.world.send("payment.record", taken.world.payer, resource=paid))
    taken.follow()
    unknown = taken.paid(500, "UA-3").replace(str(taken.books.statement), str(uuid4()))
    file = taken.file(taken.paid(1_001, "UA-1"), unknown, taken.paid(total, "UA-4"))
    found = taken.line.json("treasury", "import", file, status=1)
    assert [(each["reference"], each["outcome"]) for each in found["payments"]] == [
        ("UA-1", "amount_differs"),
        ("UA-3", "unmatched"),
        ("UA-4", "paid_twice"),
        ("UA-2", "missing_in_file"),
    ]
    assert found["counts"]["matched"] == 0
    later = ("--first-day", "2030-01-01", "--last-day", "2030-01-31")
    other_days = taken.line.json("treasury", "import", file, *later, status=1)
    assert other_days["counts"]["missing_in_file"] == 0


def test_a_bad_line_is_named_and_prepares_nothing(taken: Taken) -> None:
    """A file not understood whole is mended first; its good lines are matched all the same."""
    taken.accept()
    file = taken.file(taken.paid(taken.books.formed.total), "UA-2;today;1;2;3;thanks")
    signatory = ("--ledger", str(uuid4()), "--legal-entity", str(uuid4()), "--employee")
    out = ("--prepare", str(taken.folder / "to-sign"), *signatory, str(uuid4()))
    found = taken.line.json("treasury", "import", file, *out, status=1)
    assert [each["outcome"] for each in found["payments"]] == ["missing_in_ledger"]
    assert {each["line"] for each in found["bad_lines"]} == {3}
    assert found["prepared"] == []
    assert not (taken.folder / "to-sign").exists()
    printed = taken.line.run("treasury", "import", file)
    assert "line 3, date: date.malformed; expected a day, YYYY-MM-DD" in printed.stdout
    halves = taken.line.run("treasury", "import", file, "--prepare", "x")
    assert halves.exit_code == 2


def test_what_a_provider_returned_is_agreed_on_too(world: World, tmp_path: Path) -> None:
    """Told by a column of the file, prepared as a refund, recorded: then it matches, once."""
    books, _, debt = asyncio.run(owing_back(world))
    prepare(world.urls.read)
    line = Deployment(world, environment_of(world.folder, world.urls))
    taken = Taken(world, books, line, tmp_path)
    taken.follow()

    def file(*references: str, direction: str = "returned") -> str:
        lines = [taken.paid(TAKEN_BACK, each) for each in references]
        said = [each.replace(str(books.statement), str(debt.statement)) for each in lines]
        path = Path(taken.file(*said))
        text = path.read_text("utf-8").splitlines()
        text = [f"{text[0]};direction", *(f"{each};{direction}" for each in text[1:])]
        path.write_text("\n".join(text) + "\n", "utf-8")
        return str(path)

    signatory = (
        *("--ledger", str(world.author.ledger)),
        *("--legal-entity", str(world.payer.legal_entity)),
        *("--employee", str(world.payer.employee)),
    )
    out = ("--prepare", str(tmp_path / "to-sign"), *signatory)
    told = taken.line.json("treasury", "import", file("UA-7"), *out, status=1)
    assert [(each["outcome"], each["direction"]) for each in told["payments"]] == [
        ("missing_in_ledger", "returned")
    ]
    (path,) = map(Path, told["prepared"])
    assert path.name == "refund-00002.json"
    content = path.read_bytes()
    assert json.loads(content)["command"] == "refund.record"

    async def post() -> None:
        container = sign_cades(content, world.payer.credential)
        await world.running.intake.accept(container, CMS, client="test")

    asyncio.run(post())
    taken.follow()
    agreed = taken.line.json("treasury", "import", file("UA-7"))
    assert (agreed["agrees"], agreed["counts"]["matched"]) == (True, 1)
    twice = taken.line.json("treasury", "import", file("UA-7", "UA-8"), status=1)
    assert [each["outcome"] for each in twice["payments"]] == ["matched", "returned_twice"]
    wrong_way = taken.line.json("treasury", "import", file("UA-7", direction="paid"), status=1)
    assert [each["why"] for each in wrong_way["payments"]] == ["recorded as returned"]
    silent = taken.line.json("treasury", "import", taken.file(taken.paid(1, "UA-9")), status=1)
    assert [(each["outcome"], each["direction"]) for each in silent["payments"]][1:] == []
