"""Show progress to a person at a terminal, and results to whoever reads standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

Told = Callable[[int, int], None]
"""Be told how many are done, and of how many."""

_WIDTH_UNSEEN: Final = 200  # a file or a pipe has no width: do not fold what a script may read


def say(text: str) -> None:
    """Print a line on standard output."""
    typer.echo(text)


def say_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2).decode())


def show(table: Table) -> None:
    """Print a table on standard output."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_UNSEEN)
    console.print(table)


def table_of(*columns: str, title: str | None = None) -> Table:
    """Begin a table; a column whose name ends in `>` holds numbers."""
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(
            column.rstrip(">"), justify="right" if column.endswith(">") else "left", overflow="fold"
        )
    return table


@contextmanager
def progress(text: str) -> Iterator[Told]:
    """Show a bar on standard error while something runs; nothing where that is no terminal."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(text, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
