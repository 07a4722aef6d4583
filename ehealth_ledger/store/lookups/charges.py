"""Look up charges: where they stand, and what the months they fall into have come to."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar, Final

import psycopg

from ehealth_ledger.aggregates.lookups import Stated
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeWithdrawn,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import Formed, StatementFormed, StatementFormedV2
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import ChargeId, ContractId, StatementId
from ehealth_ledger.values.time import Month

_TOTAL = """
    SELECT coalesce((SELECT sum(c.amount) FROM charges c
                     WHERE c.contract = %(contract)s AND c.package = %(package)s
                       AND c.period = %(period)s AND c.position <= %(upto)s AND NOT EXISTS
                           (SELECT FROM withdrawn_charges w
                            WHERE w.charge = c.charge AND w.position <= %(upto)s)), 0)
         + coalesce((SELECT sum(a.amount) FROM adjustments a
                     WHERE a.contract = %(contract)s AND a.package = %(package)s
                       AND a.period = %(period)s AND a.position <= %(upto)s), 0)
"""
_END: Final = 2**63 - 1  # no position lies beyond


class Charges(Lookup):
    """Serve `aggregates.lookups.ChargeLookup`; an unannounced charge raises KeyError.

    `upto` is the last position that counts: where the past is judged again, its basis.
    """

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        ChargeAccruedV1,
        ChargeAccrued,
        ChargeAdjusted,
        ChargeWithdrawn,
        StatementFormed,
        StatementFormedV2,
    )

    def __init__(self, cursor: psycopg.Cursor, charges: set[ChargeId], *, upto: int = _END) -> None:
        self._cursor = cursor
        self._upto = upto
        self._places: dict[ChargeId, tuple[int, StatementKey] | None] = dict.fromkeys(charges)
        self._formed: dict[StatementKey, StatementId] = {}
        self._totals: dict[StatementKey, int] = {}  # before this batch
        self._since: defaultdict[StatementKey, int] = defaultdict(int)  # by this batch
        for charge, position, contract, package, period, statement in rows_by(
            cursor,
            "SELECT c.charge, c.position, c.contract, c.package, c.period, s.statement "
            "FROM charges c LEFT JOIN statements s "
            "ON (s.contract, s.package, s.period) = (c.contract, c.package, c.period) "
            "WHERE c.charge = ANY(%s)",
            charges,
        ):
            key = StatementKey(ContractId(contract), package, Month(period))
            self._places[ChargeId(charge)] = position, key
            if statement is not None:
                self._formed[key] = StatementId(statement)

    def stated(self, charge: ChargeId) -> Stated | None:
        """Return the formed statement that holds a charge; None where none does yet."""
        place = self._places[charge]
        if place is None:
            return None
        position, key = place
        statement = self._formed.get(key)
        return None if statement is None else Stated(statement, position)

    def total_of(self, key: StatementKey) -> int:
        """Return what a contract, package and month have come to so far, kopiykas.

        The table is asked once a batch: nobody else commits while the head is locked, and what this
        batch adds is counted here.
        """
        before = self._totals.get(key)
        if before is None:
            asked = {
                "contract": key.contract,
                "package": key.package,
                "period": key.period,
                "upto": self._upto,
            }
            row = self._cursor.execute(_TOTAL, asked, prepare=True).fetchone()
            before = self._totals[key] = 0 if row is None else int(row[0])
        return before + self._since[key]

    def absorb(self, fact: Fact, position: int) -> None:
        """Take in what this batch adds, takes out and states."""
        match fact:
            case Accrued():
                self._since[fact.key] += fact.amount
                if fact.charge in self._places:
                    self._places[fact.charge] = position, fact.key
            case ChargeAdjusted():
                self._since[fact.key] += fact.amount
            case ChargeWithdrawn():
                if fact.key is not None:
                    self._since[fact.key] -= max((each.amount for each in fact.postings), default=0)
            case Formed():
                self._formed[fact.key] = fact.statement
            case _:
                pass  # none of the facts asked for
