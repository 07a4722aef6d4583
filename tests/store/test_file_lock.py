"""One process at a time: what a lock file promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ehealth_ledger.store.file_lock import alone, take_lock


def test_whoever_comes_second_is_told_in_his_own_words(tmp_path: Path) -> None:
    """Nobody waits and nobody shares; when the first has let go the file is free."""
    file = tmp_path / "lock"
    with alone(file, RuntimeError("first")):
        assert take_lock(file) is None
        with pytest.raises(RuntimeError, match="second"), alone(file, RuntimeError("second")):
            pytest.fail("two hold it")
    lock = take_lock(file)
    assert lock is not None
    os.close(lock)


def test_whoever_inherits_the_lock_holds_it_until_he_ends(tmp_path: Path) -> None:
    """A service that outlives its starter keeps the lock, and a kill takes it away."""
    file = tmp_path / "lock"
    lock = take_lock(file)
    assert lock is not None
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, pass_fds=(lock,)) as child:
        os.close(lock)
        assert take_lock(file) is None
        child.kill()
    lock = take_lock(file)
    assert lock is not None
    os.close(lock)
