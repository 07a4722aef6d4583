"""Be the only process that does something: hold a lock file for as long as one lives."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def take_lock(file: Path) -> int | None:
    """Take a lock file; return its open descriptor, or None where a living process holds it.

    Closing it gives the lock back, once every process that inherited the descriptor has ended.
    """
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


@contextmanager
def alone(file: Path, otherwise: Exception) -> Iterator[None]:
    """Hold a lock file until the block ends; raise `otherwise` where a living process holds it."""
    lock = take_lock(file)
    if lock is None:
        raise otherwise
    try:
        yield
    finally:
        os.close(lock)
