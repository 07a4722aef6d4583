"""Look up what stood in the log when a month began, by one query a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import ClassVar, Final

import psycopg

from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import DeclaredPatient
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffEnded, TariffReleased
from ehealth_ledger.store.batch import read_head
from ehealth_ledger.store.lookups.days import InForce
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.positions import position_before
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import ContractId, DivisionId, EmployeeId, TariffId

_FACT: Final = """
    SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, r.topic,
           r.key_id, b.blob
    FROM records r JOIN bodies b ON b.log = r.log AND b.position = r.position
"""
_STREAMS: Final = (
    f"{_FACT} WHERE r.log = %s AND r.stream_id = ANY(%s) AND r.position <= %s ORDER BY r.position"
)
_BEGUN: Final = (
    "SELECT position FROM records WHERE log = %s AND stream_id = %s AND stream_version = 1"
)
# What was replaced since may have held on the day when the position was the last: its facts say.
_HELD: Final = """
      AND t.first_day <= %(day)s AND (t.last_day >= %(day)s OR EXISTS (
          SELECT FROM records e WHERE e.stream_id = t.tariff AND e.stream_version > 1))
      AND r.log = %(log)s AND r.position <= %(upto)s
    ORDER BY r.position
"""
_TARIFF: Final = (
    f"{_FACT} JOIN tariffs t ON t.tariff = r.stream_id WHERE t.service = %(wanted)s {_HELD}"
)
_PACKAGE: Final = (
    f"{_FACT} JOIN tariffs t ON t.tariff = r.stream_id WHERE t.package = %(wanted)s {_HELD}"
)
_DECLARED: Final = """
    SELECT d.position, d.doctor, d.division, d.patient, a.ages_from
    FROM declarations d
    JOIN declaration_course h
      ON h.declaration = d.declaration AND h.step = 'holds' AND h.position <= %(as_of)s
    LEFT JOIN LATERAL (
        SELECT p.ages_from FROM patient_ages p
        WHERE p.patient = d.patient AND p.position <= %(as_of)s
        ORDER BY p.position DESC LIMIT 1
    ) a ON true
    WHERE d.doctor = ANY(%(doctors)s) AND NOT EXISTS (
        SELECT FROM declaration_course e
        WHERE e.declaration = d.declaration AND e.step = 'ended' AND e.position <= %(as_of)s
    )
    ORDER BY d.position
"""


Called = tuple[int, frozenset[EmployeeId]]
"""Name a roll: as of which position, of which doctors."""

Take = Callable[[Called], tuple[DeclaredPatient, ...] | None]


def nobody_called(_: Called) -> None:
    """Say that no roll was called beforehand."""
    return


class Billing(Lookup):
    """Serve `aggregates.lookups.BillingLookup`.

    Nothing is read before it is asked for; `take` gives what was read before the lock. `upto` is
    the last position that the judge may know of: the end of the log, where a batch is judged; where
    the past is judged again, its basis.
    """

    FACTS: ClassVar[tuple[type[Fact], ...]] = (TariffReleased, TariffEnded)

    def __init__(
        self,
        cursor: psycopg.Cursor,
        mapper: FactMapper,
        vault: Vault,
        *,
        take: Take = nobody_called,
        upto: int | None = None,
    ) -> None:
        self._cursor = cursor
        self._mapper = mapper
        self._vault = vault
        self._take = take
        self._upto = upto
        self._places: dict[int, int] = {}
        self._of_batch: list[Fact] = []  # about tariffs, by this batch

    def as_of(self, moment: int) -> int:
        """Return the last position before a moment."""
        if moment not in self._places:
            self._places[moment] = position_before(
                self._cursor, self._mapper.log, self._last(), moment
            )
        return self._places[moment]

    def contract(
        self, wanted: ContractId, moment: int, concluded_at: int | None
    ) -> Contract | None:
        """Return a contract as it stood, or as its conclusion began it after the moment."""
        if concluded_at is None:
            row = self._cursor.execute(_BEGUN.encode(), (self._mapper.log, wanted)).fetchone()
            concluded_at = 0 if row is None else row[0]
        state: object | None = None
        for fact in self._facts((wanted,), max(self.as_of(moment), concluded_at)):
            state = evolve(state, fact)
        return state if isinstance(state, Contract) else None

    def declared(self, doctors: Iterable[EmployeeId], moment: int) -> tuple[DeclaredPatient, ...]:
        """Return the declarations that were in force with these doctors, in order of the log."""
        wanted = (self.as_of(moment), frozenset(doctors))
        called = self._take(wanted)
        if called is not None:
            return called
        asked = {"doctors": list(wanted[1]), "as_of": wanted[0]}
        rows = self._cursor.execute(_DECLARED.encode(), asked).fetchall()
        held = self._vault.held({row[3] for row in rows}) if rows else set()
        return tuple(
            DeclaredPatient(
                position,
                EmployeeId(doctor),
                DivisionId(division),
                self._age(position, ages_from if patient in held else None),
            )
            for position, doctor, division, patient, ages_from in rows
        )

    def mountains(self, divisions: Iterable[DivisionId], moment: int) -> Mapping[DivisionId, bool]:
        """Tell of divisions whether they lay in the mountains."""
        states: dict[DivisionId, object | None] = {}
        for fact in self._facts(divisions, self.as_of(moment)):
            division = DivisionId(fact.stream_id)
            states[division] = evolve(states.get(division), fact)
        return {
            division: state.mountain
            for division, state in states.items()
            if isinstance(state, Division)
        }

    def tariff(self, subject: str, day: date) -> TariffReleased | None:
        """Return the terms in force for a subject on a day."""
        held = self._held(_TARIFF, subject, day)
        return next((each for each in held if each.service == subject), None)

    def released(self, package: str, day: date) -> tuple[TariffReleased, ...]:
        """Return the terms of every kind in force for a package on a day."""
        held = self._held(_PACKAGE, package, day)
        return tuple(each for each in held if each.package == package)

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a tariff is no position
        """Take in terms that this batch releases, or ends."""
        self._of_batch.append(fact)

    def _held(self, statement: str, wanted: str, day: date) -> Iterator[TariffReleased]:
        """Give the terms in force on a day: those on record, and those of this batch."""
        asked = {"wanted": wanted, "day": day, "log": self._mapper.log, "upto": self._last()}
        rows = self._cursor.execute(statement.encode(), asked).fetchall()
        recorded = self._mapper.open_facts([StoredFact(*row) for row in rows])
        held = InForce[TariffId, TariffReleased]()
        for fact in (*(each.fact for each in recorded), *self._of_batch):
            if isinstance(fact, TariffReleased):
                held.put(fact.tariff, fact, fact.first_day, fact.last_day)
            elif isinstance(fact, TariffEnded):
                held.end(fact.tariff, fact.last_day)
        return held.on(day)

    def _age(self, position: int, ages_from: date | None) -> date | None:  # noqa: ARG002 - for heirs
        """Return what is known of a patient's age; of an erased one nothing is."""
        return ages_from

    def _last(self) -> int:
        if self._upto is None:
            self._upto = read_head(self._cursor, self._mapper.log).position
        return self._upto

    def _facts(self, streams: Iterable[ContractId | DivisionId], upto: int) -> Iterable[Fact]:
        """Read facts under the ledger's own key, which is never erased."""
        asked = (self._mapper.log, list(streams), upto)
        rows = self._cursor.execute(_STREAMS.encode(), asked).fetchall()
        for recorded in self._mapper.open_facts([StoredFact(*row) for row in rows]):
            if recorded.fact is not None:
                yield recorded.fact
