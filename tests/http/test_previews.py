"""Ask before signing, over HTTP: what would be refused, and which bytes to sign."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.http.checks import CheckAnswer
from ehealth_ledger.entrypoints.http.previews import PreviewAnswer
from ehealth_ledger.errors import CATALOGUE
from ehealth_ledger.values.json import Json, canonical
from tests.http.conftest import Served

JSON = {"content-type": "application/json"}
CMS = {"content-type": "application/pkcs7-mime"}
NOBODY = "00000000-0000-4000-8000-00000000000a"


def registration(country: Served) -> Json:
    content: Json = json.loads(country.patient().content)
    return content


def check(http: httpx.Client, content: Json) -> dict[str, Any]:
    answer = http.post("/commands/check", content=canonical(content), headers=JSON)
    assert answer.status_code == 200, answer.text
    members: dict[str, Any] = answer.json()
    CheckAnswer.model_validate(members, strict=False)
    return members


def preview(http: httpx.Client, content: Json) -> dict[str, Any]:
    answer = http.post("/previews", content=canonical(content), headers=JSON)
    assert answer.status_code == 201, answer.text
    members: dict[str, Any] = answer.json()
    PreviewAnswer.model_validate(members, strict=False)
    return members


def post(country: Served, http: httpx.Client, content: bytes) -> httpx.Response:
    container = sign_cades(content, country.doctor.credential)
    return http.post("/commands", content=container, headers=CMS)


def tables(country: Served) -> dict[str, Any]:
    """Count the rows of every table of ledger and vault."""
    counted: dict[str, Any] = {}
    for url, schema in ((country.world.urls.ledger, "ledger"), (country.world.urls.vault, "vault")):
        with psycopg.connect(url) as connection:
            names = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
                (schema,),
            ).fetchall()
            for (name,) in names:
                query = f"SELECT count(*) FROM {schema}.{name}".encode()
                counted[name] = connection.execute(query).fetchone()
    return counted


def test_a_check_names_every_violation_of_form_and_law_at_once(
    country: Served, http: httpx.Client
) -> None:
    """Unknown fields and broken rules together: each with place, code, rule and what would do."""
    content = registration(country)
    content["colour"] = "red"
    content["resource"]["birthDate"] = "1700-01-01"
    content["resource"]["address"] *= 2
    content["issued_at"] = "2099-01-01T00:00:00+00:00"
    content["resource"]["nickname"] = "Леся"
    found = check(http, content)
    assert not found["accepted"]
    listed = {(each["code"], each["path"]) for each in found["violations"]}
    assert listed >= {
        ("content.field_unknown", "$.colour"),
        ("content.field_unknown", "$.resource.nickname"),
        ("content.issued_in_future", "$.issued_at"),
    }, found["violations"]
    lawless = [each for each in found["violations"] if not each["code"].startswith("content.")]
    assert len(lawless) >= 2, found["violations"]
    for each in found["violations"]:
        kind = CATALOGUE[each["code"]]
        assert (each["rule"], each["title"]) == (kind.rule, kind.title)
        assert each["evidence"].get("expected"), each


def test_a_check_writes_nothing_and_reserves_no_id(country: Served, http: httpx.Client) -> None:
    """The head stands, no row of any table comes or goes, and the id is still free."""
    content = registration(country)
    wrong = {**content, "resource": {**content["resource"], "birthDate": "1700-01-01"}}
    before, stood = http.get("/head").json(), tables(country)
    assert check(http, content)["accepted"]
    assert check(http, content)["violations"] == []
    assert not check(http, wrong)["accepted"]
    assert (http.get("/head").json(), tables(country)) == (before, stood)
    assert http.get(f"/commands/{content['command_id']}").status_code == 404
    found = check(http, content)
    assert (found["position"], found["ledger"]) == (before["position"], content["ledger"])
    accepted = post(country, http, canonical(content))
    assert accepted.status_code == 201, accepted.text
    assert accepted.json()["first_position"] == before["position"] + 1


def test_the_bytes_of_a_preview_are_signed_and_recorded(
    country: Served, http: httpx.Client
) -> None:
    """The answer gives the bytes, their digest, when they end; signed as they are they pass."""
    content = registration(country)
    before = http.get("/head").json()["position"]
    shown = preview(http, content)
    exact = b64decode(shown["content_base64"], validate=True)
    assert exact == shown["content"].encode()
    assert shown["digest"] == sha256(exact).hexdigest()
    assert json.loads(exact) == {**content, "preview": shown["preview"]}
    assert (shown["delta"], shown["seed"]["position"]) == (["$.issued_at"], before)
    left = datetime.fromisoformat(shown["expires_at"]).timestamp() * 1e6 - country.world.clock()
    held_us = country.world.settings.preview_seconds * 1_000_000
    assert held_us - 60_000_000 < left <= held_us
    assert check(http, json.loads(exact))["accepted"]
    accepted = post(country, http, exact)
    assert accepted.status_code == 201, accepted.text


def test_what_differs_from_its_preview_is_named_place_by_place__preview__mismatch(
    country: Served, http: httpx.Client
) -> None:
    """One problem, several errors: each place is named, and nothing is recorded."""
    shown = preview(http, registration(country))
    other = json.loads(shown["content"])
    other["resource"]["gender"] = "male"
    other["resource"]["name"][0]["family"] = "Інша"
    answer = post(country, http, canonical(other))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["retry"]) == ("preview.mismatch", False)
    assert sorted(each["path"] for each in problem["errors"]) == [
        "$.resource.gender",
        "$.resource.name[0].family",
    ]
    assert {each["rule"] for each in problem["errors"]} == {"preview.mismatch"}
    assert problem["evidence"] == {"differences": "2"}
    assert http.get(f"/commands/{other['command_id']}").status_code == 404


def test_a_preview_nobody_gave__preview__unknown(country: Served, http: httpx.Client) -> None:
    """An id that is not the ledger's is refused as such."""
    answer = post(country, http, canonical({**registration(country), "preview": NOBODY}))
    assert (answer.status_code, answer.json()["code"]) == (422, "preview.unknown")


