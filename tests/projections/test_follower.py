"""Follow a log: rows and checkpoint together or not at all, and each record once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from ehealth_ledger.errors import LedgerCorrupt
from projections.projectors import follower, source
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.writer import Writer
from projections.read_models import checkpoint
from projections.read_models.checkpoint import ModelMissing, ModelOutdated, Overtaken
from projections.read_models.database import connect
from projections.read_models.schema import prepare
from tests.projections.live import everything, execute, findings, rows, standing
from tests.projections.log import HandMadeLog
from tests.projections.story import Story, whole_story


@pytest.fixture(params=[1, 3, 5_000])
def batch_records(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read in batches of this size."""
    monkeypatch.setattr(follower, "BATCH_RECORDS", request.param)
    monkeypatch.setattr(source, "BATCH_RECORDS", request.param)
    return int(request.param)


@pytest.mark.usefixtures("batch_records")
def test_rows_do_not_depend_on_how_the_log_is_cut(read_url: str) -> None:
    """However many records a batch holds, the rows are those of one fold from the start."""
    story = whole_story()
    position = Follower(story.log, read_url, MODELS).catch_up()
    assert position == len(story.log.records)
    for model in MODELS:
        assert findings(story.log, read_url, model) == []
        assert standing(read_url, model).position == position


def test_a_checkpoint_names_the_last_record_scanned(read_url: str) -> None:
    """The position moves over records a model does not read, with their chain value and time."""
    story = Story()
    story.treated()
    Follower(story.log, read_url, MODELS).catch_up()
    last = story.log.records[-1]
    for model in MODELS:
        found = standing(read_url, model)
        assert (found.position, found.chain_value, found.recorded_at) == (
            last.position,
            last.chain_value,
            last.recorded_at,
        )


def test_catching_up_again_changes_nothing(read_url: str) -> None:
    """Without new records there is nothing to do."""
    story = whole_story()
    Follower(story.log, read_url, MODELS).catch_up()
    before = everything(read_url)
    Follower(story.log, read_url, MODELS).catch_up()
    assert everything(read_url) == before


def test_models_at_one_position_share_one_reading(read_url: str) -> None:
    """All models read the log once, also when one of them had to catch up first."""
    story = whole_story()
    Follower(story.log, read_url, ["referral_status"]).catch_up()
    story.treated()
    before = story.log.reads
    Follower(story.log, read_url, MODELS).catch_up()
    assert story.log.reads - before == 2
    for model in MODELS:
        assert findings(story.log, read_url, model) == []


def test_rows_and_checkpoint_commit_together(read_url: str) -> None:
    """A runner killed between its rows and its checkpoint leaves neither."""
    story = whole_story()
    before = everything(read_url)
    execute(
        read_url,
        "CREATE FUNCTION read.die() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'",
    )
    execute(
        read_url,
        "CREATE TRIGGER die BEFORE UPDATE ON read.checkpoint "
        "FOR EACH ROW EXECUTE FUNCTION read.die()",
    )
    with pytest.raises(psycopg.OperationalError):
        Follower(story.log, read_url, MODELS).catch_up()
    assert everything(read_url) == before
    execute(read_url, "DROP TRIGGER die ON read.checkpoint")
    Follower(story.log, read_url, MODELS).catch_up()
    assert findings(story.log, read_url, "patient_summary") == []


@contextmanager
def writer(read_url: str, model: str) -> Iterator[Writer]:
    with connect(read_url) as connection:
        yield Writer(connection, MODELS[model])


def test_a_second_runner_is_fenced(read_url: str) -> None:
    """Whoever read from the same place comes second, writes nothing, and is told."""
    log = whole_story().log
    with writer(read_url, "payment_statement") as one, writer(read_url, "payment_statement") as two:
        batch = log.read(log.beginning(), 1_000)
        one.apply(log.beginning(), batch)
        before = everything(read_url)
        with pytest.raises(Overtaken):
            two.apply(log.beginning(), batch)
    assert everything(read_url) == before


