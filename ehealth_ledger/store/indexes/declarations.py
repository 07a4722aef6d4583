"""Index declarations in force: who is declared with whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, Index, Put

ACTIVE_DECLARATIONS: Final = Index(
    "active_declarations", ("declaration", "patient", "doctor", "party"), grows_only=False
)


def _signed(fact: DeclarationSigned, _: int) -> Iterator[Change]:
    yield Put(ACTIVE_DECLARATIONS, (fact.declaration, fact.patient, fact.doctor, fact.party))


def _terminated(fact: DeclarationTerminated, _: int) -> Iterator[Change]:
    yield Drop(ACTIVE_DECLARATIONS, (fact.declaration,))


INDEXES: Final = (ACTIVE_DECLARATIONS,)
CHANGES: Final[ChangesByFact] = {
    DeclarationSigned: _signed,
    DeclarationTerminated: _terminated,
}
