"""Give crash tests one server, one ledger and one launcher, reused across all kills."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note
from ehealth_ledger.entrypoints.audit import own_keys, verify_ledger
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources.patient import invented_tax_id
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.embedded import EmbeddedServer
from ehealth_ledger.store.secrets import read_secret
from tests.world import CLINIC_EDRPOU, World, founded, serving

CALLERS = 8
ROOT = Path(__file__).parents[2]
Receipt = dict[str, Any]


@dataclass
class Bookkeeper:
    """Remember every command handed in and every receipt any caller was given."""

    commands: dict[UUID, Signed] = field(default_factory=dict)
    receipts: dict[UUID, Receipt] = field(default_factory=dict)
    unsettled: dict[UUID, Signed] = field(default_factory=dict)

    def take(self, signed: Signed, status: int, members: Receipt) -> None:
        """Note an answer; a second receipt must be the first one."""
        if status >= 500:
            assert members["retry"], members  # no receipt, no refusal: hand in again
            return
        assert status in (200, 201), members
        known = self.receipts.setdefault(signed.command_id, {**members, "repeated": False})
        assert {**members, "repeated": False} == known, "two receipts of one command differ"
        self.unsettled.pop(signed.command_id, None)


@dataclass
class Launcher:
    """Start services that end at a point; talk to the one that runs."""

    process: subprocess.Popen[str]
    port: int
    pid: int = 0

    def start(self, point: str, countdown: int = 1) -> None:
        """Start a service; one that a failed test left behind ends first."""
        if self.pid:
            self.kill()
            self.ended()
        assert self.process.stdin is not None
        self.process.stdin.write(f"{point} {countdown}\n")
        self.process.stdin.flush()
        self.pid = int(self._heard("pid"))
        self._heard("at")

    def arm(self) -> None:
        """Let the point be counted from now on."""
        os.kill(self.pid, signal.SIGUSR1)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> int:
        """Wait until the service has ended; return its exit status, negative for a signal."""
        status = int(self._heard("ended"))
        self.pid = 0
        return status

    def stop(self) -> None:
        """End the service as an operator would."""
        os.kill(self.pid, signal.SIGTERM)
        assert self.ended() == 0

    def _heard(self, word: str) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        heard, _, rest = line.partition(" ")
        assert heard == word, f"{word!r} was expected, {line!r} came"
        return rest.strip()


@dataclass
class Ward:
    """Hold what every crash test needs."""

    world: World
    server: EmbeddedServer
    launcher: Launcher
    doctor: Actor
    books: Bookkeeper = field(default_factory=Bookkeeper)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def patients(self, many: int) -> list[Signed]:
        """Sign commands that are new."""
        return [self._patient() for _ in range(many)]

    def _patient(self) -> Signed:
        number = next(self.numbers)  # nobody shares a tax id or a telephone by chance
        resource = write.patient(
            uuid4(),
            family="Шевченко",
            given="Тарас",
            birth_date=datetime(1979, 3, 9, tzinfo=UTC).date(),
            gender="male",
            tax_id=invented_tax_id(number),
            phone=f"+38000{number:07}",
        )
        return self.world.author.sign("patient.register", self.doctor, resource=resource)

    def hand_in(self, commands: Iterable[Signed]) -> dict[UUID, int]:
        """Post commands from several callers until each is answered or the service is gone."""
        waiting = list(commands)
        self.books.commands.update((each.command_id, each) for each in waiting)
        self.books.unsettled.update((each.command_id, each) for each in waiting)
        supply = iter(waiting)
        lock = threading.Lock()
        statuses: dict[UUID, int] = {}
        faults: list[AssertionError] = []

        def call() -> None:
            connection = HTTPConnection("127.0.0.1", self.launcher.port, timeout=60)
            while True:
                with lock:
                    signed = next(supply, None)
                if signed is None:
                    break
                try:
                    connection.request(
                        "POST",
                        "/commands",
                        signed.container,
                        {"content-type": "application/pkcs7-mime"},
                    )
                    answer = connection.getresponse()
                    members = orjson.loads(answer.read())
                except (OSError, HTTPException, orjson.JSONDecodeError):
                    break  # the service is gone, and nobody knows what became of the command
                with lock:
                    statuses[signed.command_id] = answer.status
                    try:
                        self.books.take(signed, answer.status, members)
                    except AssertionError as fault:  # a thread's own would be lost
                        faults.append(fault)
            connection.close()

        callers = [threading.Thread(target=call) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        if faults:
            raise faults[0]
        return statuses

    def settle(self) -> dict[UUID, int]:
        """Hand in again, byte for byte, what nobody knows the outcome of; each gets a receipt."""
        unsettled = list(self.books.unsettled.values())
        statuses = self.hand_in(unsettled)
        assert not self.books.unsettled, statuses
        return statuses

    def check_books(self) -> None:
        """Hold the ledger against the books: nothing lost, nothing doubled, no gap, all proven."""
        self.launcher.start("never")
        self.settle()
        again = self.hand_in(self.books.commands.values())  # raises where a receipt differs
        assert set(again.values()) == {200}
        self.launcher.stop()
        with psycopg.connect(self.world.urls.ledger) as connection:
            (records, first, last, head) = connection.execute(
                "SELECT count(*), min(r.position), max(r.position), max(h.position) "
                "FROM ledger.records r JOIN ledger.heads h USING (log)"
            ).fetchone() or (0, 0, 0, 0)
            stored = dict(
                connection.execute(
                    "SELECT command_id, count(*) FROM ledger.records GROUP BY command_id"
                ).fetchall()
            )
        assert (first, last, head) == (1, records, records)
        for command_id, receipt in self.books.receipts.items():
            facts = receipt["last_position"] - receipt["first_position"] + 1
            assert stored[command_id] == facts, "a command is not stored once and whole"
        assert self.books.commands.keys() == self.books.receipts.keys()
        report = verify_ledger(
            self.world.urls,
            read_secret(self.world.settings.master_key_file),
            keys=own_keys(self.world.settings, self.world.urls),
            progress=lambda _done, _total: None,
        )
        assert report.findings == ()
        assert report.records == records
        # The signer outlived every kill too, and signed for all of it before it ended.
        assert report.checkpoints > 0
        signed = Note.parse(self.world.settings.checkpoint_state_file.read_bytes())
        assert Checkpoint.parse(signed.text).size == records


@pytest.fixture(scope="session")
def ward() -> Iterator[Ward]:
    """Found one ledger on a server of its own, which tests may kill."""
    memory = Path("/dev/shm")
    folder = Path(
        tempfile.mkdtemp(prefix="ehealth-crash-", dir=memory if memory.is_dir() else None)
    )
    folder.chmod(0o711)
    server = EmbeddedServer(folder)
    try:
        with server.running():
            urls = Databases.on(server.url(), "crash")
            for name in ("crash_ledger", "crash_vault", "crash_read"):
                server.ensure_database(name)
            with founded(folder, urls) as world, _launcher(world) as launcher:
                with serving(world):
                    clinic = asyncio.run(
                        world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
                    )
                    doctor = asyncio.run(world.employee(clinic, "DOCTOR", "2000000003"))
                yield Ward(world, server, launcher, doctor)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _launcher(world: World) -> Iterator[Launcher]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "EHEALTH_DATA_DIR": str(world.folder),
        "EHEALTH_LEDGER_URL": world.urls.ledger,
        "EHEALTH_VAULT_URL": world.urls.vault,
        "EHEALTH_READ_URL": world.urls.read,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.launcher", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Launcher(process, port)
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def pause(seconds: float) -> None:
    """Wait for a moment chosen by the test."""
    time.sleep(seconds)
