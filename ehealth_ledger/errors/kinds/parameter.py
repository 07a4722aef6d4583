"""Refuse parameters, and acts whose parameter nobody has set."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "parameter.unknown": RefusalKind(422, "There is no such parameter"),
    "parameter.value_invalid": RefusalKind(422, "The value does not have the parameter's form"),
    "parameter.first_day_passed": RefusalKind(
        409, "A parameter that has a value changes from today or later, never in the past"
    ),
    "parameter.unset": RefusalKind(
        503, "A parameter that this law needs has no value on this day", retry=True
    ),
}
