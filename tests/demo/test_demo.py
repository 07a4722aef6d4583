"""Play the demo for real, small, and hold what it found against what it promises."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx
import pypdf
import pytest

from ehealth_ledger.bundle.verify import verify
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.entrypoints.demo import people
from ehealth_ledger.entrypoints.demo.place import ServiceNote
from ehealth_ledger.store.file_lock import take_lock
from ehealth_ledger.values.identifiers import canonical_uuid
from tests.http import auditor

STARTED_S_MAX: Final = 60.0
DEMO_S_MAX: Final = 240.0
CALL: Final = """
import signal, sys
from pathlib import Path
from ehealth_ledger.entrypoints.demo.story import run
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
arguments = {"keep": "keep" in sys.argv, "json": "json" in sys.argv}
sys.exit(run(data_dir=Path(sys.argv[1]), patients=int(sys.argv[2]), **arguments))
"""
REFUSALS: Final = [
    "actor.not_signer",
    "actor.role_not_allowed",
    "certificate.revoked",
    "patient.already_registered",
    "signature.digest_mismatch",
    "referral.already_redeemed",
    "referral.not_active",
    "encounter.code_system_not_allowed",
    "content.other_ledger",
    "statement.period_open",
    "command.conflict",
    "payment.exceeds_statement",
    "patient.erasure_barred",
    "patient.erasure_by_one_person",
    "patient.erased",
]


def demo(home: Path, *options: str) -> subprocess.Popen[str]:
    """Start a demo as a process; its environment points at a real deployment."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "EHEALTH_DATA_DIR": str(home / "real"),
        "EHEALTH_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/real",
        "EHEALTH_TRUST_STORE_FILE": str(home / "real" / "trust-store.json"),
        "EHEALTH_CRL_DIR": str(home / "real" / "crls"),
    }
    return subprocess.Popen(
        [sys.executable, "-c", CALL, str(home), str(people.PATIENTS_MIN), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def run_of(home: Path) -> Path:
    """Return the one run's folder."""
    (folder,) = home.glob("run-*")
    return folder


def await_service(home: Path) -> ServiceNote:
    """Wait until a demo has started its service."""
    deadline = time.monotonic() + STARTED_S_MAX
    while time.monotonic() < deadline:
        for folder in home.glob("run-*"):
            note = ServiceNote.read(folder)
            if note is not None:
                return note
        time.sleep(0.02)
    raise AssertionError("the demo started no service")


def is_running(folder: Path) -> bool:
    """Tell whether a run's service lives: it holds its lock as long."""
    lock = take_lock(folder / "service.lock")
    if lock is not None:
        os.close(lock)
    return lock is None


@pytest.fixture(scope="module")
def found(shared_folder: Path) -> dict[str, Any]:
    """Play once; return the document."""
    with demo(shared_folder, "json") as process:
        printed, told = process.communicate(timeout=DEMO_S_MAX)
    assert process.returncode == 0, told
    document: dict[str, Any] = json.loads(printed)
    return document


@pytest.fixture(scope="module")
def lines(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Take the statement's lines."""
    listed: list[dict[str, Any]] = found["statement"]["lines"]
    return listed


def test_the_replay_is_equal(found: dict[str, Any]) -> None:
    """The log alone yields the statement that was signed and paid."""
    assert found["replay"]["equal"]
    assert found["replay"]["digest"] == found["statement"]["digest"]


def test_verify_finds_nothing(found: dict[str, Any]) -> None:
    """Every command of the story stands in the ledger with a signature that holds."""
    verified = found["verify"]
    assert verified["findings"] == []
    founding = 3 + len(reference_data.directories())  # opening, parameters, directories, services
    commands = found["commands"]
    assert commands["by_itself"] >= 1
    said = commands["accepted"] + commands["by_itself"] + commands["last_month"]
    assert verified["commands"] == said + founding
    erased = {act["command_id"] for act in found["acts"] if act["signed_by"] is None}
    assert verified["erasures"] == 1
    assert verified["erased"] > 10
    assert 0 < verified["commands"] - verified["signatures"] < verified["erased"]
    assert len(erased) == 1  # the visit in the statement; nobody can say any more who signed it


def test_the_statements_bundle_is_verified_alone(found: dict[str, Any]) -> None:
    """The payer's auditor makes the statement again from the folder that the demo leaves."""
    bundle, statement = found["bundle"], found["statement"]
    assert bundle["outcome"] == "valid"
    assert bundle["equal"]
    policy = Policy.parse(f"log {found['proof']['key']}\nquorum none\n")
    report = verify(Path(bundle["folder"]), policy, progress=lambda *_: None)
    (made,) = report.statements
    assert (made.digest, len(made.lines)) == (statement["digest"], statement["count"])
    assert report.signatures == bundle["signatures"]


def test_an_act_is_proved_by_a_file_and_a_checkpoint(found: dict[str, Any]) -> None:
    """The act of the first line stands in the signed tree; the file says so without the service."""
    proof, folder = found["proof"], Path(found["folder"])
    line = found["statement"]["lines"][0]
    assert proof["command_id"] == line["command_id"]
    assert found["verify"]["checkpoints"] >= 1
    proved = auditor.open_proof((folder / "act.proof").read_bytes(), proof["key"])
    assert (proved.index + 1, proved.checkpoint.size) == (proof["position"], proof["size"])
    pieces = auditor.fields(proved.record)
    assert (pieces[4].hex(), pieces[9].decode()) == (
        line["command_id"].replace("-", ""),
        proof["topic"],
    )
    origin, size, root = proof["checkpoint"].splitlines()
    assert origin == proof["key"].partition("+")[0]
    assert int(size) >= proof["size"] > 100
    assert root


def test_the_month_of_capitation_counts_whoever_was_declared(found: dict[str, Any]) -> None:
    """The practice was settled last month; the ledger counts it by itself as the month began."""
    month = found["capitation"]
    assert month["declared"] == 6
    assert [each["counted"] for each in month["packages"]] == [6, 6]
    assert month["status"] == "counted"
    assert [each["packages"] for each in month["settled"]] == [["1-red-list"]]
    assert month["amount"] == sum(row["amount"] for row in month["rows"]) > 0
    assert {row["mountain"] for row in month["rows"]} == {True}


def test_the_total_is_the_sum_of_the_lines(
    found: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    """What was paid is what the lines add up to, in whole kopiykas."""
    total = sum(line["amount"] for line in lines)
    assert lines
    denied = [line["amount"] for line in lines if "denied" in line]
    assert len(denied) == 1
    assert found["statement"]["total"] == total
    assert found["statement"]["owed"] == found["statement"]["paid"] == total - sum(denied)
    assert found["replay"]["total"] == total
    assert found["statement"]["status"] == "paid"


def test_a_month_below_zero_is_set_off_and_repaid(found: dict[str, Any]) -> None:
    """A corrected case leaves a debt: part is set off, the rest comes back from the bank."""
    debt = found["debt"]
    assert (debt["total"], debt["owed"]) == (-1_000_000, -1_000_000)
    assert [each["amount"] for each in debt["offsets"]] == [600_000]
    assert [each["amount"] for each in debt["refunds"]] == [400_000]
    assert (debt["status"], debt["remaining"]) == ("paid", 0)


def test_the_payer_takes_files_home(found: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    """A table that adds up, a page that names the digest, and a treasury that agrees."""
    table, page = (Path(each) for each in found["files"])
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    assert sum(int(each["amount_kopiykas"]) for each in rows) == found["statement"]["total"]
    assert len(rows) == len(lines)
    text = "".join(each.extract_text() for each in pypdf.PdfReader(page).pages)
    assert found["statement"]["digest"] in text
    assert "Звіт про медичні послуги" in text
    assert found["treasury"]["agrees"]
    assert [each["outcome"] for each in found["treasury"]["payments"]] == ["matched", "matched"]


def test_each_line_leads_to_a_signed_act(
    found: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    """No amount stands without the encounter, its command and its signer behind it."""
    acts = {act["position"]: act for act in found["acts"]}
    for line in lines:
        act = acts[line["act"]["position"]]
        assert act["topic"] == "encounter.recorded.v1"
        assert act["command_id"] == line["command_id"]
        if act["signed_by"] is not None:
            assert act["signed_by"] == line["performer"]
            assert act["name"]


def test_the_refusals_are_the_expected_ones(found: dict[str, Any]) -> None:
    """Each deliberate wrong command gets its own code."""
    assert [each["code"] for each in found["refusals"]] == REFUSALS
    assert found["commands"]["refused"] == len(REFUSALS)


def test_the_same_bytes_get_the_same_receipt(found: dict[str, Any]) -> None:
    """A repeated post is recorded once."""
    assert found["same_receipt"]


def test_the_referrals_ended_as_told(found: dict[str, Any]) -> None:
    """One is recalled, one stays open, all others were served; one of them is not priced."""
    statuses = sorted(referral["status"] for referral in found["referrals"])
    served = people.PATIENTS_MIN - 3  # of one who was served nothing is known any more
    assert statuses == ["active", *["completed"] * served, "recalled"]
    assert [charge["reason"] for charge in found["withheld"]] == ["no_tariff", "no_group"]


def test_one_case_is_paid_by_its_weight_and_one_fits_no_group(found: dict[str, Any]) -> None:
    """The hospital's inpatients: a group's weight times the base, and a case that waits."""
    (case,) = found["cases"]
    assert (case["kind"], case["package"]) == ("case", "surgery")
    assert case["service"].endswith("|appendectomy-complicated")
    assert (case["unit_price"], case["amount"]) == (1_350_000, 2_497_500)
    assert [each["value"] for each in case["coefficients"]] == ["1.85"]
    ungrouped = found["withheld"][1]
    assert (ungrouped["kind"], ungrouped["service"]) == ("case", None)


def test_a_late_visit_belongs_to_the_next_month(found: dict[str, Any]) -> None:
    """What is recorded after the cut-off waits for the next statement."""
    charge, *corrections = found["later"]
    assert [each["status"] for each in corrections] == ["accrued", "adjustment"]
    assert (corrections[0]["attempt"], corrections[1]["amount"]) == (2, -5_000)
    assert charge["period"] > found["statement"]["period"]
    assert charge["position"] not in {line["position"] for line in found["statement"]["lines"]}


def test_the_patient_has_the_second_doctor(found: dict[str, Any]) -> None:
    """Who changes the doctor has one declaration, the new one."""
    summary = found["summary"]
    assert summary["declaration"]["doctor"] == summary["encounters"][0]["performer"]
    assert {each["class"] for each in summary["encounters"]} == {"PHC", "AMB"}


def test_a_real_deployment_is_left_alone(found: dict[str, Any]) -> None:
    """Whatever the environment names, the demo writes into its own folder only."""
    folder = Path(found["folder"])
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    assert (folder / "trust-store.json").exists()
    assert not is_running(folder)


def test_a_kept_service_goes_on(server_folder: Path) -> None:
    """With `keep` the service outlives the demo, answers as before, and ends when asked."""
    with demo(server_folder, "keep") as process:
        printed, told = process.communicate(timeout=DEMO_S_MAX)
    assert process.returncode == 0, printed + told
    folder = run_of(server_folder)
    note = ServiceNote.read(folder)
    assert note is not None
    try:
        assert f"kill {note.pid}" in printed
        statement = httpx.get(f"{note.url}/statements", trust_env=False).json()["statements"][0]
        canonical_uuid(statement["statement"])
        path = f"{note.url}/statements/{statement['statement']}/bytes"
        signed = httpx.get(path, trust_env=False).content
        assert sha256(signed).hexdigest() == statement["digest"]
    finally:
        os.kill(note.pid, signal.SIGTERM)
    deadline = time.monotonic() + STARTED_S_MAX
    while is_running(folder):
        assert time.monotonic() < deadline, "the service did not end"
        time.sleep(0.05)
    assert max(len(line) for line in printed.splitlines() if "/" not in line) <= 100


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_an_interrupted_demo_stops_its_service(
    server_folder: Path, number: signal.Signals, status: int
) -> None:
    """Ctrl-C leaves nothing running and says so."""
    with demo(server_folder) as process:
        await_service(server_folder)
        process.send_signal(number)
        printed, _ = process.communicate(timeout=DEMO_S_MAX)
    assert process.returncode == status
    assert "stopped" in printed
    assert not is_running(run_of(server_folder))


def test_a_killed_demo_is_cleared_away_by_the_next(server_folder: Path) -> None:
    """After `kill -9` the next demo stops what was left, says so, and plays."""
    with demo(server_folder) as process:
        left = await_service(server_folder)
        process.kill()
        process.communicate()
    killed = run_of(server_folder)
    with demo(server_folder, "json") as process:
        _, told = process.communicate(timeout=DEMO_S_MAX)
    assert process.returncode == 0, told
    assert f"process {left.pid}" in told
    assert not killed.exists()


def test_a_service_that_fails_is_named(server_folder: Path) -> None:
    """Where the service dies, the demo fails, says what failed, and shows the end of its log."""
    with demo(server_folder) as process:
        os.kill(await_service(server_folder).pid, signal.SIGKILL)
        printed, _ = process.communicate(timeout=DEMO_S_MAX)
    assert process.returncode == 1
    assert "The demo failed" in printed
    assert "The service ended with status -9" in printed
