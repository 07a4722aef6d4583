"""Answer the laws' questions about other streams.

The answers come from index tables read and written under the head's lock.

A batch reads what its commands announced, then keeps the answers current in memory as facts are
accepted, so that a command sees the facts of the ones before it. The rows for the tables are
collected on the way and written with the batch; each table's constraint is the second wall
(store/guards.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from struct import Struct
from typing import Any, Final
from uuid import UUID

import psycopg

from ehealth_ledger.events.contract import ContractSigned
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.statement import StatementFormed
from ehealth_ledger.events.tariff import TariffPublished
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import Statement, StatementKey
from ehealth_ledger.store.binary_copy import BinaryCopy, copy_statement, text_rows
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.index_rows import INDEX_COLUMNS, INDEXED_FACTS, index_rows
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import (
    ContractId,
    DeclarationId,
    LegalEntityId,
    PartyId,
    PatientId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month

_ID_ROW: Final = Struct(">i16s iq")

Fold = Callable[[psycopg.Cursor, StatementKey], Statement | None]


@dataclass(slots=True)
class Wanted:
    """Collect what a batch's commands announce that their laws will ask."""

    ids: set[UUID] = field(default_factory=set)
    edrpous: set[str] = field(default_factory=set)
    declarations: set[PatientId] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    providers: set[LegalEntityId] = field(default_factory=set)
    cut_offs: bool = False
    statements: set[StatementKey] = field(default_factory=set)
    first_records: set[StatementId] = field(default_factory=set)
    bank_references: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Days:
    first: date
    last: date

    def contain(self, day: date) -> bool:
        return self.first <= day <= self.last

    def overlap(self, first: date, last: date) -> bool:
        return self.first <= last and first <= self.last


