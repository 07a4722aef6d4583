"""Read the most memory this process held, from what Linux counts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_RESET: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"  # proc(5): resets the peak resident set size
_KIB_A_MIB: Final = 1024


def reset_peak() -> None:
    """Begin to count anew."""
    _RESET.write_text(_RESET_PEAK, encoding="ascii")


def peak_mib() -> float:
    """Return the peak resident set size since the last reset, MiB."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / _KIB_A_MIB
    raise OSError(f"{_STATUS} does not say the peak")
