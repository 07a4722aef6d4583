"""Kill the service in the middle of an erasure: it comes about whole, or not at all."""

from __future__ import annotations

import json
import signal
from http.client import HTTPConnection, HTTPException
from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.entrypoints.demo.acts import countersign_erasure, order_erasure
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.mis import checked
from ehealth_ledger.entrypoints.demo.resources import registry
from tests.crash.conftest import Ward


def post(ward: Ward, signed: Signed) -> tuple[int, dict[str, object]] | None:
    """Post one command; None where the service ended before it answered."""
    connection = HTTPConnection("127.0.0.1", ward.launcher.port, timeout=60)
    try:
        headers = {"content-type": "application/pkcs7-mime"}
        connection.request("POST", "/commands", signed.container, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, HTTPException, json.JSONDecodeError):
        return None
    finally:
        connection.close()


def accepted(ward: Ward, signed: Signed) -> Placement:
    answer = post(ward, signed)
    assert answer is not None
    status, members = answer
    assert status == 201, members
    return checked(members, str(members["signing_key"])).placement


def hired(ward: Ward, number: int) -> Actor:
    """Let the payer hire another person."""
    tax_id = f"20000001{number:02}"
    actor = Actor(
        UUID(int=number + (4 << 76) + (8 << 60)),
        ward.world.payer.legal_entity,
        ward.world.credential("Друга Особа", tax_id),
    )
    party = registry.party(tax_id, "Особа", "Друга")
    resource = registry.employment(actor.employee, party, "NHS_ADMIN_SIGNER")
    accepted(ward, ward.world.author.sign("employee.register", ward.world.payer, resource=resource))
    return actor


def left_of(ward: Ward, patient: UUID) -> tuple[bool, int]:
    """Tell whether the key is there, and how many blobs are."""
    with psycopg.connect(ward.world.urls.vault) as vault:
        row = vault.execute(
            "SELECT wrapped IS NOT NULL FROM vault.subject_keys WHERE key_id = %s", (patient,)
        ).fetchone()
    with psycopg.connect(ward.world.urls.ledger) as ledger:
        ledger.execute("SET search_path = ledger")
        count = ledger.execute(
            "SELECT count(*) FROM bodies JOIN records USING (log, position) WHERE key_id = %s",
            (patient,),
        ).fetchone()
    assert row is not None
    assert count is not None
    return row[0], count[0]


@pytest.mark.parametrize(
    ("point", "number", "after_the_kill"),
    [
        ("before_commit", 1, (True, 1)),
        ("after_commit", 2, (True, 1)),
        ("key_destroyed", 3, (False, 1)),
    ],
)
def test_an_erasure_that_was_cut_off(
    ward: Ward, point: str, number: int, after_the_kill: tuple[bool, int]
) -> None:
    """What was committed is carried out before the next service answers; what was not, is not."""
    ward.launcher.start(point)
    ward.settle()
    ward.hand_in(ward.patients(2))  # neighbours, who stay
    (registration,) = ward.patients(1)
    patient = UUID(json.loads(registration.content)["resource"]["id"])
    accepted(ward, registration)
    second = hired(ward, number)
    author = ward.world.author
    order = order_erasure(author, ward.world.payer, patient)
    placed = accepted(ward, order)
    countersigned = countersign_erasure(author, second, patient, order, placed)

    ward.launcher.arm()
    assert post(ward, countersigned) is None
    assert ward.launcher.ended() == -signal.SIGKILL
    assert left_of(ward, patient) == after_the_kill

    ward.launcher.start("never")  # returns when it serves
    recorded = point != "before_commit"
    if recorded:
        assert left_of(ward, patient) == (False, 0)
    answer = post(ward, countersigned)
    assert answer is not None
    assert answer[0] == (200 if recorded else 201)
    assert left_of(ward, patient) == (False, 0)
    again = post(ward, registration)
    assert again is not None
    assert (again[0], again[1]["erased"]) == (200, True)
    ward.launcher.stop()
    ward.check_books()
