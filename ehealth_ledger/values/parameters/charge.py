"""Name the parameters of charges."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

ATTEMPTS_MAX: Final = "charge.attempts_max"

PARAMETERS: Final = (
    Definition(
        ATTEMPTS_MAX,
        "number",
        "How often an act may be claimed in all: once, and again after each denial",
    ),
)
