"""Rebuild a model beside the live one, and put it in its place."""

from __future__ import annotations

import threading

import psycopg
import pytest

from projections.projectors import rebuild as rebuilding
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import RebuildRunning, rebuild
from projections.projectors.writer import Writer
from projections.read_models import schema
from projections.read_models.checkpoint import Overtaken
from projections.read_models.database import connect, snapshot
from projections.read_models.schema import NothingToRollBack, roll_back
from tests.projections.live import everything, execute, findings, rows, standing
from tests.projections.log import silent
from tests.projections.story import Story, whole_story


@pytest.fixture
def story(read_url: str) -> Story:
    """Tell the whole story and bring the read side up to it."""
    story = whole_story()
    Follower(story.log, read_url, MODELS).catch_up()
    return story


@pytest.mark.parametrize("batch", [1, 4, 5_000])
@pytest.mark.parametrize("model", MODELS)
def test_rebuild_equals_live(
    story: Story, read_url: str, model: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model built again from position 1 is the live one, rows and checkpoint."""
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", batch)
    before = everything(read_url)
    rebuilt = rebuild(story.log, read_url, model, silent)
    assert (rebuilt.equal, rebuilt.position) == (True, len(story.log.records))
    assert everything(read_url) == before
    assert findings(story.log, read_url, model) == []


def test_a_rebuild_mends_an_altered_row_and_says_so(story: Story, read_url: str) -> None:
    """What the log says replaces what somebody wrote; the difference is reported."""
    before = everything(read_url)
    execute(read_url, "UPDATE checkpoint SET digest = decode(repeat('01', 32), 'hex')")
    execute(read_url, "UPDATE referral_status SET document = '{}'")
    assert not rebuild(story.log, read_url, "referral_status", silent).equal
    assert rows(read_url, "referral_status") == before["referral_status"][0]
    assert standing(read_url, "referral_status") == before["referral_status"][1]


def test_a_rebuild_of_a_model_never_read_reaches_the_head(read_url: str) -> None:
    """A fresh model is built in the shadow too."""
    story = whole_story()
    rebuilt = rebuild(story.log, read_url, "payment_statement", silent)
    assert (rebuilt.position, rebuilt.compared_at) == (len(story.log.records), 0)
    assert findings(story.log, read_url, "payment_statement") == []


def test_the_follower_goes_on_after_a_rebuild(story: Story, read_url: str) -> None:
    """Records that come in afterwards are applied to the new tables."""
    story.treated()
    rebuild(story.log, read_url, "patient_summary", silent)
    story.treated()
    Follower(story.log, read_url, MODELS).catch_up()
    for model in MODELS:
        assert findings(story.log, read_url, model) == []


def test_a_follower_running_meanwhile_loses_and_doubles_nothing(
    story: Story, read_url: str
) -> None:
    """Rebuilds under a running follower end with the rows of the log."""
    stop = threading.Event()
    running = threading.Thread(target=Follower(story.log, read_url, MODELS).run, args=(stop,))
    running.start()
    try:
        for _ in range(5):
            story.treated()
            rebuild(story.log, read_url, "payment_statement", silent)
    finally:
        stop.set()
        running.join(timeout=20)
    Follower(story.log, read_url, MODELS).catch_up()
    for model in MODELS:
        assert findings(story.log, read_url, model) == []


def test_a_runner_from_before_the_swap_is_fenced(read_url: str) -> None:
    """Who read from the old checkpoint writes nothing into the new tables."""
    story = whole_story()
    with connect(read_url) as connection:
        writer = Writer(connection, MODELS["referral_status"])
        batch = story.log.read(story.log.beginning(), 1_000)
        rebuild(story.log, read_url, "referral_status", silent)
        with pytest.raises(Overtaken):
            writer.apply(story.log.beginning(), batch)
    assert findings(story.log, read_url, "referral_status") == []


def test_an_answer_begun_before_the_swap_shows_one_moment(story: Story, read_url: str) -> None:
    """A reader who holds a moment keeps rows and checkpoint of it; the swap waits for him."""
    model = MODELS["referral_status"].model
    with connect(read_url) as reader, snapshot(reader, model) as seen:
        story.treated()
        swapping = threading.Thread(
            target=rebuild, args=(story.log, read_url, "referral_status", silent)
        )
        swapping.start()
        swapping.join(timeout=1.0)
        assert swapping.is_alive()
        count = seen.rows("SELECT count(*) FROM referral_status", ())
        assert count == [(seen.checkpoint.rows,)]
    swapping.join(timeout=20)
    with connect(read_url) as reader, snapshot(reader, model) as seen:
        assert seen.checkpoint.position == len(story.log.records)
        count = seen.rows("SELECT count(*) FROM referral_status", ())
        assert count == [(seen.checkpoint.rows,)]


def test_an_answer_begun_before_a_batch_shows_one_moment(story: Story, read_url: str) -> None:
    """A batch applied between reading the checkpoint and reading the rows is not seen."""
    with connect(read_url) as reader, snapshot(reader, MODELS["referral_status"].model) as seen:
        story.treated()
        Follower(story.log, read_url, MODELS).catch_up()
        count = seen.rows("SELECT count(*) FROM referral_status", ())
        assert count == [(seen.checkpoint.rows,)]


def test_the_rows_replaced_can_come_back(story: Story, read_url: str) -> None:
    """The tables before the last rebuild are kept; a second step back undoes the first."""
    old = (rows(read_url, "referral_status"), standing(read_url, "referral_status"))
    story.treated()
    rebuild(story.log, read_url, "referral_status", silent)
    new = (rows(read_url, "referral_status"), standing(read_url, "referral_status"))
    assert old != new
    model = MODELS["referral_status"].model
    roll_back(read_url, model)
    assert (rows(read_url, "referral_status"), standing(read_url, "referral_status")) == old
    roll_back(read_url, model)
    assert (rows(read_url, "referral_status"), standing(read_url, "referral_status")) == new
    roll_back(read_url, model)
    Follower(story.log, read_url, MODELS).catch_up()
    assert findings(story.log, read_url, "referral_status") == []


def test_nothing_is_rolled_back_before_a_rebuild(story: Story, read_url: str) -> None:
    """Without earlier tables the live ones stay."""
    before = everything(read_url)
    with pytest.raises(NothingToRollBack):
        roll_back(read_url, MODELS["referral_status"].model)
    assert everything(read_url) == before
    assert findings(story.log, read_url, "referral_status") == []


def test_one_rebuild_of_a_model_at_a_time(story: Story, read_url: str) -> None:
    """A second rebuild does not tear down the shadow of the first."""
    name = schema.shadow_schema(MODELS["referral_status"].model)
    with connect(read_url) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", (name,))
        with pytest.raises(RebuildRunning):
            rebuild(story.log, read_url, "referral_status", silent)


def test_an_interrupted_rebuild_leaves_the_live_rows(story: Story, read_url: str) -> None:
    """Whatever happens before the swap, the live model is as it was, and the next rebuild works."""
    before = everything(read_url)

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(story.log, read_url, "payment_statement", interrupt)
    assert everything(read_url) == before
    assert rebuild(story.log, read_url, "payment_statement", silent).equal


def test_a_model_of_another_version_is_rebuilt(story: Story, read_url: str) -> None:
    """Rebuilding is how tables of an older version become today's."""
    execute(read_url, "UPDATE checkpoint SET version = 0 WHERE model = 'referral_status'")
    execute(read_url, "ALTER TABLE referral_status ADD COLUMN older text")
    rebuild(story.log, read_url, "referral_status", silent)
    assert schema.prepare(read_url) == []
    assert findings(story.log, read_url, "referral_status") == []
    with connect(read_url) as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT older FROM referral_status")
