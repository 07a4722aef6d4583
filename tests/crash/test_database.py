"""Take the database away from a running service: backends ended, the whole server killed."""

from __future__ import annotations

import os
import signal
import threading

import psycopg

from tests.crash.conftest import Ward, pause

TERMINATIONS = 25
LOADS_MAX = 50


def test_ended_backends(ward: Ward) -> None:
    """The committer's connection is cut again and again under load: each caller gets the truth."""
    ward.launcher.start("never")
    ward.settle()
    done = threading.Event()
    ended = 0

    def terminate() -> None:
        nonlocal ended
        with psycopg.connect(ward.server.url(), autocommit=True) as connection:
            while not done.is_set() and ended < TERMINATIONS:
                rows = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name IN ('ehealth-writer', 'ehealth-judge')"
                ).fetchall()
                ended += len(rows)
                pause(0.03)

    terminator = threading.Thread(target=terminate)
    terminator.start()
    statuses: set[int] = set()
    for _ in range(LOADS_MAX):
        statuses |= set(ward.hand_in(ward.patients(60)).values())
        if ended >= TERMINATIONS:
            break
    done.set()
    terminator.join()
    assert ended >= TERMINATIONS
    assert 201 in statuses
    ward.settle()
    ward.launcher.stop()
    ward.check_books()


def test_a_killed_server(ward: Ward) -> None:
    """The postmaster dies under load and comes back: the service goes on, and nothing is lost."""
    ward.launcher.start("never")
    ward.settle()
    load = threading.Thread(target=lambda: ward.hand_in(ward.patients(400)))
    load.start()
    pause(0.1)
    postmaster = ward.server.status().pid
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    ward.server.start()
    load.join()
    ward.settle()
    ward.launcher.stop()
    ward.check_books()
