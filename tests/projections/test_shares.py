"""Build models from shares of the log, side by side: the same rows, every record checked."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ehealth_ledger.entrypoints.reader import opened_log
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases
from ehealth_ledger.store import notifications
from ehealth_ledger.store.notifications import Notifications, Share, Wanted
from ehealth_ledger.store.secrets import read_secret
from projections.projectors import shares
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.projectors.shares import Workers
from tests.countries.erasure import erase, second_person
from tests.countries.two_patients import live
from tests.projections.live import everything, execute, findings
from tests.projections.log import silent
from tests.world import World

SHARES = 3


@pytest.fixture(autouse=True)
def _every_log_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WORTH_SHARING_RECORDS", 1)


def _workers(world: World, count: int = SHARES) -> Workers:
    master = read_secret(world.settings.master_key_file)
    return Workers(partial(opened_log, world.urls, master), count)


def _indexes(read_url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(read_url) as connection:
        return connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'read' ORDER BY 1"
        ).fetchall()


def test_every_model_is_the_same_from_shares(world: World) -> None:
    """Rows, checkpoints and indexes are those of a model that followed, and following goes on."""
    gone, *_ = asyncio.run(live(world))
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    before, indexes = everything(read_url), _indexes(read_url)
    for model in MODELS:
        assert rebuild(door, read_url, model, silent, workers=_workers(world, 2)).equal, model
        assert everything(read_url) == before, model
    assert _indexes(read_url) == indexes

    async def end() -> None:
        await erase(world, await second_person(world), gone)

    asyncio.run(end())
    Follower(door, read_url, MODELS).catch_up()
    before = everything(read_url)
    for model in MODELS:
        assert [each for each in findings(door, read_url, model) if "is empty" not in each] == []
    # An erasure takes the rows of each share from that share.
    for model in ("referral_status", "feed", "patient_summary"):
        for count in (1, SHARES):
            workers = _workers(world, count)
            assert rebuild(door, read_url, model, silent, workers=workers).equal, (model, count)
    assert everything(read_url) == before


@contextmanager
def _altered(world: World, change: str) -> Iterator[None]:
    """Alter the log as its database's owner can, with triggers off."""
    with psycopg.connect(world.urls.ledger, autocommit=True) as connection:
        for table in ("records", "bodies", "bodies_records_0", "envelopes"):
            connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER ALL".encode())
        connection.execute(change.encode())
    yield


def _scan(door: Notifications, wanted: Wanted) -> int:
    """Read a share to the end; return how many records were wanted."""
    stretches = door.scan(door.beginning(), door.head().position, wanted)
    return sum(len(each.notifications) for each in stretches)


