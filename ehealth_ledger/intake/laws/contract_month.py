"""Map the commands that reckon contracts' months to their laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ehealth_ledger.aggregates import capitation, global_rate, month_settlement
from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.intake.laws import priced
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import contract_month_stream


def _streams(command: RunCapitation | RunGlobalRate | SettleMonth) -> Ids:
    asked = command.resource
    return (asked.contract, contract_month_stream(asked.contract, asked.period))


def _of_month(command: RunCapitation | RunGlobalRate | SettleMonth, wanted: Wanted) -> None:
    wanted.cut_offs = True
    wanted.billed.add(command.resource.contract)


def _law(judge: Callable[[Any], list[Fact]]) -> Law:
    return Law(
        judge,
        streams=_streams,
        lookups=_of_month,
        parameters=priced.PARAMETERS,
        of_the_past=True,
    )


LAWS: Final[LawTable] = {
    RunCapitation: _law(capitation.run),
    SettleMonth: _law(month_settlement.settle),
    RunGlobalRate: _law(global_rate.run),
}
