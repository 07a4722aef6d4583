"""Kill the service with SIGKILL wherever it hurts; every acknowledged command survives, once.

After each kill the next service gets the same bytes again of every command whose caller heard
nothing. Whoever was acknowledged gets the same receipt for ever.
"""

from __future__ import annotations

import random
import signal
import threading

import pytest

from tests.crash.conftest import Ward, pause

KILLS = 20
KILLS_AT_A_POINT = 10
COMMANDS = 32


@pytest.mark.parametrize("point", ["before_copy", "before_commit", "after_commit"])
def test_an_exact_point(ward: Ward, point: str) -> None:
    """Before the COPY and before the COMMIT nothing is stored; after it everything is."""
    chance = random.Random(point)
    came_back: list[set[int]] = []
    for _ in range(KILLS_AT_A_POINT):
        ward.launcher.start(point, chance.randint(1, 3))
        came_back.append(set(ward.settle().values()))
        ward.launcher.arm()
        ward.hand_in(ward.patients(COMMANDS))
        assert ward.launcher.ended() == -signal.SIGKILL
        assert ward.books.unsettled, "the service ended without leaving anybody in doubt"
    assert len(came_back) == KILLS_AT_A_POINT
    expected = 200 if point == "after_commit" else 201  # 200: it was stored though nobody was told
    assert all(expected in statuses for statuses in came_back[1:])
    ward.check_books()


def test_any_moment(ward: Ward) -> None:
    """Whenever the kill comes, nothing acknowledged is lost and nothing is doubled."""
    chance = random.Random(2026)
    for _ in range(KILLS):
        ward.launcher.start("never")
        ward.settle()
        killer = threading.Timer(chance.uniform(0.0, 0.08), ward.launcher.kill)
        killer.start()
        ward.hand_in(ward.patients(3 * COMMANDS))
        killer.join()
        assert ward.launcher.ended() == -signal.SIGKILL
    ward.check_books()


def test_damage_ends_the_process(ward: Ward) -> None:
    """A committer that finds damage answers nobody and ends the process with status 70."""
    ward.launcher.start("corrupt")
    ward.settle()
    ward.launcher.arm()
    pause(0.05)
    assert ward.hand_in(ward.patients(4)) == {}
    assert ward.launcher.ended() == 70
    ward.check_books()