def test_two_runners_at_once_apply_each_batch_once(read_url: str) -> None:
    """Runners in a race are ordered by the checkpoint: one applies, one is refused."""
    log, outcomes = whole_story().log, []
    start = threading.Barrier(2)

    def race() -> None:
        with writer(read_url, "referral_status") as mine:
            start.wait()
            try:
                mine.apply(log.beginning(), log.read(log.beginning(), 1_000))
                outcomes.append("applied")
            except Overtaken:
                outcomes.append("overtaken")

    threads = [threading.Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["applied", "overtaken"]
    assert findings(log, read_url, "referral_status") == []


def test_a_checkpoint_moves_only_from_where_it_stands(read_url: str) -> None:
    """The last update of a batch hits the row at the place the runner read from, or stops it."""
    with connect(read_url) as connection, connection.cursor() as cursor:
        found = checkpoint.current(cursor, MODELS["referral_status"].model)
        elsewhere = replace(found, position=7)
        with pytest.raises(Overtaken):
            checkpoint.advance(cursor, elsewhere, replace(found, position=8))
    assert standing(read_url, "referral_status") == found


def test_a_poison_record_stops_its_projector_loudly(read_url: str) -> None:
    """What cannot be folded is not skipped: the error names the model, nothing is written."""
    story = Story()
    story.treated()
    act = next(each for each in story.log.records if each.topic == "encounter.recorded.v1")
    story.log.records[act.position - 1] = replace(act, signed={"resources": []})
    head = len(story.log.records)
    with pytest.raises(KeyError) as stopped:
        Follower(story.log, read_url, ["patient_summary"]).catch_up()
    assert stopped.value.__notes__ == [f"patient_summary stopped in 1 to {head}"]
    assert standing(read_url, "patient_summary").position == 0
    Follower(story.log, read_url, ["referral_status", "payment_statement"]).catch_up()
    assert standing(read_url, "referral_status").position == head


@pytest.mark.parametrize("kept", [0, 3])
def test_a_log_shorter_than_its_reader_is_corruption(read_url: str, kept: int) -> None:
    """A log restored from an old backup lacks records that a model has read."""
    story = Story()
    story.treated()
    Follower(story.log, read_url, MODELS).catch_up()
    head = len(story.log.records)
    del story.log.records[kept:]
    with pytest.raises(LedgerCorrupt, match=rf"position\.missing at records/{head}"):
        Follower(story.log, read_url, MODELS).catch_up()


def test_another_log_than_the_one_read_is_corruption(read_url: str) -> None:
    """A checkpoint names the chain value it reached, and goes on from no other."""
    one, other = Story(), Story()
    one.treated()
    other.treated()
    other.treated()
    head = Follower(one.log, read_url, MODELS).catch_up()
    with pytest.raises(LedgerCorrupt, match=rf"link\.broken at records/{head}"):
        Follower(other.log, read_url, MODELS).catch_up()


def _wait_for(read_url: str, position: int) -> None:
    until = time.monotonic() + 20
    while standing(read_url, "referral_status").position < position:
        assert time.monotonic() < until, "the follower did not come along"
        time.sleep(0.02)


def test_a_running_follower_keeps_up_and_stops(read_url: str) -> None:
    """New records reach the rows within the poll interval; a told follower returns."""
    story, stop = Story(), threading.Event()
    running = threading.Thread(target=Follower(story.log, read_url, MODELS).run, args=(stop,))
    running.start()
    try:
        for _ in range(3):
            story.treated()
            _wait_for(read_url, len(story.log.records))
    finally:
        stop.set()
        running.join(timeout=10)
    assert not running.is_alive()
    assert findings(story.log, read_url, "patient_summary") == []


def test_a_running_follower_outlives_its_connection(read_url: str) -> None:
    """A database that went away is waited for, and the batch it lost is applied once."""
    story, stop = Story(), threading.Event()
    story.treated()
    running = threading.Thread(target=Follower(story.log, read_url, MODELS).run, args=(stop,))
    running.start()
    try:
        _wait_for(read_url, len(story.log.records))
        execute(
            read_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'ehealth-follower' AND datname = current_database()",
        )
        story.treated()
        _wait_for(read_url, len(story.log.records))
    finally:
        stop.set()
        running.join(timeout=10)
    assert findings(story.log, read_url, "referral_status") == []


def test_a_listener_wakes_the_follower(read_url: str) -> None:
    """Where commits are announced the follower waits for the announcement."""
    read: list[int] = []  # the heads that the follower is to have read, one a wait

    class Announcements:
        waits = 0

        def wait(self, timeout_s: float) -> bool:
            self.waits += 1
            read.append(len(story.log.records))
            story.treated()
            if self.waits == 3:
                stop.set()
            return timeout_s > 0

    story, stop, listener = Story(), threading.Event(), Announcements()
    Follower(story.log, read_url, MODELS, listener=listener).run(stop)
    assert listener.waits == 3
    assert standing(read_url, "referral_status").position == read[-1] > read[0]


def test_preparing_twice_keeps_the_rows(read_url: str) -> None:
    """Creating the tables again leaves what is there."""
    story = whole_story()
    Follower(story.log, read_url, MODELS).catch_up()
    before = everything(read_url)
    assert prepare(read_url) == []
    assert everything(read_url) == before


def test_tables_of_another_version_are_left_alone(read_url: str) -> None:
    """A follower does not write today's rows into yesterday's tables."""
    execute(read_url, "UPDATE checkpoint SET version = 99 WHERE model = 'referral_status'")
    assert prepare(read_url) == ["referral_status"]
    with pytest.raises(ModelOutdated):
        Follower(HandMadeLog(), read_url, MODELS).catch_up()
    assert rows(read_url, "referral_status") == {"referral_status": []}


def test_a_model_never_prepared_is_missing(read_url: str) -> None:
    """A follower creates no tables behind anybody's back."""
    execute(read_url, "DELETE FROM checkpoint WHERE model = 'referral_status'")
    with pytest.raises(ModelMissing):
        Follower(HandMadeLog(), read_url, MODELS).catch_up()
