"""Send what no hospital system should, and expect one exact problem for each."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from ehealth_ledger.errors import CATALOGUE
from tests.http.conftest import BODY_BYTES_MAX, Served

CMS, JOSE, JSON = "application/pkcs7-mime", "application/jose", "application/json"
NO_DER = b64encode(b"no container").decode()


class Wrong(NamedTuple):
    """One request that is wrong in one way, and the answer to it."""

    status: int
    code: str
    path: str
    method: str = "POST"
    url: str = "/commands"
    media_type: str | None = JSON
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


WRONG = {
    # The media type
    "no media type": Wrong(415, "request.media_type_unknown", "$", media_type=None, body=b"x"),
    "text": Wrong(415, "request.media_type_unknown", "$", media_type="text/plain", body=b"x"),
    "NDJSON for one": Wrong(
        415, "request.media_type_unknown", "$", media_type="application/x-ndjson"
    ),
    "JSON for a batch": Wrong(415, "request.media_type_unknown", "$", url="/commands/batch"),
    "a compressed body": Wrong(
        415,
        "request.media_type_unknown",
        "$",
        headers=(("content-encoding", "gzip"),),
        body=b"\x1f\x8b",
    ),
    # The JSON wrapping
    "no body": Wrong(400, "request.not_json", "$"),
    "no JSON": Wrong(400, "request.not_json", "$", body=b'{"signed_data": '),
    "no UTF-8": Wrong(400, "request.not_json", "$", body=b'{"signed_data": "\xff"}'),
    "an array": Wrong(400, "request.not_json", "$", body=b'["MA=="]'),
    "a number": Wrong(400, "request.not_json", "$.signed_data", body=b'{"signed_data": 1}'),
    "null": Wrong(400, "request.not_json", "$.signed_data", body=b'{"signed_data": null}'),
    "NaN": Wrong(400, "request.not_json", "$", body=b'{"signed_data": NaN}'),
    "an empty object": Wrong(400, "request.not_json", "$", body=b"{}"),
    "a key twice": Wrong(
        400, "request.not_json", "$", body=b'{"signed_data": "MA==", "signed_data": "MA=="}'
    ),
    "an unknown field": Wrong(
        400, "request.not_json", "$.note", body=b'{"signed_data": "MA==", "note": ""}'
    ),
    "a field of a batch": Wrong(400, "request.not_json", "$.jws", body=b'{"jws": "a.b.c"}'),
    "two documents": Wrong(400, "request.not_json", "$", body=b'{"signed_data": "MA=="} {}'),
    "deep nesting": Wrong(
        400, "request.not_json", "$", body=b'{"signed_data": ' + b"[" * 100 + b"]" * 100 + b"}"
    ),
    "bottomless nesting": Wrong(
        400, "request.not_json", "$", body=b'{"signed_data": ' + b"[" * 20_000
    ),
    # The base64
    "no base64": Wrong(400, "request.not_base64", "$.signed_data", body=b'{"signed_data": "!"}'),
    "base64 unpadded": Wrong(
        400, "request.not_base64", "$.signed_data", body=b'{"signed_data": "MA"}'
    ),
    "base64 folded": Wrong(
        400, "request.not_base64", "$.signed_data", body=b'{"signed_data": "MA\\n=="}'
    ),
    "base64 of the web": Wrong(
        400, "request.not_base64", "$.signed_data", body=b'{"signed_data": "__8="}'
    ),
    "base64 not canonical": Wrong(
        400, "request.not_base64", "$.signed_data", body=b'{"signed_data": "MB=="}'
    ),
    # The container
    "no DER": Wrong(422, "container.not_der", "$", media_type=CMS, body=b"no container"),
    "no bytes": Wrong(422, "container.not_der", "$", media_type=CMS),
    "no DER in JSON": Wrong(
        422, "container.not_der", "$", body=json.dumps({"signed_data": NO_DER}).encode()
    ),
    "no JWS": Wrong(422, "container.not_jws", "$", media_type=JOSE, body=b"no container"),
    # The size
    "a body too large, declared": Wrong(
        413, "request.too_large", "$", media_type=CMS, body=bytes(BODY_BYTES_MAX + 1)
    ),
    # The address
    "an unknown address": Wrong(404, "request.not_found", "$", "GET", "/nowhere", None),
    "a slash too many": Wrong(404, "request.not_found", "$", "GET", "/head/", None),
    "an unknown code": Wrong(404, "request.not_found", "$.code", "GET", "/problems/nothing", None),
    "a record beyond the head": Wrong(
        404, "request.not_found", "$.position", "GET", "/records/records/999999", None
    ),
    "a record of no log": Wrong(
        404, "request.not_found", "$.position", "GET", "/records/nowhere/1", None
    ),
    "an unknown method": Wrong(405, "request.method_not_allowed", "$", "GET", "/commands", None),
    "a deletion": Wrong(
        405, "request.method_not_allowed", "$", "DELETE", "/records/records/1", None
    ),
    "an unknown parameter": Wrong(
        400, "request.unknown_parameter", "$", url="/commands?dry_run=true", media_type=CMS
    ),
    "an unknown parameter of the head": Wrong(
        400, "request.unknown_parameter", "$", "GET", "/head?log=records", None
    ),
    "no id": Wrong(
        400, "request.invalid_parameter", "$.command_id", "GET", "/commands/3000000001", None
    ),
    "an id in capitals": Wrong(
        *(400, "request.invalid_parameter", "$.command_id", "GET"),
        *("/commands/0B7B8F0E-6A0F-4A37-9F43-2F1D0A7D9A01", None),
    ),
    "position 0": Wrong(
        400, "request.invalid_parameter", "$.position", "GET", "/records/records/0", None
    ),
    "no position": Wrong(
        400, "request.invalid_parameter", "$.position", "GET", "/records/records/first", None
    ),
    "a position beyond 64 bits": Wrong(
        400, "request.invalid_parameter", "$.position", "GET", f"/records/records/{2**63}", None
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_refuses_a_wrong_request(http: httpx.Client, case: Wrong) -> None:
    """Each gets its status, code and path; the same connection then serves a right one."""
    http.get("/health")
    headers = dict(case.headers) | ({"content-type": case.media_type} if case.media_type else {})
    answer = http.request(case.method, case.url, content=case.body or None, headers=headers)
    problem = _problem(answer)
    assert (answer.status_code, problem["code"]) == (case.status, case.code), answer.text
    assert problem["errors"] == [{"path": case.path, "rule": case.code}]
    assert http.get("/health").json() == {"status": "alive"}


# One test for each code, so that each is found by its name.


def test_refuses_request__media_type_unknown(http: httpx.Client) -> None:
    """The answer names the media types that are opened."""
    problem = _problem(http.post("/commands", content=b"x", headers={"content-type": "text/xml"}))
    assert problem["code"] == "request.media_type_unknown"
    assert problem["evidence"]["known"] == f"{CMS}, {JOSE}, {JSON}"


def test_refuses_request__not_json(http: httpx.Client) -> None:
    """The answer says what about the JSON is wrong."""
    body = b'{"signed_data": "MA==", "signed_data": "MA=="}'
    problem = _problem(http.post("/commands", content=body, headers={"content-type": JSON}))
    assert problem["code"] == "request.not_json"
    assert problem["evidence"] == {"reason": "content.duplicate_key", "key": ".signed_data"}


def test_refuses_request__not_base64(http: httpx.Client) -> None:
    """Base64 that another encoder could write otherwise is refused: one container, one spelling."""
    problem = _problem(http.post("/commands", json={"signed_data": "MB=="}))
    assert problem["code"] == "request.not_base64"


def test_refuses_request__too_large(http: httpx.Client) -> None:
    """A streamed body is refused past the limit, not after its end; the limit is named."""
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 * 2**20:
            sent += 2**16
            yield bytes(2**16)

    answer = http.post("/commands", content=endless(), headers={"content-type": CMS})
    problem = _problem(answer)
    assert answer.status_code == 413
    assert problem["code"] == "request.too_large"
    assert problem["evidence"] == {"bytes_max": str(BODY_BYTES_MAX)}
    assert sent < 64 * 2**20
    assert http.get("/health").status_code == 200


def test_refuses_request__too_large__declared(country: Served) -> None:
    """A huge declared body is refused before a byte of it is read."""
    answer = country.raw(
        b"POST /commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/jose\r\n"
        b"content-length: 99999999999\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"request.too_large"' in answer


def test_refuses_request__too_large__head(country: Served) -> None:
    """An endless head is cut off."""
    answer = country.raw(b"GET /health HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40_000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"request.too_large"' in answer


def test_refuses_request__unknown_parameter(http: httpx.Client) -> None:
    """A parameter's name is not repeated: it may be anybody's number."""
    answer = http.get("/head?3000000001=1")
    assert _problem(answer)["code"] == "request.unknown_parameter"
    assert "3000000001" not in answer.text


def test_refuses_request__invalid_parameter(http: httpx.Client) -> None:
    """A parameter's value is not repeated."""
    answer = http.get("/commands/3000000001")
    assert _problem(answer)["code"] == "request.invalid_parameter"
    assert "3000000001" not in answer.text


def test_refuses_request__invalid_parameter__no_http(country: Served) -> None:
    """What is no HTTP gets a problem too, and the connection ends."""
    answer = country.raw(b"ROUND and round\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "request.invalid_parameter"


def test_refuses_request__not_found(http: httpx.Client) -> None:
    """An unknown address is not repeated."""
    answer = http.get("/patients-of/3000000001")
    assert _problem(answer)["code"] == "request.not_found"
    assert "3000000001" not in answer.text


def test_refuses_request__method_not_allowed(http: httpx.Client) -> None:
    """The answer names the methods that are allowed."""
    answer = http.put("/commands", content=b"")
    assert _problem(answer)["code"] == "request.method_not_allowed"
    assert answer.headers["allow"] == "POST"


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """Return the problem after checking the members that every one has."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    kind = CATALOGUE[problem["code"]]
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["title"] == kind.title
    assert problem["status"] == kind.status == answer.status_code
    assert problem["retry"] == kind.retry
    assert problem["detail"].startswith(kind.title)
    assert ("retry-after" in answer.headers) == (kind.status == 503)
    return problem
