"""Index the months of contracts that are paid as such: which fall due, and which were reckoned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ehealth_ledger.events.capitation import CapitationCounted, CapitationSettled
from ehealth_ledger.events.contract import ContractConcluded, ContractTerminated
from ehealth_ledger.events.global_rate import GlobalRateReckoned, GlobalRateSettled
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import contract_month_stream
from ehealth_ledger.values.time import day_begins, first_days, month_of

CONTRACT_MONTHS: Final = Index("contract_months", ("contract", "period", "position"), key_columns=2)
SETTLED_MONTHS: Final = Index(
    "settled_months", ("contract", "period", "package", "position"), key_columns=3
)
RUNS: Final[dict[ContractKind, str]] = {
    "CAPITATION": "capitation.run",
    "MEDICAL_SERVICES": "global_rate.run",
}
"""By kind of contract the kind of deadline that each of its months is; its id is the stream's."""

_DAY: Final = timedelta(days=1)


def _concluded(fact: ContractConcluded, _: int) -> Iterator[Change]:
    kind = RUNS.get(fact.terms.kind)
    if kind is None:
        return
    for day in first_days(fact.terms.first_day, fact.terms.last_day):
        month = contract_month_stream(fact.contract, month_of(day))
        yield Put(DEADLINES, (kind, month, day_begins(day)))


def _terminated(fact: ContractTerminated, _: int) -> Iterator[Change]:
    """Let go the months after the last day: no contract reaches into another year (rule 16)."""
    kind, terms = RUNS.get(fact.terms.kind), fact.terms
    if kind is None:
        return
    after = max(terms.last_day + _DAY, terms.first_day)
    for day in first_days(after, date(terms.first_day.year, 12, 31)):
        yield Drop(DEADLINES, (kind, contract_month_stream(fact.contract, month_of(day))))


def _reckoned(fact: CapitationCounted | GlobalRateReckoned, position: int) -> Iterator[Change]:
    yield Put(CONTRACT_MONTHS, (fact.contract, fact.period, position))
    kind: ContractKind = "CAPITATION" if isinstance(fact, CapitationCounted) else "MEDICAL_SERVICES"
    yield Drop(DEADLINES, (RUNS[kind], fact.stream_id))


def _settled(fact: CapitationSettled | GlobalRateSettled, position: int) -> Iterator[Change]:
    for each in fact.packages:
        yield Put(SETTLED_MONTHS, (fact.contract, fact.period, each.package, position))


INDEXES: Final = (CONTRACT_MONTHS, SETTLED_MONTHS)
CHANGES: Final[ChangesByFact] = {
    ContractConcluded: _concluded,
    ContractTerminated: _terminated,
    CapitationCounted: _reckoned,
    GlobalRateReckoned: _reckoned,
    CapitationSettled: _settled,
    GlobalRateSettled: _settled,
}
