"""Read the rules of the domain, in our words; where one is not built whole, its `limits` say why.

Numbers are those that codes, laws and tests use. Sources: the public specifications and rules of
the national eHealth system (API of 2026, public rules of 2019 to 2025, open code of 2019).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold one rule; `limits` says what of it is not built, and why."""

    number: int
    area: str
    text: str
    limits: str = ""


RULES: Final = tuple(
    Rule(**each)
    for each in json.loads(Path(__file__).with_name("rules.json").read_text(encoding="utf-8"))
)
