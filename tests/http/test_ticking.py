"""What is due is done beside the service, whatever was away when it began; `/ready` says how."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.beside import Beside
from ehealth_ledger.entrypoints.http.ticking import ticking
from ehealth_ledger.settings import Databases
from tests.conftest import name_of
from tests.http.conftest import BODY_BYTES_MAX, WAITING_MAX
from tests.world import CLINIC_EDRPOU, World, founded, serving

SOON_DAYS = 6 / 86_400
WAIT_S_MAX = 60.0


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Serve a founded ledger in which a referral expires in some seconds."""
    with founded(tmp_path, database) as world, serving(world):
        world.clock.begins = timedelta()  # what ticks reads the machine's clock
        asyncio.run(_referral(world, SOON_DAYS))
        yield world


async def _referral(world: World, days: float) -> None:
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    await world.referral(doctor, await world.patient(doctor), days=days)


def test_a_database_that_is_away_at_the_start_is_waited_for(server: str, world: World) -> None:
    """Nothing that falls due is lost: `/ready` says what is waited for, then it is done."""
    told, ready = _served(world)
    with away(server, world.urls.ledger) as back, _ticked(world, 1, told):
        _until(lambda: ready() == "waiting for the database")
        back()
        _until(lambda: ready() == "done as they fall due")
        _until(lambda: _expired(world) == 1)


def test_ready_says_that_nothing_is_done_by_itself(world: World) -> None:
    """Whoever leaves it to the command line can read that here."""
    told, ready = _served(world)
    with _ticked(world, 0, told):
        assert ready() == "off"


@contextmanager
def away(server: str, url: str) -> Iterator[Callable[[], None]]:
    """Let nobody into a database until the block ends, or what is given is called."""

    def allow(whether: bool) -> None:
        words = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"
        with psycopg.connect(server, autocommit=True) as connection:
            name = sql.Identifier(name_of(url))
            connection.execute(sql.SQL(words).format(name, sql.Literal(whether)))
            if not whether:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    (name_of(url),),
                )

    allow(False)
    try:
        yield lambda: allow(True)
    finally:
        allow(True)


@contextmanager
def _ticked(world: World, seconds: int, told: dict[str, Beside]) -> Iterator[None]:
    """Run what ticks beside the service."""
    settings = world.settings.model_copy(update={"tick_seconds": seconds})
    with ticking(settings, world.urls, _raise) as told["duties"]:
        yield


def _served(world: World) -> tuple[dict[str, Beside], Callable[[], str]]:
    """Put up the routes; return what runs beside them, and how to ask `/ready` about duties."""
    told: dict[str, Beside] = {}
    app = create_app(
        world.running,
        urls=world.urls,
        on_fatal=_raise,
        body_bytes_max=BODY_BYTES_MAX,
        waiting_max=WAITING_MAX,
        beside=told,
    )
    return told, lambda: str(TestClient(app).get("/ready").json()["notes"]["duties"])


def _raise(fault: BaseException) -> None:
    raise fault


def _expired(world: World) -> int:
    with psycopg.connect(world.urls.ledger) as connection:
        topic = "referral.expired.v1"
        rows = connection.execute("SELECT 1 FROM ledger.records WHERE topic = %s", (topic,))
        return len(rows.fetchall())


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S_MAX
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
