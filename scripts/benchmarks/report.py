"""Print figures as a table for people and as one JSON object for scripts."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Final

from rich.console import Console
from rich.table import Table

LARGE: Final = 100
WIDTH_IN_FILES: Final = 120  # columns, where no terminal says how many there are


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold one measured value, the peer measured in the same run, and what we aim for."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    aim: str | None = None

    @property
    def ratio(self) -> float | None:
        """Divide the value by the peer's; None where there is no peer."""
        return None if not self.peer_value else self.value / self.peer_value


def machine() -> dict[str, object]:
    """Describe what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "processor": _processor(),
        "python": platform.python_version(),
        "cryptography": version("cryptography"),
        "eventsourcing": version("eventsourcing"),
        "psycopg": version("psycopg"),
    }


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def show(title: str, figures: list[Figure], *, as_json: bool) -> None:
    """Print the figures."""
    if as_json:
        rows = [{**asdict(each), "ratio": each.ratio} for each in figures]
        text = json.dumps({"figures": rows, "machine": machine()}, indent=1)
        print(text)  # noqa: T201 - the figures are what the program is asked for
        return
    table = Table(title=title)
    for column in ("figure", "value", "unit", "peer", "ratio", "aim"):
        right = column in {"value", "peer", "ratio"}
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    for each in figures:
        table.add_row(
            each.name,
            _number(each.value),
            each.unit,
            "" if each.peer_value is None else _number(each.peer_value),
            "" if each.ratio is None else f"{each.ratio:.2f}",
            each.aim or "",
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_IN_FILES)
    console.print(table)
    for peer in sorted({each.peer for each in figures if each.peer}):
        console.print(f"peer: {peer}", style="dim")
    console.print(" · ".join(f"{name} {value}" for name, value in machine().items()), style="dim")


def _number(value: float) -> str:
    """Write a measured value: whole where it is large."""
    return f"{value:,.0f}" if value >= LARGE else f"{value:.2f}"
