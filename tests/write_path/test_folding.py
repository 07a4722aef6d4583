"""A statement comes out the same wherever it is folded, and nobody pays for a process that died."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.errors import LedgerCorrupt, Refused
from ehealth_ledger.pricing.statement import FoldedStatement, StatementKey
from ehealth_ledger.settings import Settings
from ehealth_ledger.store.folding import lines
from ehealth_ledger.store.folding import processes as processes_of
from ehealth_ledger.store.folding.lines import LineFold, positions_of
from ehealth_ledger.store.folding.processes import FoldingProcesses
from ehealth_ledger.store.secrets import read_secret
from ehealth_ledger.values.identifiers import ContractId
from ehealth_ledger.values.time import Month
from tests.world import World
from tests.write_path.country import SOON, settle, superuser
from tests.write_path.test_money import Books, opened

_DYING_S = 20.0


def _key(books: Books) -> StatementKey:
    return StatementKey(ContractId(books.contract), "9", books.period)


def _said(books: Books) -> FoldedStatement:
    """Return what the ledger recorded of the statement."""
    formed = books.formed
    return FoldedStatement(formed.as_of, formed.count, formed.total, formed.digest)


def _here(world: World, key: StatementKey) -> Callable[[], FoldedStatement | None]:
    mapper = world.running.reader.mapper
    fold = LineFold(mapper.ledger, mapper.log, mapper.vault.keys)

    def here() -> FoldedStatement | None:
        with superuser(world) as connection, connection.cursor() as cursor:
            return fold.fold(cursor, key)

    return here


@contextmanager
def _two(world: World) -> Iterator[tuple[FoldingProcesses, Callable[..., FoldedStatement | None]]]:
    """Give two processes, this one busy with another fold, so that the next one goes elsewhere."""
    reader, urls = world.running.reader, world.urls
    key = reader.vault.own_extracted()
    processes = FoldingProcesses(urls.ledger, reader.ledger, reader.mapper.log, key, count=2)
    busy, done = Event(), Event()

    def elsewhere(key: StatementKey) -> FoldedStatement | None:
        def nobody() -> FoldedStatement | None:
            raise AssertionError("it was to be folded in the other process")

        return processes.fold(key, nobody)

    def wait() -> None:
        busy.set()
        done.wait()

    nothing = StatementKey(ContractId(uuid4()), "9", Month("2026-01"))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(processes.fold, nothing, wait)
        busy.wait()
        try:
            yield processes, elsewhere
        finally:
            done.set()
            waiting.result()
            processes.close()


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + _DYING_S
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":  # dead, and nobody of this container buries it
            return True
        time.sleep(0.05)
    return False


def test_another_process_folds_the_same(world: World) -> None:
    """Here, elsewhere, and in the fact that the ledger recorded: one statement."""
    books = asyncio.run(opened(world))
    key = _key(books)
    assert _here(world, key)() == _said(books)
    with _two(world) as (processes, elsewhere):
        assert elsewhere(key) == _said(books)
        assert elsewhere(StatementKey(ContractId(uuid4()), "9", books.period)) is None
        (pid,) = processes.pids
        assert elsewhere(key) == _said(books)
        assert processes.pids == [pid]  # it stays
    assert _is_gone(pid)


def test_pages_add_up_to_one_statement(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few lines are read at once, the statement is the same."""
    books = asyncio.run(opened(world))
    assert books.formed.count == 2
    for most in (1, 2, 3):
        monkeypatch.setattr(lines, "LINES_AT_ONCE", most)
        assert _here(world, _key(books))() == _said(books)


def test_work_that_comes_one_after_the_other_starts_no_process(world: World) -> None:
    """A process costs memory: it is there only where several statements come at once."""
    asyncio.run(opened(world))
    assert world.running.folding.pids == []


def test_a_killed_process_loses_no_statement(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Its statement is folded here, the log says so, and the next one has a process again."""
    books = asyncio.run(opened(world))
    key, here = _key(books), _here(world, _key(books))
    with _two(world) as (processes, elsewhere):
        assert elsewhere(key) == _said(books)
        (first,) = processes.pids
        os.kill(first, signal.SIGKILL)
        with caplog.at_level(logging.ERROR):
            assert processes.fold(key, here) == _said(books)
        assert "folded without its process: it ended with -9" in caplog.text
        assert processes.pids == []
        assert elsewhere(key) == _said(books)
        (second,) = processes.pids
        assert second != first


def test_a_process_killed_while_it_folds_loses_no_statement(world: World) -> None:
    """It dies between the question and the answer: half an answer is none."""
    books = asyncio.run(opened(world))
    key, here = _key(books), _here(world, _key(books))
    with _two(world) as (processes, elsewhere):
        elsewhere(key)
        (pid,) = processes.pids
        with superuser(world) as connection, ThreadPoolExecutor(1) as threads:
            connection.execute("BEGIN; LOCK TABLE charges IN ACCESS EXCLUSIVE MODE")
            folding = threads.submit(processes.fold, key, here)
            _until_it_waits(world)
            os.kill(pid, signal.SIGKILL)
            connection.execute("ROLLBACK")
            assert folding.result() == _said(books)


def _until_it_waits(world: World) -> None:
    with superuser(world) as looking:
        waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'charges'"
        while looking.execute(waits.encode()).fetchone() is None:
            time.sleep(0.01)


def test_a_process_that_cannot_read_loses_no_statement(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Its connection was cut: the statement is folded here."""
    books = asyncio.run(opened(world))
    key = _key(books)
    with _two(world) as (processes, elsewhere):
        elsewhere(key)
        with superuser(world) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE application_name = 'ehealth-folding'"
            )
        assert processes.fold(key, _here(world, key)) == _said(books)
        assert "it cannot read" in caplog.text
        assert elsewhere(key) == _said(books)


