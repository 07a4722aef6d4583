"""Read the most memory that processes held, from what Linux counts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_RESET: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"  # proc(5): resets the peak resident set size
_KIB_A_MIB: Final = 1024


def reset_peak() -> None:
    """Begin to count anew."""
    _RESET.write_text(_RESET_PEAK, encoding="ascii")


def peak_mib(others: Iterable[int] = ()) -> float:
    """Return the peak resident set size since the last reset, MiB.

    Of `others`, processes by their ids, the peak since they began is added.
    """
    return sum(map(_peak, ["self", *map(str, others)]))


def _peak(process: str) -> float:
    status = _PROC / process / "status"
    for line in status.read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / _KIB_A_MIB
    raise OSError(f"{status} does not say the peak")
