"""Hand commands in as a hospital system does, and read the answers to the letter."""

from __future__ import annotations

import threading
from base64 import b64encode
from datetime import datetime
from uuid import uuid4

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.entrypoints.demo.cades import sign_jws
from ehealth_ledger.entrypoints.demo.mis import checked
from ehealth_ledger.entrypoints.http.receipts import ReceiptAnswer
from tests.http.conftest import Served

CMS = {"content-type": "application/pkcs7-mime"}


@pytest.mark.parametrize("form", ["pkcs7-mime", "pkcs7-mime with a parameter", "jose", "json"])
def test_a_new_command_gets_a_signed_receipt(
    country: Served, http: httpx.Client, form: str
) -> None:
    """Each of the three media types yields 201, a Location, and a receipt that verifies alone."""
    signed = country.patient()
    match form:
        case "jose":
            compact = sign_jws(signed.content, country.doctor.credential)
            answer = http.post(
                "/commands", content=compact, headers={"content-type": "application/jose"}
            )
        case "json":
            body = {"signed_data": b64encode(signed.container).decode()}
            answer = http.post("/commands", json=body)
        case _:
            kind = form.replace(" with a parameter", "; smime-type=signed-data")
            headers = {"content-type": f"application/{kind}"}
            answer = http.post("/commands", content=signed.container, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/commands/{signed.command_id}"
    members = answer.json()
    receipt = ReceiptAnswer.model_validate(members, strict=False)
    assert receipt.command_id == signed.command_id
    assert receipt.ledger == country.world.author.ledger
    assert receipt.log == "records"
    assert receipt.first_position == receipt.last_position
    assert not receipt.repeated
    assert not receipt.erased
    checked(members, receipt.signing_key)  # raises where the signature does not hold
    assert (
        len(
            Ed25519PublicKey.from_public_bytes(
                bytes.fromhex(receipt.signing_key)
            ).public_bytes_raw()
        )
        == 32
    )
    written = datetime.fromisoformat(receipt.recorded_at)
    assert receipt.recorded_at.endswith("Z")
    assert round(written.timestamp() * 1_000_000) == receipt.recorded_at_us


def test_a_repeat_gets_the_same_receipt(country: Served, http: httpx.Client) -> None:
    """The same bytes, twice: 201 then 200, and nothing differs but `repeated`."""
    signed = country.patient()
    first = http.post("/commands", content=signed.container, headers=CMS)
    again = http.post("/commands", content=signed.container, headers=CMS)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}


def test_the_receipt_can_be_asked_for(country: Served, http: httpx.Client) -> None:
    """Whoever lost the answer gets it by the command's id."""
    signed = country.patient()
    posted = http.post("/commands", content=signed.container, headers=CMS)
    asked = http.get(posted.headers["location"])
    assert asked.status_code == 200
    assert asked.json() == {**posted.json(), "repeated": True}


def test_refuses_request__not_found_for_an_unknown_command(http: httpx.Client) -> None:
    """A command the ledger does not know is a 404 that says so."""
    answer = http.get(f"/commands/{uuid4()}")
    assert answer.status_code == 404
    problem = answer.json()
    assert problem["code"] == "request.not_found"
    assert problem["evidence"] == {"status": "unknown"}


def test_a_refusal_names_the_code_and_the_path(country: Served, http: httpx.Client) -> None:
    """A refused command gets a problem with the rule's code, and the id stays free."""
    signed = country.patient(ledger=str(uuid4()))
    answer = http.post("/commands", content=signed.container, headers=CMS)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/content.other_ledger"
    assert problem["code"] == "content.other_ledger"
    assert problem["errors"] == [{"path": "$.ledger", "rule": "content.other_ledger"}]
    assert problem["retry"] is False
    assert problem["status"] == 422
    assert http.get(f"/commands/{signed.command_id}").status_code == 404


def test_a_conflict_is_no_repeat(country: Served, http: httpx.Client) -> None:
    """Other content under an id that is taken is a conflict, not the other's receipt."""
    first = country.patient()
    other = country.patient(command_id=str(first.command_id))
    assert http.post("/commands", content=first.container, headers=CMS).status_code == 201
    answer = http.post("/commands", content=other.container, headers=CMS)
    assert answer.status_code == 409
    assert answer.json()["code"] == "command.conflict"


def test_a_command_in_progress_is_said_to_be(country: Served, http: httpx.Client) -> None:
    """While somebody else holds the head, the command is in progress; then it has its receipt."""
    signed = country.patient()
    answers: list[httpx.Response] = []

    def post() -> None:
        with httpx.Client(base_url=country.url, timeout=30, trust_env=False) as other:
            answers.append(other.post("/commands", content=signed.container, headers=CMS))

    caller = threading.Thread(target=post)
    with psycopg.connect(country.world.urls.ledger) as holder:
        holder.execute("SELECT FROM ledger.heads FOR UPDATE")
        caller.start()
        asked = (http.get(f"/commands/{signed.command_id}") for _ in range(1_000))
        pending = next(each for each in asked if each.status_code != 404)
        holder.rollback()
    caller.join()
    assert pending.status_code == 202
    assert pending.json() == {"status": "in_progress", "command_id": str(signed.command_id)}
    assert answers[0].status_code == 201
    assert http.get(f"/commands/{signed.command_id}").status_code == 200
