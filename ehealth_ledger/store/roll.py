"""Call a contract's roll outside the head's lock: thousands of declarations take their time."""

from __future__ import annotations

from typing import Final

import psycopg

from ehealth_ledger.aggregates.lookups import DeclaredPatient
from ehealth_ledger.store.lookups.billing import Billing, Called
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import ContractId
from ehealth_ledger.values.time import from_microseconds, kyiv_day

CACHED_ROLLS_MAX: Final = 16


class RollCall:
    """Keep rolls that were called before their month is judged.

    A roll is of some doctors as of a position, and what stands up to a position never changes: what
    was read without a lock is what would be read under it. Where the law asks about other doctors,
    or another position because a record came in between, it reads for itself.
    """

    def __init__(self, mapper: FactMapper, vault: Vault) -> None:
        self._mapper = mapper
        self._vault = vault
        self._called: dict[Called, tuple[DeclaredPatient, ...]] = {}

    def prepare(
        self, cursor: psycopg.Cursor, contract: ContractId, moment: int, concluded_at: int
    ) -> None:
        """Call the roll of a contract's doctors as of a moment that has passed (microseconds)."""
        billing = Billing(cursor, self._mapper, self._vault)
        stood = billing.contract(contract, moment, concluded_at)
        if stood is None:
            return
        day = kyiv_day(from_microseconds(moment))
        doctors = frozenset(each.employee for each in stood.on(day).employees)
        found = billing.declared(doctors, moment)
        if len(self._called) >= CACHED_ROLLS_MAX:
            self._called.clear()
        self._called[billing.as_of(moment), doctors] = found

    def take(self, wanted: Called) -> tuple[DeclaredPatient, ...] | None:
        """Hand out a roll, once; None where nobody called it."""
        return self._called.pop(wanted, None)
