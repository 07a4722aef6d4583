"""Count what the ledger took and what it refused, and explain every zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rich.table import Table

from ehealth_ledger.commands.catalogue import NAMES
from ehealth_ledger.errors import CATALOGUE


class Surprise(Exception):  # noqa: N818 - the name is the finding
    """Report an answer that the generator did not expect."""


@dataclass(slots=True)
class Tally:
    """Count commands by name and refusals by code."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def take(self, command: str, expected: str | None, answer: Mapping[str, object]) -> None:
        """Count one answer; raise Surprise where it is not the expected one."""
        code = answer.get("code")
        if code != expected:
            at = answer.get("errors")
            raise Surprise(
                f"{command}: expected {expected or 'a receipt'}, got {code or 'one'} {at}"
            )
        if expected is None:
            self.accepted[command] += 1
        else:
            self.refused[expected] += 1

    def commands(self, why_not: Mapping[str, str]) -> Table:
        """Lay out every command of the catalogue with its count, zeros with their reason."""
        table = Table("command", "accepted", "why none", title="Commands accepted")
        for name in sorted(NAMES):
            count = self.accepted[name]
            table.add_row(name, f"{count:,}", "" if count else reason(name, why_not))
        return table

    def refusals(self, why_not: Mapping[str, str]) -> Table:
        """Lay out every code of the catalogue with its count, zeros with their reason."""
        table = Table("code", "provoked", "why not", title="Refusals provoked on purpose")
        for code in CATALOGUE:
            count = self.refused[code]
            table.add_row(code, f"{count:,}", "" if count else reason(code, why_not))
        return table

    def unexplained(self, commands: Mapping[str, str], codes: Mapping[str, str]) -> list[str]:
        """List the zeros that nobody explains."""
        silent = [n for n in NAMES if not self.accepted[n] and reason(n, commands) == UNSAID]
        silent += [c for c in CATALOGUE if not self.refused[c] and reason(c, codes) == UNSAID]
        return sorted(silent)


UNSAID: Final = "?"


def reason(name: str, why_not: Mapping[str, str]) -> str:
    """Return why a name counts zero: said of itself, or of its noun."""
    return why_not.get(name) or why_not.get(name.partition(".")[0]) or UNSAID
