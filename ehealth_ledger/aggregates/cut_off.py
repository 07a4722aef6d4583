"""Judge cut-offs: set ahead of time, and final once passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.kept import keep
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.time import microseconds


def set_cut_off(case: Case[SetCutOff]) -> list[Fact]:
    """Set or move the cut-off of a month that is still open."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require(
        not case.period_is_closed(asked.period),
        "cut_off.already_passed",
        "$.resource.period",
        expected="a month that is still open",
    )
    case.require(
        asked.at > case.now,
        "cut_off.not_in_future",
        "$.resource.at",
        expected=f"a moment after {case.now.isoformat()}",
    )
    return [CutOffSet(cut_off=asked.id, period=asked.period, at=microseconds(asked.at))]


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    CutOffSet: keep,
}
