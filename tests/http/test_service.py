"""Stop, overload, break: what the service does when it cannot simply answer."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from contextlib import ExitStack
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import psycopg
import pytest

from ehealth_ledger.entrypoints.http import bodies, logs, protocol
from ehealth_ledger.entrypoints.http.server import HostRefused, PortTaken, check_loopback, listening
from ehealth_ledger.intake import committer
from ehealth_ledger.settings import Databases
from tests.http.conftest import WAITING_MAX, Served, served
from tests.world import founded

CMS = {"content-type": "application/pkcs7-mime"}


def test_stopping_answers_what_was_accepted(tmp_path: Path, database: Databases) -> None:
    """Told to stop in the middle of a load, the service leaves no caller without the truth."""
    with founded(tmp_path, database) as world, served(world) as running:
        signed = [running.patient() for _ in range(120)]
        outcomes: dict[int, str] = {}
        begun = threading.Barrier(13)

        def post(start: int) -> None:
            with httpx.Client(base_url=running.url, timeout=30, trust_env=False) as http:
                http.get("/health")
                begun.wait()
                for number in range(start, len(signed), 12):
                    try:
                        answer = http.post(
                            "/commands", content=signed[number].container, headers=CMS
                        )
                        outcomes[number] = str(answer.status_code)
                    except httpx.TransportError:
                        outcomes[number] = "not taken"

        callers = [threading.Thread(target=post, args=(start,)) for start in range(12)]
        for caller in callers:
            caller.start()
        begun.wait()
        while len(outcomes) < 20:
            time.sleep(0.001)
        running.stop()
        for caller in callers:
            caller.join()
        running.thread.join(30)
        assert not running.thread.is_alive()
        stored = {
            number
            for number, each in enumerate(signed)
            if world.running.intake.find(each.command_id)
        }
    acknowledged = {number for number, outcome in outcomes.items() if outcome == "201"}
    assert len(outcomes) == len(signed)
    assert acknowledged <= stored
    assert stored == acknowledged, "a command was recorded whose caller heard nothing"
    assert 20 <= len(acknowledged) < len(signed), (
        "the stop came too early or too late to prove anything"
    )


def test_refuses_service__busy(country: Served, http: httpx.Client) -> None:
    """A full queue turns callers away at once, with a time to come back; then takes them again."""
    signed = country.patient()
    address = httpx.URL(country.url)
    head = b"POST /commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/pkcs7-mime\r\n"
    with ExitStack() as held:
        for _ in range(WAITING_MAX):
            waiting = held.enter_context(
                socket.create_connection((address.host, address.port or 0))
            )
            waiting.sendall(head + b"content-length: 9\r\n\r\nunsent")  # and the rest never comes
        answers = (
            http.post("/commands", content=b"no container", headers=CMS) for _ in range(1_000)
        )
        busy = next(each for each in answers if each.status_code == 503)
    assert busy.json()["code"] == "service.busy"
    assert busy.headers["retry-after"] == "1"
    answers = (http.post("/commands", content=signed.container, headers=CMS) for _ in range(1_000))
    assert next(each for each in answers if each.status_code != 503).status_code == 201


def test_refuses_service__outcome_unknown(
    country: Served, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is lost while a batch is written: neither yes nor no, ask or come back."""
    monkeypatch.setattr(committer, "RECONNECT_S_MAX", -1.0)
    signed = country.patient()
    answers: list[httpx.Response] = []

    def post() -> None:
        answers.append(http.post("/commands", content=signed.container, headers=CMS))

    caller = threading.Thread(target=post)
    with psycopg.connect(country.world.urls.ledger) as holder:
        holder.execute("SELECT FROM ledger.heads FOR UPDATE")
        caller.start()
        with psycopg.connect(country.world.urls.ledger, autocommit=True) as other:
            while not other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchall():
                time.sleep(0.005)
        caller.join()
    assert answers[0].status_code == 503
    assert answers[0].json()["code"] == "service.outcome_unknown"
    assert answers[0].headers["retry-after"] == "2"
    assert http.get(f"/commands/{signed.command_id}").status_code == 404
    again = http.post("/commands", content=signed.container, headers=CMS)
    assert again.status_code == 201, again.text


def test_refuses_service__internal_error(country: Served, http: httpx.Client) -> None:
    """A fault of ours is answered as one, without a word of what it was; the service goes on."""
    signed = country.patient()
    with psycopg.connect(country.world.urls.vault, autocommit=True) as vault:
        vault.execute("ALTER TABLE vault.subject_keys RENAME TO away")
        try:
            answer = http.post("/commands", content=signed.container, headers=CMS)
        finally:
            vault.execute("ALTER TABLE vault.away RENAME TO subject_keys")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "service.internal_error"
    assert answer.json()["evidence"] == {}
    assert "subject_keys" not in answer.text
    assert http.post("/commands", content=signed.container, headers=CMS).status_code == 201


def test_a_slow_body_is_not_waited_for(country: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who stops in the middle of his body is told so, and the connection ends."""
    monkeypatch.setattr(bodies, "BODY_S_MAX", 0.2)
    answer = country.raw(
        b"POST /commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/jose\r\n"
        b"content-length: 9\r\n\r\nunsent"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == 408


def test_a_slow_head_is_not_waited_for(country: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who does not finish his head is cut off."""
    monkeypatch.setattr(protocol, "HEAD_S_MAX", 0.2)
    assert country.raw(b"GET /health HTTP/1.1\r\nhost: x\r\n") == b""
    assert country.raw(b"") == b""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_a_loopback_address_is_taken(host: str) -> None:
    """This machine's own addresses are served."""
    check_loopback(host)


@pytest.mark.parametrize("host", [str(IPv4Address(0)), "::", "192.168.1.2", "ledger.example", ""])
def test_another_address_is_refused(host: str) -> None:
    """An address others can reach is refused, and the reason is said."""
    with pytest.raises(HostRefused, match="who may read what is not yet decided"):
        check_loopback(host)


def test_a_taken_port_is_named() -> None:
    """Two services on one port: the second says what to do."""
    with listening("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(PortTaken, match="--port"), listening("127.0.0.1", port):
            pass


def test_logs_carry_no_message_of_a_fault() -> None:
    """A fault's message may quote a row; its type and place are enough."""
    try:
        try:
            raise KeyError("3000000001")
        except KeyError as cause:
            raise ValueError("tax id 3000000001") from cause
    except ValueError as fault:
        record = logging.LogRecord(
            "n", logging.ERROR, "f", 1, "failed", None, (ValueError, fault, fault.__traceback__)
        )
    text = logs.FramesOnly(logs.FORMAT).format(record)
    assert "3000000001" not in text.replace('raise KeyError("3000000001")', "").replace(
        'raise ValueError("tax id 3000000001") from cause', ""
    )
    assert "builtins.ValueError" in text
    assert "builtins.KeyError" in text
