"""Show the demo to a person: lines while it works, tables at the end; plain outside a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

WIDTH_MAX: Final = 100

PERCENT: Final = 100
ROWS_MAX: Final = 24  # a longer table is no demonstration any more

Advance = Callable[[int], None]
"""Be told how much more is done."""


class Show:
    """Write to one console; everything said is plain text, nothing of it is markup."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDTH_MAX)

    @classmethod
    def on_terminal(cls, *, json: bool) -> Show:
        """Write to standard output; where that is to hold JSON alone, to standard error."""
        stream = sys.stderr if json else sys.stdout
        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        console.width = min(console.width, WIDTH_MAX) if console.is_terminal else WIDTH_MAX
        return cls(console)

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._console.print()
        self._console.print(Text(title, style="bold cyan"))

    def step(self, text: str, *, refused: bool = False) -> None:
        """Say that something was done, or refused as it should be."""
        mark = Text("  ✗ " if refused else "  ✓ ", style="yellow" if refused else "green")
        self._console.print(_hanging(mark, text, self._width))

    def say(self, text: str) -> None:
        """Say a sentence."""
        self._console.print(_hanging(Text("  "), text, self._width))

    def command(self, text: str) -> None:
        """Show what to type, on one line however long, so that it can be copied."""
        self._console.print(Text(f"    {text}", style="bold"), soft_wrap=True)

    def stopped(self, text: str) -> None:
        """Say that the demo was ended from outside."""
        self._console.print()
        self._console.print(Text(text, style="bold yellow"))

    def failed(self, text: str, log_tail: str = "") -> None:
        """Say what failed, and give the end of the service's log."""
        self._console.print()
        self._console.print(Text("The demo failed: ", style="bold red") + Text(text))
        if log_tail:
            self._console.print(Text("The service's log ends so:", style="bold"))
            self._console.print(Text(log_tail))

    @contextmanager
    def working(self, what: str, total: int | None = None) -> Iterator[Advance]:
        """Show how far a piece of work is; then leave one line that says it is done.

        Without a total, the line says how much was done.
        """
        done = 0

        def counted(more: int) -> None:
            nonlocal done
            done += more

        if not self._console.is_terminal:
            yield counted
        else:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
            )
            with Progress(*columns, console=self._console, transient=True) as progress:
                task = progress.add_task(what, total=total)

                def advance(more: int) -> None:
                    counted(more)
                    progress.update(task, advance=more)

                yield advance
        self.step(what if total == PERCENT else f"{what}: {done if total is None else total}")

    def facts(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Show names and values."""
        table = _table(title)
        table.show_header = False
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(*(Text(each) for each in row))
        self._print(table)

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: Sequence[str] = (),
        whole: Sequence[str] = (),
        foot: Sequence[str] | None = None,
    ) -> None:
        """Show rows under headings; `right` names number columns, `whole` those never wrapped."""
        table = _table(title)
        table.show_footer = foot is not None
        for at, name in enumerate(columns):
            table.add_column(
                name,
                footer="" if foot is None else foot[at],
                justify="right" if name in right else "left",
                overflow="fold",
                no_wrap=name in whole,
            )
        for row in rows[:ROWS_MAX]:
            table.add_row(*(Text(each) for each in row))
        self._print(table)
        if len(rows) > ROWS_MAX:
            self.say(f"… and {len(rows) - ROWS_MAX} more")

    def _print(self, table: Table) -> None:
        self._console.print()
        self._console.print(table)


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )


def _hanging(mark: Text, text: str, width: int) -> Text:
    """Set a text beside its mark; further lines stand under its first."""
    indent = " " * len(mark)
    lines = textwrap.wrap(text, width - len(mark), break_on_hyphens=False)
    return mark + Text(f"\n{indent}".join(lines))