@contextmanager
def _damaged(world: World, change: str, position: int) -> Iterator[None]:
    with psycopg.connect(world.urls.ledger, autocommit=True) as connection:
        connection.execute("SET search_path = ledger, public")
        for table in ("bodies", "bodies_records_0", "records"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
        assert connection.execute(change.encode(), {"at": position}).rowcount == 1
    yield


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("DELETE FROM bodies WHERE position = %(at)s", "body.missing"),
        ("DELETE FROM records WHERE position = %(at)s", "position.missing"),
        ("UPDATE bodies SET blob = substr(blob, 2) WHERE position = %(at)s", "body.unreadable"),
        ("UPDATE bodies SET blob = blob || '0' WHERE position = %(at)s", "body.unreadable"),
        ("UPDATE records SET command_id = ledger WHERE position = %(at)s", "body.unreadable"),
        ("UPDATE records SET stream_version = 7 WHERE position = %(at)s", "body.unreadable"),
        (
            "UPDATE records SET topic = 'charge.denied.v1' WHERE position = %(at)s",
            "body.unreadable",
        ),
        ("UPDATE records SET key_id = command_id WHERE position = %(at)s", "charge.not_a_charge"),
    ],
)
def test_damage_is_met_wherever_it_is_folded(
    world: World, change: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A line that is not there, or not what was written, makes no statement."""
    books = asyncio.run(opened(world))
    key = _key(books)
    with superuser(world) as connection:
        position, _ = positions_of(connection, key)
    with _two(world) as (processes, elsewhere), _damaged(world, change, position):
        with pytest.raises(AssertionError, match="in the other process"):
            elsewhere(key)  # its word ends nothing: it is folded here too
        assert f"it met damage: ['{kind}', 'records', {position}" in caplog.text
        with pytest.raises(LedgerCorrupt) as damage:
            processes.fold(key, _here(world, key))
        assert (damage.value.kind, damage.value.position) == (kind, position)


def test_what_was_not_asked_is_no_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that answers something else is ended, and the statement folded here."""
    key = _key(asyncio.run(opened(world)))
    answers = """import sys; sys.stdin.readline()
for _ in sys.stdin: print('{"asked":{},"folded":[1,1,1,"00"]}', flush=True)"""
    monkeypatch.setattr(processes_of, "_START", answers)
    with _two(world) as (processes, _):
        assert processes.fold(key, _here(world, key)) == _here(world, key)()
        assert processes.pids == []
    assert "it answered what was not asked" in caplog.text


def test_a_process_shows_no_secret_and_holds_no_key_of_a_person(world: World) -> None:
    """Neither its command line nor its environment tells a key or a password."""
    books = asyncio.run(opened(world))
    vault = world.running.reader.vault
    master = read_secret(world.settings.master_key_file)
    with _two(world) as (processes, elsewhere):
        elsewhere(_key(books))
        (pid,) = processes.pids
        shown = b"".join(
            Path(f"/proc/{pid}/{each}").read_bytes() for each in ("cmdline", "environ")
        )
        memory = _memory_of(pid)
    url = world.urls.ledger.encode()
    assert vault.own_extracted().hex().encode() not in shown
    assert url not in shown
    assert url in memory  # it was looked through
    assert master not in memory


def _memory_of(pid: int) -> bytes:
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights, *_ = line.split()
            first, end = (int(each, 16) for each in place.split("-"))
            if rights.startswith("rw"):
                memory.seek(first)
                found.append(memory.read(end - first))
    return b"".join(found)


_SERVICE = """
import sys, time
from uuid import UUID
from ehealth_ledger.store.folding.processes import FoldingProcess
told = sys.stdin.buffer.readline().strip()
print(FoldingProcess(told).pid, flush=True)
time.sleep(600)
"""


def test_a_process_ends_with_the_service_that_was_killed(world: World) -> None:
    """Nobody has to look for what a killed service left behind."""
    told = (
        f'{{"url": "{world.urls.ledger}", "ledger": "{uuid4()}", "log": "x", "key": "{"0" * 64}"}}'
    )
    with subprocess.Popen(
        [sys.executable, "-c", _SERVICE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdin is not None
        assert service.stdout is not None
        service.stdin.write(told + "\n")
        service.stdin.flush()
        pid = int(service.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        service.kill()
        assert _is_gone(pid)


def test_of_several_at_once_one_statement_is_formed(world: World) -> None:
    """What the service records is what `verify` folds again."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        for _ in range(3):
            await country.treated()
        period = Month(country.month)
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        answers: list[Any] = await asyncio.gather(
            *(world.post(country.forming(contract, period)) for _ in range(4)),
            return_exceptions=True,
        )
        refusals = [each for each in answers if isinstance(each, Refused)]
        assert [each.code for each in refusals] == ["statement.already_formed"] * 3
        assert len(answers) - len(refusals) == 1

    asyncio.run(story())
    master_key = read_secret(world.settings.master_key_file)
    assert not verify_ledger(world.urls, master_key, progress=lambda *_: None).findings


def test_the_number_of_processes_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """One a core unless it is said; none is no number."""
    assert Settings().folding_processes == len(os.sched_getaffinity(0))
    monkeypatch.setenv("EHEALTH_FOLDING_PROCESSES", "1")
    assert Settings().folding_processes == 1
    monkeypatch.setenv("EHEALTH_FOLDING_PROCESSES", "0")
    with pytest.raises(ValueError, match="folding_processes"):
        Settings()
