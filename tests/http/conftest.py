"""Serve a real ledger over real sockets, once for this folder; give a client and a signer."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.server import Gateway, listening
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.embedded import drop_database, ensure_database
from tests.world import CLINIC_EDRPOU, World, founded, serving

BODY_BYTES_MAX = 64 * 1024
WAITING_MAX = 300


@dataclass
class Served:
    """Hold a ledger that answers at `url`; `doctor` may register patients."""

    world: World
    url: str
    clinic: Actor
    doctor: Actor
    gateway: Gateway
    stopping: threading.Event
    thread: threading.Thread

    def patient(self, **head: Any) -> Signed:
        """Sign a new patient's registration; `head` overrides members of the content."""
        resource = write.patient(
            uuid4(),
            family="Шевченко",
            given="Леся",
            birth_date=datetime(1984, 3, 9, tzinfo=UTC).date(),
            gender="female",
        )
        self.world.author.head = head
        try:
            return self.world.author.sign("patient.register", self.doctor, resource=resource)
        finally:
            self.world.author.head = {}

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are, and return all that comes back until the other side ends."""
        address = httpx.URL(self.url)
        with socket.create_connection((address.host, address.port or 0), timeout=20) as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer

    def stop(self) -> None:
        """Ask the service to end, as a signal would."""
        self.stopping.set()
        self.gateway.should_exit = True


@contextmanager
def served(world: World) -> Iterator[Served]:
    """Run the HTTP service of a founded ledger in a thread, on a free port."""
    faults: list[BaseException] = []
    with serving(world), listening("127.0.0.1", 0) as listener:
        clinic = asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
        doctor = asyncio.run(world.employee(clinic, "DOCTOR", "2000000003"))
        stopping = threading.Event()
        app = create_app(
            world.running,
            urls=world.urls,
            on_fatal=faults.append,
            body_bytes_max=BODY_BYTES_MAX,
            waiting_max=WAITING_MAX,
            stopping=stopping,
        )
        gateway = Gateway(app, stopping)
        thread = threading.Thread(target=gateway.run, args=([listener],), daemon=True)
        listener.listen()
        port = listener.getsockname()[1]
        thread.start()
        running = Served(
            world, f"http://127.0.0.1:{port}", clinic, doctor, gateway, stopping, thread
        )
        try:
            yield running
        finally:
            running.stop()
            thread.join(30)
        assert not thread.is_alive(), "the service did not stop"
        assert faults == []


@pytest.fixture(scope="session")
def country(server: str) -> Iterator[Served]:
    """Found a ledger and serve it for all tests that share it."""
    with served_country(server) as running:
        yield running


@contextmanager
def served_country(server: str) -> Iterator[Served]:
    """Found a ledger in databases of its own and serve it."""
    urls = Databases.on(server, f"http_{secrets.token_hex(4)}")
    names = [str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]) for url in urls]
    for name in names:
        ensure_database(server, name)
    folder = Path(tempfile.mkdtemp(prefix="ehealth-http-"))
    try:
        with founded(folder, urls) as world, served(world) as running:
            yield running
    finally:
        shutil.rmtree(folder)
        for name in names:
            drop_database(server, name)


@pytest.fixture
def http(country: Served) -> Iterator[httpx.Client]:
    """Give a client with one connection that is kept alive."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    with httpx.Client(base_url=country.url, timeout=30, trust_env=False, limits=limits) as client:
        yield client
