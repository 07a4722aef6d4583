"""Look up under which licences an institution works."""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.licence import LicenceRegistered
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import LegalEntityId, LicenceId


class Licences(Lookup):
    """Serve `aggregates.lookups.LicenceLookup`; an unannounced institution raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (LicenceRegistered,)

    def __init__(self, cursor: psycopg.Cursor, entities: set[LegalEntityId]) -> None:
        self._known: dict[Any, set[Any]] = {each: set() for each in entities}
        for entity, licence in rows_by(
            cursor,
            "SELECT legal_entity, licence FROM licences WHERE legal_entity = ANY(%s)",
            entities,
        ):
            self._known[entity].add(licence)

    def of_entity(self, entity: LegalEntityId) -> tuple[LicenceId, ...]:
        """Return an institution's licences, in force or not, in order of id."""
        return tuple(sorted(self._known[entity]))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is ids
        """Take in a licence that was registered."""
        if isinstance(fact, LicenceRegistered) and fact.legal_entity in self._known:
            self._known[fact.legal_entity].add(fact.licence)
