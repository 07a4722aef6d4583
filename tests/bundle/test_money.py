"""What a bundle says of money is checked whatever the sign of a statement's total."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ehealth_ledger.bundle.finding import Flaw
from ehealth_ledger.bundle.money import Money
from ehealth_ledger.bundle.part import Kept
from ehealth_ledger.events.statement import StatementAcceptedV2, StatementFormedV2
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.pages import RecordRow

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
