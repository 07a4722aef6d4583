"""Count what the ledger took and what it refused, and explain every zero."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.table import Table

from ehealth_ledger.commands.catalogue import NAMES
from ehealth_ledger.errors import CATALOGUE
from scripts.rule_book.sources import tests_by_code


@dataclass
class Tally:
    """Count commands by name and refusals by code."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)

    def take(self, command: str, expected: str | None, answer: Mapping[str, object]) -> None:
        """Count one answer; one that is not the expected one is a surprise."""
        code = answer.get("code")
        if code != expected:
            wanted, got = expected or "a receipt", code or "a receipt"
            self.surprises[f"{command}: {got} {answer.get('errors', '')}, not {wanted}"] += 1
        elif expected is None:
            self.accepted[command] += 1
        else:
            self.refused[expected] += 1

    def commands(self) -> Table:
        """Lay out every command of the catalogue with its count, zeros with their reason."""
        table = _table("Commands accepted", "command", "accepted", "share, or why none")
        most = max(self.accepted.values(), default=0)
        for name in sorted(NAMES):
            count = self.accepted[name]
            shown = bar(count, most) if count else COMMANDS_NOT_HERE[name]
            table.add_row(name, f"{count:,}", shown)
        return table

    def refusals(self) -> Table:
        """Lay out every code of the catalogue with its count, zeros with their reason."""
        table = _table("Refusals provoked on purpose", "code", "provoked", "why not here")
        for code in CATALOGUE:
            count = self.refused[code]
            table.add_row(code, f"{count:,}", "" if count else self.why_not(code))
        return table

    def summary(self) -> str:
        """Say in a sentence how much of the catalogues was met."""
        commands = sum(1 for name in NAMES if self.accepted[name])
        codes = sum(1 for code in CATALOGUE if self.refused[code])
        return (
            f"{commands} of {len(NAMES)} commands accepted, {codes} of {len(CATALOGUE)} refusal "
            f"codes provoked by {sum(self.refused.values())} wrongs, "
            f"{sum(self.surprises.values())} unexpected answers"
        )

    def why_not(self, code: str) -> str:
        """Say why the region does not provoke a code, and which tests do."""
        why = CODES_NOT_HERE.get(code.partition(".")[0], ANOTHER_LAW)
        return f"{why}: {', '.join(self._tests[code])}"

    @cached_property
    def _tests(self) -> Mapping[str, list[str]]:
        return tests_by_code(set(CATALOGUE))

    def members(self) -> dict[str, Any]:
        """Give the counts for a script."""
        return {
            "accepted": {name: self.accepted[name] for name in sorted(NAMES)},
            "provoked": {code: self.refused[code] for code in CATALOGUE},
            "unexpected": dict(self.surprises),
            "not_accepted": {
                name: COMMANDS_NOT_HERE[name] for name in sorted(NAMES) if not self.accepted[name]
            },
            "not_provoked": {
                code: self.why_not(code) for code in CATALOGUE if not self.refused[code]
            },
        }


def bar(count: int, most: int) -> str:
    """Draw a count beside the greatest one; what happened at all has a mark."""
    return "█" * max(1, round(BAR_MAX * count / most))


def _table(title: str, name: str, count: str, why: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column(name, no_wrap=True)
    table.add_column(count, justify="right", no_wrap=True)
    table.add_column(why, style="cyan", overflow="fold")
    return table


BAR_MAX: Final = 32
_ZEROS: Final[Any] = json.loads(Path(__file__).with_name("zeros.json").read_text(encoding="utf-8"))
COMMANDS_NOT_HERE: Final[Mapping[str, str]] = _ZEROS["commands"]
"""Why a command may not have been accepted, by its name; every other command always is."""
CODES_NOT_HERE: Final[Mapping[str, str]] = _ZEROS["codes"]
"""Why a code is not provoked here, by its noun."""
ANOTHER_LAW: Final[str] = _ZEROS["other_codes"]
