"""Read what the service shows of itself: the log's outside, health, problems, description."""

from __future__ import annotations

import re
from uuid import UUID

import httpx

from ehealth_ledger.chain.record import Record
from ehealth_ledger.entrypoints.http.log import RecordAnswer
from ehealth_ledger.errors import CATALOGUE
from tests.http.conftest import Served


def test_a_record_shows_what_its_chain_value_binds(country: Served, http: httpx.Client) -> None:
    """Whoever reads the columns can hash them again; there is nothing else in the answer."""
    members = http.get("/records/records/2").json()
    assert set(members) == set(RecordAnswer.model_fields)
    record = Record(
        *(UUID(members["ledger"]), members["log"], members["position"]),
        *(UUID(members["command_id"]), members["fact_index"], members["fact_count"]),
        *(UUID(members["stream_id"]), members["stream_version"], members["topic"]),
        *(members["recorded_at_us"], UUID(members["key_id"])),
        *(bytes.fromhex(members["body_digest"]), bytes.fromhex(members["envelope_digest"])),
        bytes.fromhex(members["previous"]),
    )
    assert record.chain_value().hex() == members["chain_value"]
    assert members["previous"] == http.get("/records/records/1").json()["chain_value"]


def test_the_head_is_the_last_record(http: httpx.Client) -> None:
    """The head names the last position and its chain value."""
    head = http.get("/head").json()
    last = http.get(f"/records/records/{head['position']}").json()
    assert {name: last[name] for name in head} == head


def test_the_process_is_alive_and_ready(http: httpx.Client) -> None:
    """Health answers for the process, readiness names every check."""
    assert http.get("/health").json() == {"status": "alive"}
    ready = http.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {
        "ledger database": "ok",
        "vault database": "ok",
        "committer": "ok",
        "revocation lists": "ok",
        "service": "ok",
    }


def test_readiness_names_a_missing_revocation_list(country: Served, http: httpx.Client) -> None:
    """Without a current list of an authority no signature of its can be judged."""
    folder = country.world.settings.crl_dir
    away = folder.parent / "away"
    folder.rename(away)
    folder.mkdir()
    try:
        assert _becomes(http, 503)
        said = http.get("/ready").json()["checks"]["revocation lists"]
    finally:
        folder.rmdir()
        away.rename(folder)
    assert said.startswith("none is current of authority ")
    assert _becomes(http, 200)


def _becomes(http: httpx.Client, status: int) -> bool:
    # The folder is looked at once a second, when a path is checked.
    from time import monotonic, sleep

    until = monotonic() + 5
    while monotonic() < until:
        if http.get("/ready").status_code == status:
            return True
        sleep(0.1)
    return False


def test_every_code_is_explained(http: httpx.Client) -> None:
    """The type of a problem is an address that explains it."""
    # One test for all of them: a test's id that names a code says that the test provokes it.
    for code, kind in CATALOGUE.items():
        assert http.get(f"/problems/{code}").json() == {
            "code": code,
            "title": kind.title,
            "status": kind.status,
            "retry": kind.retry,
            "rule": kind.rule,
        }


def test_the_catalogue_stands_in_its_order(http: httpx.Client) -> None:
    """The list of codes is in the order of precedence."""
    assert [each["code"] for each in http.get("/problems").json()] == list(CATALOGUE)


def test_every_operation_is_described(http: httpx.Client) -> None:
    """Each operation has a summary, a schema or example for each answer, a problem by default."""
    document = http.get("/openapi.json").json()
    operations = [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert {name for name, _ in operations} >= {
        "post /commands",
        "post /commands/batch",
        "post /commands/check",
        "post /previews",
        "get /commands/{command_id}",
        "get /records/{log}/{position}",
        "get /head",
        "get /health",
        "get /ready",
        "get /problems",
        "get /problems/{code}",
    }
    for name, operation in operations:
        assert operation["summary"], name
        assert operation["description"], name
        assert "422" not in operation["responses"], name
        content = operation["responses"]["default"]["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, name
        for status, response in operation["responses"].items():
            for media_type in response.get("content", {}).values():
                assert media_type.get("schema") or media_type.get("example"), (name, status)
    posted = document["paths"]["/commands"]["post"]["requestBody"]["content"]
    assert set(posted) == {"application/pkcs7-mime", "application/jose", "application/json"}


def test_the_page_of_docs_needs_no_other_machine(http: httpx.Client) -> None:
    """The page lists every operation, runs no script and names no address but our own."""
    page = http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in http.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "<script" not in page.text
    assert re.findall(r"(?:src|href)=['\"]?(?!/)", page.text) == []


def test_answers_are_not_for_caches(http: httpx.Client) -> None:
    """Nothing between us and the caller may keep an answer."""
    assert http.get("/head").headers["cache-control"] == "no-store"
    assert http.get("/nowhere").headers["cache-control"] == "no-store"
