"""Derive the index tables' rows from facts: what the write path adds and the auditor expects.

Two tables do not only grow: a terminated declaration's row turns inactive (`ended_declaration`),
and a moved cut-off replaces its month's row. Everything else is written once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.contract import ContractSigned
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.posting import Posting
from ehealth_ledger.events.referral import ReferralRedeemed
from ehealth_ledger.events.statement import StatementAccepted, StatementFormed
from ehealth_ledger.events.tariff import TariffPublished
from ehealth_ledger.values.money import CURRENCY

Row = tuple[Any, ...]
IndexRow = tuple[str, Row]
"""Name a table and give one of its rows, columns in the order of `INDEX_COLUMNS`."""

INDEX_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ids": "id, position",
        "legal_entities": "edrpou, legal_entity",
        "declarations": "declaration, patient, active",
        "redemptions": "referral, position",
        "tariffs": "tariff, package, service, first_day, last_day, unit_price",
        "contracts": "contract, payer, provider, package, first_day, last_day",
        "cut_offs": "period, at",
        "charges": "charge, position, act_position, package, attempt, contract, period, amount",
        "statements": "statement, contract, package, period",
        "payments": "bank_reference, statement, amount",
        "postings": "position, line, owner, account, counterparty, currency, amount",
    }
)


INDEXED_FACTS: Final = frozenset[type[Fact]](
    {
        LegalEntityRegistered,
        DeclarationSigned,
        DeclarationTerminated,
        ReferralRedeemed,
        TariffPublished,
        ContractSigned,
        CutOffSet,
        ChargeAccrued,
        StatementFormed,
        StatementAccepted,
        PaymentRecorded,
    }
)
"""Name the facts that change an index table; of the others the write path asks nothing more."""


def index_rows(fact: Fact, position: int) -> Iterator[IndexRow]:
    """Give the rows that a fact at a position adds; most facts add none."""
    match fact:
        case LegalEntityRegistered():
            yield "legal_entities", (fact.edrpou, fact.legal_entity)
        case DeclarationSigned():
            yield "declarations", (fact.declaration, fact.patient, True)
        case ReferralRedeemed():
            yield "redemptions", (fact.referral, position)
        case TariffPublished():
            days = (fact.first_day, fact.last_day)
            yield "tariffs", (fact.tariff, fact.package, fact.service, *days, fact.unit_price)
        case ContractSigned():
            days = (fact.first_day, fact.last_day)
            for package in fact.packages:
                yield "contracts", (fact.contract, fact.payer, fact.provider, package, *days)
        case CutOffSet():
            yield "cut_offs", (fact.period, fact.at)
        case ChargeAccrued():
            act = (fact.act_position, fact.package, fact.attempt)
            yield "charges", (fact.charge, position, *act, fact.contract, fact.period, fact.amount)
            yield from _posting_rows(fact.postings, position)
        case StatementFormed():
            yield "statements", (fact.statement, fact.contract, fact.package, fact.period)
        case StatementAccepted():
            yield from _posting_rows(fact.postings, position)
        case PaymentRecorded():
            yield "payments", (fact.bank_reference, fact.statement, fact.amount)
            yield from _posting_rows(fact.postings, position)
        case _:
            pass  # no law looks this fact up


def index_rows_without_body(
    topic: str, stream_id: UUID, key_id: UUID, position: int
) -> Iterator[IndexRow]:
    """Give the rows of an erased fact: a patient's facts are indexed by their header alone."""
    if topic == DeclarationSigned.TOPIC:
        yield "declarations", (stream_id, key_id, True)
    elif topic == ReferralRedeemed.TOPIC:
        yield "redemptions", (stream_id, position)


def ended_declaration(topic: str, stream_id: UUID) -> UUID | None:
    """Return the declaration that a record of this topic and stream ended."""
    return stream_id if topic == DeclarationTerminated.TOPIC else None


def _posting_rows(postings: Sequence[Posting], position: int) -> Iterator[IndexRow]:
    for line, posting in enumerate(postings, start=1):
        sides = (posting.owner, posting.account, posting.counterparty)
        yield "postings", (position, line, *sides, CURRENCY, posting.amount)
