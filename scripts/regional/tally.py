"""Count what the ledger took and what it refused, and explain every zero."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from ehealth_ledger.commands.catalogue import NAMES
from ehealth_ledger.errors import CATALOGUE


@dataclass(slots=True)
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
        table = Table("command", "accepted", "why none", title="Commands accepted")
        for name in sorted(NAMES):
            count = self.accepted[name]
            noun = name.partition(".")[0]
            table.add_row(name, f"{count:,}", "" if count else ZEROS["commands"][noun])
        return table

    def refusals(self) -> Table:
        """Lay out every code of the catalogue with its count, zeros with their reason."""
        table = Table("code", "provoked", "why not here", title="Refusals provoked on purpose")
        for code in CATALOGUE:
            count = self.refused[code]
            noun = code.partition(".")[0]
            why = ZEROS["codes"].get(noun, ZEROS["other_codes"])
            table.add_row(code, f"{count:,}", "" if count else why)
        return table

    def members(self) -> dict[str, Any]:
        """Give the counts for a script."""
        return {
            "accepted": {name: self.accepted[name] for name in sorted(NAMES)},
            "provoked": {code: self.refused[code] for code in CATALOGUE},
            "unexpected": dict(self.surprises),
        }


ZEROS: Final[Any] = json.loads(Path(__file__).with_name("zeros.json").read_text(encoding="utf-8"))
"""Why a count may be zero, by noun."""
