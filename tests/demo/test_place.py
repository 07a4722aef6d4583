"""Clear away what earlier runs of the demo left, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ehealth_ledger.entrypoints.demo.place import (
    ServiceNote,
    clear_earlier_runs,
    default_home,
    new_run,
)
from ehealth_ledger.settings import default_data_dir
from ehealth_ledger.store.file_lock import take_lock


@pytest.fixture
def lines() -> list[str]:
    """Collect what the person at the terminal is told."""
    return []


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """Leave a run that ended."""
    with new_run(tmp_path) as folder:
        (folder / "master.key").write_bytes(b"key")
    return folder


@pytest.fixture
def service(finished: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that holds the lock of the run's service, as the service does."""
    lock = take_lock(finished / "service.lock")
    assert lock is not None
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=(lock,)
    )
    os.close(lock)
    yield process
    process.kill()
    process.wait()


def test_a_finished_run_is_removed_and_said_so(
    tmp_path: Path, finished: Path, lines: list[str]
) -> None:
    """The demo can be repeated for ever without filling the disk."""
    clear_earlier_runs(tmp_path, lines.append)
    assert not finished.exists()
    assert str(finished) in " ".join(lines)


def test_a_folder_that_is_no_run_stays(tmp_path: Path, lines: list[str]) -> None:
    """What the demo did not make it does not remove, whatever its name."""
    other = tmp_path / "run-of-somebody"
    other.mkdir()
    (other / "master.key").write_bytes(b"key")
    clear_earlier_runs(tmp_path, lines.append)
    assert (other / "master.key").exists()


def test_a_playing_run_stays(tmp_path: Path, lines: list[str]) -> None:
    """Two demos at once leave each other alone."""
    with new_run(tmp_path) as folder:
        clear_earlier_runs(tmp_path, lines.append)
        assert folder.exists()


def test_a_kept_service_stays(
    tmp_path: Path, finished: Path, service: subprocess.Popen[bytes], lines: list[str]
) -> None:
    """What was asked to stay is still there, and the person is told how to stop it."""
    ServiceNote(service.pid, "http://127.0.0.1:1", kept=True).write(finished)
    clear_earlier_runs(tmp_path, lines.append)
    assert finished.exists()
    assert service.poll() is None
    assert f"kill {service.pid}" in " ".join(lines)


def test_the_service_of_a_killed_demo_is_stopped(
    tmp_path: Path, finished: Path, service: subprocess.Popen[bytes], lines: list[str]
) -> None:
    """A demo ended by `kill -9` leaves a service behind; the next demo ends it."""
    ServiceNote(service.pid, "http://127.0.0.1:1", kept=False).write(finished)
    clear_earlier_runs(tmp_path, lines.append)
    assert service.wait(10) == -signal.SIGTERM
    assert not finished.exists()


def test_the_demo_lives_outside_a_deployments_folder() -> None:
    """The default data folder of a real deployment holds nothing of the demo."""
    assert not default_home().is_relative_to(default_data_dir())
