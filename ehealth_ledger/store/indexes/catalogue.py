"""Join the index tables of every noun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.indexes import (
    approvals,
    care_plans,
    contract_months,
    deadlines,
    declarations,
    diagnostics,
    erasures,
    groupings,
    ids,
    legal_entities,
    money,
    patients,
    prescriptions,
    referrals,
    registry,
    resources,
)
from ehealth_ledger.store.indexes.deadlines import with_reason
from ehealth_ledger.store.indexes.index import Change, Changes, ChangesByFact, Index

_NOUNS: Final[tuple[tuple[tuple[Index, ...], ChangesByFact], ...]] = (
    (ids.INDEXES, ids.CHANGES),
    (deadlines.INDEXES, deadlines.CHANGES),
    (legal_entities.INDEXES, legal_entities.CHANGES),
    (registry.INDEXES, registry.CHANGES),
    (patients.INDEXES, patients.CHANGES),
    (declarations.INDEXES, declarations.CHANGES),
    (prescriptions.INDEXES, prescriptions.CHANGES),
    (referrals.INDEXES, referrals.CHANGES),
    (resources.INDEXES, resources.CHANGES),
    (care_plans.INDEXES, care_plans.CHANGES),
    (approvals.INDEXES, approvals.CHANGES),
    (diagnostics.INDEXES, diagnostics.CHANGES),
    (money.INDEXES, money.CHANGES),
    (groupings.INDEXES, groupings.CHANGES),
    (erasures.INDEXES, erasures.CHANGES),
    (contract_months.INDEXES, contract_months.CHANGES),
)

INDEXES: Final[Mapping[str, Index]] = MappingProxyType(
    {index.name: index for indexes, _ in _NOUNS for index in indexes}
)


def _by_fact() -> dict[type[Fact], tuple[Changes, ...]]:
    found: dict[type[Fact], tuple[Changes, ...]] = {}
    for _, changes in _NOUNS:
        for fact, function in changes.items():
            found[fact] = (*found.get(fact, ()), function)
    return found


CHANGES: Final[Mapping[type[Fact], tuple[Changes, ...]]] = MappingProxyType(_by_fact())
"""Say for each fact which nouns' tables it changes; a fact that is absent changes none."""


def changes(fact: Fact, position: int) -> Iterator[Change]:
    """Give what a fact at a position changes in the index tables; most facts change nothing."""
    for function in CHANGES.get(type(fact), ()):
        for change in function(fact, position):
            yield with_reason(change, position)
