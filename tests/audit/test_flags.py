"""The auditor reckons flags again: what a rule said it found must follow from the money before."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeFlagged,
    ChargeWithdrawn,
    Evidence,
)
from ehealth_ledger.events.contract import ContractConcluded, PlannedMonth, Terms
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.store.fsck.flags import Flags

PAYER, PROVIDER, CONTRACT = uuid4(), uuid4(), uuid4()
PLANNED = 20_000


def _concluded() -> ContractConcluded:
    terms = Terms(
        payer=PAYER,
        provider=PROVIDER,
        kind="MEDICAL_SERVICES",
        number="T-1",
        packages=("9",),
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
    )
    plan = (PlannedMonth(package="9", period="2026-11", amount=PLANNED),)
    return ContractConcluded(
        contract=CONTRACT, terms=terms, request=uuid4(), divisions=(), employees=(), plan=plan
    )


def _charge(amount: int = 15_000, **other: Any) -> ChargeAccrued:
    postings = transfer(
        debit="expense", credit="accrued", owner=PAYER, counterparty=PROVIDER, amount=amount
    )
    fields: dict[str, Any] = {
        "kind": "service",
        "charge": uuid4(),
        "act_log": "records",
        "act_position": 1,
        "provider": PROVIDER,
        "service": "eHealth/services|A67",
        "day": date(2026, 11, 23),
        "payer": PAYER,
        "contract": CONTRACT,
        "package": "9",
        "period": "2026-11",
        "attempt": 1,
        "tariff": uuid4(),
        "quantity": 1,
        "unit_price": amount,
        "amount": amount,
        "postings": postings,
    }
    return ChargeAccrued(**(fields | other))


def _flag(charge: ChargeAccrued, rule: str = "over_ceiling", /, **said: object) -> ChargeFlagged:
    return ChargeFlagged(
        charge=charge.charge,
        provider=charge.provider,
        rule=rule,
        rule_version=1,
        evidence=tuple(Evidence(name=name, value=str(value)) for name, value in said.items()),
    )


class Book:
    """Read facts as the walk does; remember what stands first in each stream."""

    def __init__(self) -> None:
        self.begun: dict[UUID, Any] = {}
        self.flags = Flags(self.begun.get)
        self.read(_concluded())

    def read(self, *facts: Any) -> None:
        row: Any = SimpleNamespace(command_id=uuid4())
        for fact in facts:
            self.begun.setdefault(fact.stream_id, fact)
            self.flags.absorb(row, fact)

    def objections(self, flag: ChargeFlagged) -> list[str]:
        return [*self.flags.objections(flag)]


NOT_OVER = "not over the ceiling that its contract plans"


def test_a_true_flag_is_not_objected_to() -> None:
    """Plan and sum are those of the facts before."""
    book, first, second = Book(), _charge(), _charge()
    book.read(first)
    book.read(second)
    assert book.objections(_flag(second, planned=PLANNED, total=30_000)) == []


@pytest.mark.parametrize(
    "said", [{"planned": 1, "total": 30_000}, {"planned": PLANNED, "total": 30_001}, {}]
)
def test_a_forged_ceiling_is_named(said: dict[str, int]) -> None:
    """Neither the plan nor the sum can be told otherwise."""
    book, second = Book(), _charge()
    book.read(_charge())
    book.read(second)
    assert book.objections(_flag(second, **said)) == [NOT_OVER]


def test_a_withdrawn_charge_leaves_the_sum() -> None:
    """What was taken back does not count towards the ceiling."""
    book, first, second = Book(), _charge(), _charge()
    book.read(first)
    back = transfer(
        debit="accrued", credit="expense", owner=PAYER, counterparty=PROVIDER, amount=15_000
    )
    withdrawn = ChargeWithdrawn(
        charge=first.charge,
        act_log="records",
        act_position=1,
        reason="act_in_error",
        contract=CONTRACT,
        package="9",
        period="2026-11",
        postings=back,
    )
    book.read(withdrawn)
    book.read(second)
    assert book.objections(_flag(second, planned=PLANNED, total=30_000)) == [NOT_OVER]


@pytest.mark.parametrize(
    ("version", "attempt", "objections"),
    [
        (2, 1, []),
        (1, 1, ["of a month, which this version does not ask"]),
        (1, 2, []),
    ],
    ids=["the one that asks months", "the one that does not", "claimed again"],
)
def test_a_month_is_flagged_by_the_version_that_asks_months(
    version: int, attempt: int, objections: list[str]
) -> None:
    """Of what is reckoned by the month the first version asks a second claim alone."""
    book, month = Book(), _charge(30_000, kind="global", attempt=attempt)
    book.read(month)
    flag = _flag(month, planned=PLANNED, total=30_000).model_copy(update={"rule_version": version})
    assert book.objections(flag) == objections


def test_a_flag_stands_beside_a_charge_of_its_command() -> None:
    """A flag that is added later flags nothing."""
    book, charge = Book(), _charge(30_000)
    book.read(charge)
    flag = _flag(charge, planned=PLANNED, total=30_000)
    assert book.objections(flag) == []
    book.read(_charge(day=date(2026, 11, 24)))
    assert book.objections(flag) == ["flags a charge of another command"]


def test_a_duplicate_is_like_the_charge_it_names() -> None:
    """Service, provider and day are the other charge's own."""
    book, first, second = Book(), _charge(1), _charge(1)
    other = _charge(1, day=date(2026, 11, 22))
    book.read(first)
    book.read(other)
    book.read(second)
    assert book.objections(_flag(second, "duplicate_service", charge=first.charge)) == []
    wrong = ["not a duplicate of the charge it names"]
    for named in (other.charge, uuid4(), "nothing"):
        assert book.objections(_flag(second, "duplicate_service", charge=named)) == wrong


def test_a_rule_that_nobody_wrote_is_named() -> None:
    """The catalogue is closed."""
    book, charge = Book(), _charge(1)
    book.read(charge)
    assert book.objections(_flag(charge, "whim")) == [
        "flagged by a rule that was never written: whim 1"
    ]
