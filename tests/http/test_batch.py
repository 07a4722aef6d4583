"""Hand in many commands at once: order, isolation, limits."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ehealth_ledger.entrypoints.demo.cades import sign_jws
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.http import batch
from tests.http.conftest import BODY_BYTES_MAX, Served

NDJSON = {"content-type": "application/x-ndjson"}


def _line(signed: Signed) -> bytes:
    return json.dumps({"signed_data": b64encode(signed.container).decode()}).encode()


def _post(http: httpx.Client, body: bytes | Iterator[bytes]) -> list[dict[str, Any]]:
    answer = http.post("/commands/batch", content=body, headers=NDJSON)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    answers = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["line"] for each in answers] == list(range(1, len(answers) + 1))
    return answers


def test_answers_stand_in_the_order_of_the_lines(country: Served, http: httpx.Client) -> None:
    """Three hundred commands, one answer each, in order; the last line needs no line feed."""
    signed = [country.patient() for _ in range(300)]
    answers = _post(http, b"\n".join(map(_line, signed)))
    assert [each["command_id"] for each in answers] == [str(each.command_id) for each in signed]
    assert {each["status"] for each in answers} == {201}
    positions = [each["first_position"] for each in answers]
    assert len(set(positions)) == len(positions)


def test_a_bad_line_harms_no_other(country: Served, http: httpx.Client) -> None:
    """Every kind of bad line in the middle: the good ones around it are recorded all the same."""
    good = [country.patient() for _ in range(3)]
    repeated = country.patient()
    jws = sign_jws(good[1].content, country.doctor.credential)
    lines = [
        _line(good[0]),
        b"no json",
        b"",
        b'{"signed_data": "MA==", "signed_data": "MA=="}',
        b'{"signed_data": "MA==", "jws": "a.b.c"}',
        b'{"other": "MA=="}',
        b'{"signed_data": "!"}',
        b'{"jws": "a.b.c"}',
        b'{"signed_data": "' + b"A" * BODY_BYTES_MAX + b'"}',
        _line(country.patient(ledger="5a3c0d0e-52a5-4f53-9f0b-3a5c0c7e4f10")),
        json.dumps({"jws": jws}).encode(),
        _line(repeated),
        _line(repeated),
        _line(good[2]),
    ]
    answers = _post(http, b"\n".join(lines) + b"\n")
    outcomes = [each.get("code", each["status"]) for each in answers]
    outcomes[11:13] = ["either", "either"]
    assert outcomes == [
        201,
        *("request.not_json",) * 5,
        "request.not_base64",
        "container.not_jws",
        "request.too_large",
        "content.other_ledger",
        201,
        *("either", "either"),  # of two equal lines side by side one is the repeat
        201,
    ]
    first, second = sorted(answers[11:13], key=lambda each: -int(each["status"]))
    repeat = {"line": second["line"], "status": 200, "repeated": True}
    assert (first["status"], second) == (201, {**first, **repeat})
    assert answers[10]["command_id"] == str(good[1].command_id)


def test_lines_may_come_in_pieces(country: Served, http: httpx.Client) -> None:
    """A line is a line however the network cuts it."""
    signed = [country.patient() for _ in range(5)]
    body = b"\n".join(map(_line, signed))

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    answers = _post(http, pieces())
    assert [each["command_id"] for each in answers] == [str(each.command_id) for each in signed]


def test_an_empty_batch_has_no_answers(http: httpx.Client) -> None:
    """No lines, no answers."""
    assert _post(http, b"") == []


def test_refuses_request__too_large__batch(
    country: Served, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the limit of lines there is one last refusal; what came before is settled."""
    monkeypatch.setattr(batch, "LINES_MAX", 3)
    signed = [country.patient() for _ in range(5)]
    answers = _post(http, b"\n".join(map(_line, signed)) + b"\n")
    assert [each.get("code", each["status"]) for each in answers] == [
        *(201, 201, 201),
        "request.too_large",
    ]
    assert answers[3]["evidence"]["lines_max"] == "3"


def test_refuses_service__stopping(country: Served, http: httpx.Client) -> None:
    """Once the service is stopping, lines that come later are told so; none is recorded."""
    signed = country.patient()
    country.stopping.set()
    try:
        (answer,) = _post(http, _line(signed))
        ready = http.get("/ready")
    finally:
        country.stopping.clear()
    assert answer["code"] == "service.stopping"
    assert answer["retry"] is True
    assert ready.status_code == 503
    assert ready.json()["checks"]["service"] == "stopping"
    assert http.get(f"/commands/{signed.command_id}").status_code == 404
