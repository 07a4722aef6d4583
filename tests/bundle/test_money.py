"""What a bundle says of money is checked whatever the sign of a statement's total."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ehealth_ledger.bundle.finding import Flaw
from ehealth_ledger.bundle.money import Money
from ehealth_ledger.bundle.part import Kept
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.statement import StatementAcceptedV2, StatementFormedV2
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.money import Kopiykas

LEDGER, STATEMENT, CONTRACT, PAYER, PROVIDER = (UUID(int=number) for number in range(1, 6))


def kept(position: int, fact: Any) -> Kept:
    """Place a fact in the log."""
    digest = bytes(32)
    ids = (LEDGER, UUID(int=90 + position), 0, 1, fact.stream_id, 1, fact.TOPIC, 0, LEDGER)
    return Kept(RecordRow(position, *ids, digest, digest, digest, digest), fact)


def formed() -> StatementFormedV2:
    """Form a month below zero."""
    return StatementFormedV2.model_validate(
        {
            "statement": STATEMENT,
            "contract": CONTRACT,
            "provider": PROVIDER,
            "payer": PAYER,
            "package": "9",
            "period": "2026-11",
            "as_of": 7,
            "count": 1,
            "total": -100,
            "digest": "aa" * 32,
            "content_digest": "bb" * 32,
        }
    )


def test_a_statement_below_zero_is_no_less_a_statement() -> None:
    """Its lines are asked for, and a word about another digest is named."""
    accepted = StatementAcceptedV2.model_validate(
        {
            "statement": STATEMENT,
            "accepted_by": UUID(int=6),
            "digest": "cc" * 32,
            "total": -100,
            "postings": (),
        }
    )
    money = Money([kept(8, formed()), kept(9, accepted)], [])
    assert [(each.kind, each.position) for each in money.check()] == [(Kind.STATEMENT_ALTERED, 9)]
    found = money.statement(money.formed[STATEMENT], ())
    assert isinstance(found, list)
    assert [each.kind for each in found] == [Flaw.LINE_MISSING]


def _tariff(**other: Any) -> TariffPublished:
    fields = {
        "tariff": UUID(int=11),
        "package": "9",
        "service": "a|b",
        "first_day": "2026-01-01",
        "last_day": "2026-12-31",
        "unit_price": 100,
        "order": "№ 1",
    }
    return TariffPublished.model_validate_json(canonical(fields | other))


def _charge(number: int, attempt: int = 1) -> ChargeAccrued:
    fields = {
        "kind": "service",
        "charge": UUID(int=number),
        "act_log": "records",
        "act_position": 2,
        "provider": PROVIDER,
        "performer": UUID(int=6),
        "service": "a|b",
        "day": "2026-11-01",
        "payer": PAYER,
        "contract": CONTRACT,
        "package": "9",
        "period": "2026-11",
        "attempt": attempt,
        "tariff": UUID(int=11),
        "quantity": 1,
        "unit_price": 100,
        "amount": 100,
        "postings": (),
    }
    return ChargeAccrued.model_validate_json(canonical(fields))


def test_a_charge_by_what_had_been_replaced_is_named() -> None:
    """By the end that goes before it in the log: an earlier charge stays, and claims it again."""
    ended = TariffEnded(
        tariff=TariffId(UUID(int=11)),
        successor=TariffId(UUID(int=12)),
        package="9",
        service="a|b",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 6, 30),
        unit_price=Kopiykas(100),
    )
    said = [_tariff(), _charge(21), ended, _charge(22), _charge(23, attempt=2)]
    facts = [kept(position, fact) for position, fact in enumerate(said, start=3)]
    found = [
        (each.kind, each.position)
        for each in Money(facts, []).check()
        if each.kind is not Flaw.BASIS_MISSING
    ]
    assert found == [(Kind.CHARGE_ALTERED, 6)]


def test_an_end_of_something_else_is_named() -> None:
    """What ends is what was published, and was not over before."""
    said = {"tariff": UUID(int=11), "successor": UUID(int=12), "package": "9", "service": "a|b"}
    days = {"first_day": date(2026, 1, 1), "unit_price": Kopiykas(100)}
    other = TariffEnded.model_validate({**said, **days, "package": "8", "last_day": None})
    longer = TariffEnded.model_validate({**said, **days, "last_day": date(2026, 12, 31)})
    for ended in (other, longer):
        money = Money([kept(3, _tariff()), kept(4, ended)], [])
        assert [(each.kind, each.position) for each in money.check()] == [
            (Kind.FACT_CONTRADICTED, 4)
        ]
