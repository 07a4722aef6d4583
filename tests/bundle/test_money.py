"""Make the money of a bundle again, and notice what does not add up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ehealth_ledger.bundle.finding import DerivedStatement, Finding, Flaw
from ehealth_ledger.bundle.layout import OfStatement
from ehealth_ledger.bundle.money import Money
from ehealth_ledger.bundle.part import Header, Job, Kept, check_part
from ehealth_ledger.events.charge import Accrued, ChargeAdjusted
from ehealth_ledger.events.statement import StatementAccepted, StatementFormed
from ehealth_ledger.events.tariff import TariffPublished
from ehealth_ledger.store.fsck.finding import Kind
from tests.audit.conftest import Audited
from tests.bundle.conftest import export, statement_of

Change = Callable[[Any], dict[str, Any]]


@pytest.fixture(scope="module")
def revealed(
    original: Audited, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Kept], list[Header]]:
    """Read the facts that the statement's bundle reveals."""
    folder: Path = tmp_path_factory.mktemp("money") / "bundle"
    export(original, OfStatement(statement=statement_of(original)), folder)
    names = [str(each.relative_to(folder)) for each in folder.glob("*/*.ndjson")]
    results = [check_part(Job(folder, each, original.ledger, "records", False)) for each in names]
    return (
        [fact for each in results for fact in each.facts],
        [header for each in results for header in each.headers],
    )


def found(facts: list[Kept], headers: list[Header]) -> tuple[list[Finding], Any]:
    money = Money(facts, headers)
    findings = list(money.check())
    (formed,) = money.formed.values()
    return findings, money.statement(formed, {})


def test_what_is_revealed_adds_up(revealed: tuple[list[Kept], list[Header]]) -> None:
    """Nothing to say about facts as they were recorded."""
    findings, derived = found(*revealed)
    assert findings == []
    assert isinstance(derived, DerivedStatement)


ALTERED: Final[tuple[tuple[str, type, Change, Kind], ...]] = (
    ("amount", Accrued, lambda fact: {"amount": fact.amount + 1}, Kind.CHARGE_ALTERED),
    ("quantity", Accrued, lambda fact: {"quantity": fact.quantity + 1}, Kind.CHARGE_ALTERED),
    ("posting", Accrued, lambda fact: {"postings": fact.postings[:1]}, Kind.POSTINGS_UNBALANCED),
    ("tariff", TariffPublished, lambda _: {"unit_price": 1}, Kind.CHARGE_ALTERED),
    ("service", Accrued, lambda _: {"service": "a|b"}, Kind.STATEMENT_ALTERED),
    ("total", StatementFormed, lambda fact: {"total": fact.total + 1}, Kind.STATEMENT_ALTERED),
    ("count", StatementFormed, lambda fact: {"count": fact.count - 1}, Kind.STATEMENT_ALTERED),
    ("digest", StatementFormed, lambda _: {"digest": "00" * 32}, Kind.STATEMENT_ALTERED),
    ("agreed", StatementAccepted, lambda _: {"digest": "00" * 32}, Kind.STATEMENT_ALTERED),
)


@pytest.mark.parametrize(
    ("what", "kind", "change", "named"), ALTERED, ids=[each[0] for each in ALTERED]
)
def test_what_does_not_add_up_is_named(
    revealed: tuple[list[Kept], list[Header]], what: str, kind: type, change: Change, named: Kind
) -> None:
    """One changed number is one that somebody notices."""
    facts, headers = list(revealed[0]), revealed[1]
    at = next(at for at, each in enumerate(facts) if isinstance(each.fact, kind))
    fact = facts[at].fact
    facts[at] = facts[at]._replace(fact=fact.model_copy(update=change(fact)))
    findings, derived = found(facts, headers)
    said = findings if isinstance(derived, DerivedStatement) else [*findings, *derived]
    assert named in {each.kind for each in said}, what


def test_a_line_without_its_act_is_incomplete(
    revealed: tuple[list[Kept], list[Header]],
) -> None:
    """Each line leads to a record that is there."""
    facts, headers = revealed
    act = next(
        each.fact.act_position for each in facts if isinstance(each.fact, Accrued | ChargeAdjusted)
    )
    _, said = found(facts, [each for each in headers if each.position != act])
    assert [(each.kind, each.position) for each in said] == [(Flaw.ACT_MISSING, act)]
