"""Index institutions by their codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Index, Put

LEGAL_ENTITIES: Final = Index("legal_entities", ("edrpou", "legal_entity"))


def _registered(fact: LegalEntityRegistered, _: int) -> Iterator[Change]:
    yield Put(LEGAL_ENTITIES, (fact.edrpou, fact.legal_entity))


INDEXES: Final = (LEGAL_ENTITIES,)
CHANGES: Final[ChangesByFact] = {LegalEntityRegistered: _registered}
