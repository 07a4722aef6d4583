"""Look up institutions by their codes."""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import LegalEntityId


class LegalEntities(Lookup):
    """Serve `aggregates.lookups.LegalEntityLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (LegalEntityRegistered,)

    def __init__(self, cursor: psycopg.Cursor, edrpous: set[str]) -> None:
        self._by_code: dict[str, Any] = dict(
            rows_by(
                cursor,
                "SELECT edrpou, legal_entity FROM legal_entities WHERE edrpou = ANY(%s)",
                edrpous,
            )
        )

    def of_edrpou(self, edrpou: str) -> LegalEntityId | None:
        """Return the institution registered under a code."""
        return self._by_code.get(edrpou)

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in a registration."""
        if isinstance(fact, LegalEntityRegistered):
            self._by_code[fact.edrpou] = fact.legal_entity
