"""Count the processor's cores, for whoever starts a process on each."""

from __future__ import annotations

import os


def cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0))