class BatchLookups:
    """Serve `aggregates.lookups.Lookups` for one batch; an unannounced question raises KeyError."""

    def __init__(self, cursor: psycopg.Cursor, wanted: Wanted, vault: Vault, fold: Fold) -> None:
        self._cursor = cursor
        self._vault = vault
        self._fold = fold
        self.rows: dict[str, list[Sequence[Any]]] = defaultdict(list)
        self._new_ids: list[tuple[UUID, int]] = []
        self._begun: dict[UUID, tuple[UUID, UUID, bool]] = {}
        self._ended: list[UUID] = []
        self._moved_cut_offs: dict[str, int] = {}
        # Every announced id, and whether it is taken.
        self._taken = dict.fromkeys(wanted.ids, False)
        if wanted.ids:
            packed = b"".join([each.bytes for each in wanted.ids])
            taken = cursor.execute(
                "SELECT id FROM ids WHERE id = ANY(uuids(%s))", (packed,), prepare=True
            )
            self._taken.update((each, True) for (each,) in taken)
        self._entities = self._map(
            "SELECT edrpou, legal_entity FROM legal_entities WHERE edrpou = ANY(%s)", wanted.edrpous
        )
        self._declarations = self._map(
            "SELECT patient, declaration FROM declarations WHERE active AND patient = ANY(%s)",
            wanted.declarations,
        )
        self._references = self._column(
            "SELECT bank_reference FROM payments WHERE bank_reference = ANY(%s)",
            wanted.bank_references,
        )
        self._tariffs = self._read_tariffs(wanted.services)
        self._contracts = self._read_contracts(wanted.providers)
        self._cut_offs: dict[str, int] | None = (
            dict(cursor.execute("SELECT period, at FROM cut_offs").fetchall())
            if wanted.cut_offs
            else None
        )
        self._statements = {key: self._read_statement(key) for key in wanted.statements}
        self._firsts = {each: self._read_first(each) for each in wanted.first_records}

    # The laws' questions (aggregates/lookups.py says what each answer means)

    def id_is_taken(self, wanted: UUID) -> bool:
        """Tell whether any resource of the ledger has this id."""
        return self._taken[wanted]

    def party(self, tax_id: str) -> PartyId:
        """Return the person at work behind a tax id; intake made the key before."""
        return self._vault.ensure_party(tax_id)

    def tax_index(self, tax_id: str) -> str:
        """Return the keyed blind index of a tax id, in hexadecimal."""
        return self._vault.tax_index(tax_id).hex()

    def legal_entity_by_edrpou(self, edrpou: str) -> LegalEntityId | None:
        """Return the institution registered under a code."""
        return self._entities.get(edrpou)

    def active_declaration(self, patient: PatientId) -> DeclarationId | None:
        """Return the patient's active declaration."""
        return self._declarations.get(patient)

    def tariff(self, service: str, day: date) -> TariffInForce | None:
        """Return the tariff of a service on a day."""
        return next((tariff for days, tariff in self._tariffs[service] if days.contain(day)), None)

    def tariff_overlaps(self, service: str, first_day: date, last_day: date) -> bool:
        """Tell whether a tariff of the service is in force on one of these days."""
        return any(days.overlap(first_day, last_day) for days, _ in self._tariffs[service])

    def contract(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        """Return the contract that buys a package from a provider on a day."""
        return next(
            (
                contract
                for days, bought, contract in self._contracts[provider]
                if bought == package and days.contain(day)
            ),
            None,
        )

    def contract_overlaps(
        self, provider: LegalEntityId, package: str, first_day: date, last_day: date
    ) -> bool:
        """Tell whether the provider has a contract for the package on one of these days."""
        return any(
            bought == package and days.overlap(first_day, last_day)
            for days, bought, _ in self._contracts[provider]
        )

    def cut_off(self, period: Month) -> int | None:
        """Return the cut-off of a month, microseconds UTC."""
        if self._cut_offs is None:
            raise KeyError(period)
        return self._cut_offs.get(period)

    def statement_of(self, key: StatementKey) -> StatementId | None:
        """Return the statement already formed for a contract, package and period."""
        return self._statements[key]

    def folded(self, key: StatementKey) -> Statement | None:
        """Return the statement folded outside the lock, checked to be complete under it."""
        return self._fold(self._cursor, key)

    def first_record_of(self, statement: StatementId) -> tuple[int, str] | None:
        """Return the position and chain value of the record that formed a statement."""
        return self._firsts[statement]

    def bank_reference_is_taken(self, reference: str) -> bool:
        """Tell whether a payment carries this bank reference already."""
        return reference in self._references

    # What an accepted command changes

    def absorb(self, new_ids: Iterable[UUID], facts: Sequence[Fact], first_position: int) -> None:
        """Take in an accepted command's facts, which will stand from `first_position` on."""
        for each in new_ids:
            self._taken[each] = True
            self._new_ids.append((each, first_position))
        for position, fact in enumerate(facts, start=first_position):
            if type(fact) in INDEXED_FACTS:
                self._absorb_fact(fact, position)

    def _absorb_fact(self, fact: Fact, position: int) -> None:
        self._answer_from(fact)
        if isinstance(fact, DeclarationTerminated):
            begun = self._begun.get(fact.declaration)
            if begun is None:
                self._ended.append(fact.declaration)
            else:  # begun and ended within this batch
                self._begun[fact.declaration] = (*begun[:2], False)
        for table, row in index_rows(fact, position):
            if table == "declarations":
                self._begun[row[0]] = (row[0], row[1], row[2])
            elif table == "cut_offs":
                self._moved_cut_offs[row[0]] = row[1]
            else:
                self.rows[table].append(row)

    def _answer_from(self, fact: Fact) -> None:
        """Keep the answers current: the batch's next commands see this fact."""
        match fact:
            case LegalEntityRegistered():
                self._entities[fact.edrpou] = fact.legal_entity
            case DeclarationSigned():
                self._declarations[fact.patient] = fact.declaration
            case DeclarationTerminated():
                self._declarations.pop(fact.patient, None)
            case TariffPublished():
                tariff = TariffInForce(fact.tariff, fact.package, fact.unit_price)
                self._tariffs[fact.service].append((_Days(fact.first_day, fact.last_day), tariff))
            case ContractSigned():
                days = _Days(fact.first_day, fact.last_day)
                contract = ContractInForce(fact.contract, fact.payer)
                for package in fact.packages:
                    self._contracts[fact.provider].append((days, package, contract))
            case CutOffSet():
                if self._cut_offs is not None:
                    self._cut_offs[fact.period] = fact.at
            case StatementFormed():
                key = StatementKey(fact.contract, fact.package, fact.period)
                self._statements[key] = fact.statement
            case PaymentRecorded():
                self._references.add(fact.bank_reference)
            case _:
                pass  # no law looks this fact up

    def send(self, conveyor: Conveyor) -> None:
        """Send the rows collected since the last time, one statement a table.

        store/guards.py translates a violated constraint.
        """
        if self._ended:
            ended = "{" + ",".join(str(each) for each in self._ended) + "}"
            conveyor.execute(
                "UPDATE declarations SET active = false WHERE declaration = ANY($1::uuid[])",
                ended.encode(),
            )
        for period, at in self._moved_cut_offs.items():
            conveyor.execute(
                "INSERT INTO cut_offs (period, at) VALUES ($1, $2) "
                "ON CONFLICT (period) DO UPDATE SET at = excluded.at",
                period.encode(),
                str(at).encode(),
            )
        if self._new_ids:
            ids = BinaryCopy(2)
            for each, position in self._new_ids:
                ids.add(_ID_ROW.pack(16, each.bytes, 8, position))
            conveyor.copy(copy_statement("ids", INDEX_COLUMNS["ids"]), ids.rows())
        self.rows["declarations"].extend(self._begun.values())
        self._ended, self._begun, self._new_ids, self._moved_cut_offs = [], {}, [], {}
        for table, columns in INDEX_COLUMNS.items():
            rows = self.rows.get(table)
            if rows:
                conveyor.copy(f"COPY {table} ({columns}) FROM STDIN", text_rows(rows))
        self.rows.clear()

    # Reading the tables

    def _column(self, statement: str, keys: set[Any]) -> set[Any]:
        if not keys:
            return set()
        rows = self._cursor.execute(statement.encode(), (list(keys),), prepare=True, binary=True)
        return {key for (key,) in rows}

    def _map(self, statement: str, keys: set[Any]) -> dict[Any, Any]:
        if not keys:
            return {}
        return dict(
            self._cursor.execute(statement.encode(), (list(keys),), prepare=True).fetchall()
        )

    def _read_tariffs(self, services: set[str]) -> dict[str, list[tuple[_Days, TariffInForce]]]:
        found: dict[str, list[tuple[_Days, TariffInForce]]] = {service: [] for service in services}
        if services:
            rows = self._cursor.execute(
                "SELECT service, first_day, last_day, tariff, package, unit_price FROM tariffs "
                "WHERE service = ANY(%s)",
                (list(services),),
            )
            for service, first, last, tariff, package, price in rows:
                found[service].append(
                    (_Days(first, last), TariffInForce(TariffId(tariff), package, Kopiykas(price)))
                )
        return found

    def _read_contracts(
        self, providers: set[LegalEntityId]
    ) -> dict[LegalEntityId, list[tuple[_Days, str, ContractInForce]]]:
        found: dict[LegalEntityId, list[tuple[_Days, str, ContractInForce]]] = {
            provider: [] for provider in providers
        }
        if providers:
            rows = self._cursor.execute(
                "SELECT provider, package, first_day, last_day, contract, payer FROM contracts "
                "WHERE provider = ANY(%s)",
                (list(providers),),
            )
            for provider, package, first, last, contract, payer in rows:
                found[provider].append(
                    (
                        _Days(first, last),
                        package,
                        ContractInForce(ContractId(contract), LegalEntityId(payer)),
                    )
                )
        return found

    def _read_statement(self, key: StatementKey) -> StatementId | None:
        row = self._cursor.execute(
            "SELECT statement FROM statements WHERE contract = %s AND package = %s AND period = %s",
            (key.contract, key.package, key.period),
        ).fetchone()
        return None if row is None else StatementId(row[0])

    def _read_first(self, statement: StatementId) -> tuple[int, str] | None:
        row = self._cursor.execute(
            "SELECT position, chain_value FROM records WHERE stream_id = %s AND stream_version = 1",
            (statement,),
        ).fetchone()
        return None if row is None else (row[0], row[1].hex())
