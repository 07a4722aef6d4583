"""Map the commands that reckon contracts' months to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import capitation, global_rate, month_settlement
from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import contract_month_stream


def _streams(command: RunCapitation | RunGlobalRate | SettleMonth) -> Ids:
    asked = command.resource
    return (asked.contract, contract_month_stream(asked.contract, asked.period))


def _of_month(command: RunCapitation | RunGlobalRate | SettleMonth, wanted: Wanted) -> None:
    wanted.cut_offs = True
    wanted.billed.add(command.resource.contract)


LAWS: Final[LawTable] = {
    RunCapitation: Law(capitation.run, streams=_streams, lookups=_of_month, of_the_past=True),
    SettleMonth: Law(
        month_settlement.settle, streams=_streams, lookups=_of_month, of_the_past=True
    ),
    RunGlobalRate: Law(global_rate.run, streams=_streams, lookups=_of_month, of_the_past=True),
}