Change = Callable[[Json], object]
PROBLEMS: list[tuple[str, Change, set[tuple[str, str]]]] = [
    (
        "one unknown field",
        lambda c: c.__setitem__("colour", "red"),
        {("$.colour", "content.field_unknown")},
    ),
    (
        "unknown, absent and ill-typed",
        lambda c: (
            c.__setitem__("colour", "red"),
            c["resource"].pop("id"),
            c["resource"].__setitem__("gender", 7),
        ),
        {
            ("$.colour", "content.field_unknown"),
            ("$.resource.id", "content.field_missing"),
            ("$.resource.gender", "content.field_invalid"),
        },
    ),
]


@pytest.mark.parametrize("route", ["/commands", "/previews"])
@pytest.mark.parametrize(
    ("change", "errors"), [each[1:] for each in PROBLEMS], ids=[each[0] for each in PROBLEMS]
)
def test_a_problem_names_every_fault_of_form(
    country: Served, http: httpx.Client, route: str, change: Change, errors: set[tuple[str, str]]
) -> None:
    """Signed or not, content that is no command is answered with all that is wrong with it."""
    content = registration(country)
    change(content)
    if route == "/previews":
        answer = http.post(route, content=canonical(content), headers=JSON)
    else:
        answer = post(country, http, canonical(content))
    assert answer.status_code == 422, answer.text
    assert {(each["path"], each["rule"]) for each in answer.json()["errors"]} == errors


@pytest.mark.parametrize("route", ["/commands/check", "/previews"])
@pytest.mark.parametrize(
    ("headers", "query", "body", "said"),
    [
        (JSON, "?dry=1", b"{}", (400, "request.unknown_parameter")),
        (CMS, "", b"{}", (415, "request.media_type_unknown")),
        ({**JSON, "content-encoding": "gzip"}, "", b"{}", (415, "request.media_type_unknown")),
        (JSON, "", b" " * 70_000, (413, "request.too_large")),
    ],
    ids=["parameter", "media type", "coding", "size"],
)
def test_a_malformed_request_is_refused(
    http: httpx.Client,
    route: str,
    headers: dict[str, str],
    query: str,
    body: bytes,
    said: tuple[int, str],
) -> None:
    """These routes take JSON, bounded, and nothing beside it."""
    answer = http.post(route + query, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == said


def test_the_new_routes_are_described_with_examples(http: httpx.Client) -> None:
    """OpenAPI shows content to post that parses, and every answer's schema."""
    document = http.get("/openapi.json").json()
    for path, status in (("/commands/check", "200"), ("/previews", "201")):
        operation = document["paths"][path]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        assert check(http, {**content["example"], "command_id": str(uuid4())})["violations"] != []
        assert http.post("/previews", json=content["example"]).json()["code"] == (
            "content.other_ledger"
        )
        answer = operation["responses"][status]["content"]["application/json"]
        assert (
            answer["example"].keys()
            == (CheckAnswer if path == "/commands/check" else PreviewAnswer).model_fields.keys()
        )