@pytest.mark.parametrize("at_once", [9, 2_000])  # the record ends a stretch, or lies within
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE ledger.records SET topic = 'patient.x.v1' WHERE position = 9", "record.altered"),
        ("UPDATE ledger.records SET ledger = gen_random_uuid() WHERE position = 9", "record"),
        ("DELETE FROM ledger.records WHERE position = 9", "position.missing"),
        ("DELETE FROM ledger.bodies WHERE position = 9", "body.missing"),
        ("UPDATE ledger.bodies SET blob = '\\x00' WHERE position = 9", "body.altered"),
        ("UPDATE ledger.envelopes SET blob = '\\x00'", "envelope.altered"),
    ],
)
def test_the_shares_together_check_every_record(
    world: World, change: str, kind: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One alteration anywhere is met by the share that holds the record, or the one after it."""
    monkeypatch.setattr(notifications, "SCANNED_AT_ONCE", at_once)
    door = world.running.reader.notifications
    everybodys = [Wanted(share=Share("stream_id", number, SHARES)) for number in range(SHARES)]
    assert sum(_scan(door, each) for each in everybodys) == door.head().position
    with _altered(world, change):
        met = []
        for each in everybodys:
            try:
                _scan(door, each)
            except LedgerCorrupt as fault:
                met.append(str(fault))
        assert any(each.startswith(kind) for each in met), met


def test_a_page_of_which_nothing_is_left_is_not_the_end(world: World) -> None:
    """A reader whose next records are all gone does not take that for the end of the log."""
    door = world.running.reader.notifications
    place = door.place_at(4)
    with (
        _altered(world, "DELETE FROM ledger.records WHERE position BETWEEN 5 AND 8"),
        pytest.raises(LedgerCorrupt, match=r"position\.missing at records/5: found 9"),
    ):
        door.read(place, 2)


def test_what_is_appended_while_the_end_is_read_is_no_gap(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding nothing and asking why, a record may come: it is read next."""
    door = world.running.reader.notifications
    end = door.place_at(door.head().position)
    read = notifications.fetch

    def read_before_an_append(*asked: Any) -> Any:
        rows = read(*asked)
        asyncio.run(world.tariff())
        return rows

    with monkeypatch.context() as patched:
        patched.setattr(notifications, "fetch", read_before_an_append)
        assert door.read(end, 10) == []
    assert door.read(end, 10)[0].position == end.position + 1


def test_what_a_model_does_not_read_is_not_fetched_and_its_record_is_checked(world: World) -> None:
    """Bodies of other topics may be anything; an altered record stops the reader all the same."""
    door = world.running.reader.notifications
    wanted = Wanted(frozenset({"referral.issued.v1"}), contents=False)
    with _altered(world, "UPDATE ledger.bodies SET blob = '\\x00' WHERE position = 9"):
        assert _scan(door, wanted) == 0
    with (
        _altered(world, "UPDATE ledger.records SET recorded_at = 1 WHERE position = 9"),
        pytest.raises(LedgerCorrupt, match=r"record\.altered at records/9"),
    ):
        _scan(door, wanted)


def test_damage_met_in_another_process_stops_the_rebuild(world: World) -> None:
    """The finding comes back whole; the live rows are those from before."""
    asyncio.run(live(world))
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    before = everything(read_url)
    # In whichever share the record stands, this process and the others meet it between them.
    change = "UPDATE ledger.bodies SET blob = '\\x00' WHERE position IN (SELECT position FROM "
    change += "ledger.records WHERE topic = 'referral.issued.v1' ORDER BY position DESC LIMIT 1)"
    with _altered(world, change), pytest.raises(LedgerCorrupt, match=r"body\.altered at records/"):
        rebuild(door, read_url, "referral_status", silent, workers=_workers(world))
    assert everything(read_url) == before


@contextmanager
def _dying(parent: int, urls: Databases, master: bytes) -> Iterator[Notifications]:
    """Open the log; in another process than the first, be killed."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    with opened_log(urls, master) as log:
        yield log


def test_a_process_that_dies_leaves_the_live_rows(world: World) -> None:
    """Its death is said; the model stays, and the next rebuild is whole."""
    asyncio.run(live(world))
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    before = everything(read_url)
    master = read_secret(world.settings.master_key_file)
    dying = Workers(partial(_dying, os.getpid(), world.urls, master), SHARES)
    with pytest.raises(BrokenProcessPool):
        rebuild(door, read_url, "referral_status", silent, workers=dying)
    assert everything(read_url) == before
    execute(read_url, "UPDATE referral_status SET document = '{}'")
    rebuild(door, read_url, "referral_status", silent, workers=_workers(world))
    assert everything(read_url) == before


@contextmanager
def _late(parent: int, woken: Path, urls: Databases, master: bytes) -> Iterator[Notifications]:
    """Open the log; in another process than the first, very late."""
    if os.getpid() != parent:
        time.sleep(20)
        woken.touch()
    with opened_log(urls, master) as log:
        yield log


def test_what_befalls_one_process_ends_the_others(world: World, tmp_path: Path) -> None:
    """Nobody goes on building what is given up."""
    asyncio.run(live(world))
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    master, woken = read_secret(world.settings.master_key_file), tmp_path / "woken"
    open_log = partial(_late, os.getpid(), woken, world.urls, master)
    with (
        # A gap is met by whoever holds the next record: here, by everybody.
        _altered(world, "DELETE FROM ledger.records WHERE position > 3"),
        pytest.raises(LedgerCorrupt, match=r"position\.missing"),
    ):
        rebuild(door, read_url, "referral_status", silent, workers=Workers(open_log, 2))
    assert not woken.exists()
