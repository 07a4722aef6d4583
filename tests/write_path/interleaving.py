"""Let two committers judge two acts: one after the other, and one inside the other."""

from __future__ import annotations

from threading import Event, Thread

from ehealth_ledger.intake.answers import Answer
from ehealth_ledger.intake.committer import Committer
from ehealth_ledger.intake.judgement import Submission
from tests.world import World
from tests.write_path.country import codes, committer_of, superuser

WAIT_S = 60


def one_after_the_other(world: World, first: Submission, second: Submission) -> list[str]:
    """Commit both, each by a committer of its own; return what was said, in this order."""
    with committer_of(world) as one, committer_of(world) as two:
        return codes([*one.commit([first]), *two.commit([second])])


def one_inside_the_other(world: World, first: Submission, second: Submission) -> list[str]:
    """Commit the second while the first judges under the head's lock, so that it waits."""
    holding, released = Event(), Event()
    answers: dict[str, Answer] = {}

    def slow_clock() -> int:  # read under the lock: here the one stands still
        holding.set()
        assert released.wait(WAIT_S)
        return world.clock()

    def run(name: str, committer: Committer, act: Submission) -> None:
        answers[name] = committer.commit([act])[0]

    with committer_of(world, now=slow_clock) as one, committer_of(world) as two:
        ahead = Thread(target=run, args=("ahead", one, first))
        behind = Thread(target=run, args=("behind", two, second))
        ahead.start()
        assert holding.wait(WAIT_S)
        behind.start()
        _wait_for_a_waiter(world)
        assert answers == {}
        released.set()
        ahead.join(WAIT_S)
        behind.join(WAIT_S)
    return codes([answers["ahead"], answers["behind"]])


def _wait_for_a_waiter(world: World) -> None:
    """Return once some session waits for the head's row."""
    with superuser(world) as connection:
        for _ in range(400):
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'"
            ).fetchone()
            if row == (1,):
                return
            connection.execute("SELECT pg_sleep(0.025)")
    raise AssertionError("nobody waits")
