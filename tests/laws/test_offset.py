"""What a provider owes back is set off or repaid, never beyond what is left on either side."""

from __future__ import annotations

import pytest

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.statement import Statement, Status
from ehealth_ledger.events.payment import RefundRecorded
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.statement import (
    StatementAccepted,
    StatementFormed,
    StatementOffset,
    StatementRecovered,
)
from ehealth_ledger.store.fsck.books import Books
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.values.time import next_month
from tests.laws.bench import Change, altered, asks, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import MONTH, NEW, STATEMENT
from tests.laws.scenes.money import DEBT, accrued, offset_statement, record_refund
from tests.laws.tables import refused, row

OTHER = an_id("other")
PAYER = an_id("payer")
_STATEMENT = "$.resource.statement"
_AGAINST = "$.resource.against"
_AMOUNT = "$.resource.amount"
_UNACCEPTED = (Status.FORMED, Status.COUNTERSIGNED)
OFFSETTING = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("no such statement", "statement.unknown", _STATEMENT, without(STATEMENT)),
    row("no such debt", "statement.unknown", _AGAINST, without(DEBT)),
    *(
        row(
            f"{name} {status.value}",
            "statement.not_accepted",
            path,
            altered(which, status=status),
        )
        for name, which, path in (("owed", STATEMENT, _STATEMENT), ("owed back", DEBT, _AGAINST))
        for status in _UNACCEPTED
    ),
    row("another provider's", "offset.other_party", _AGAINST, altered(DEBT, provider=OTHER)),
    row("another payer's", "offset.other_party", _AGAINST, altered(DEBT, payer=OTHER)),
    row("less is owed", "offset.exceeds_statement", _AMOUNT, altered(STATEMENT, accepted=1_499)),
    row("it is paid", "offset.exceeds_statement", _AMOUNT, altered(STATEMENT, paid=13_501)),
    row(
        "it was set off before",
        "offset.exceeds_statement",
        _AMOUNT,
        altered(STATEMENT, offset=13_501),
    ),
    row(
        "a kopiyka beyond the debt",
        "offset.exceeds_receivable",
        _AMOUNT,
        asks("resource", "amount", value=1_501),
    ),
    row("it was repaid", "offset.exceeds_receivable", _AMOUNT, altered(DEBT, refunded=1)),
    row("the debt was set off", "offset.exceeds_receivable", _AMOUNT, altered(DEBT, offset=1)),
    row("nothing is owed back", "offset.exceeds_receivable", _AMOUNT, altered(DEBT, accepted=0)),
]
REFUNDING = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("no such statement", "statement.unknown", _STATEMENT, without(DEBT)),
    *(
        row(status.value, "statement.not_accepted", _STATEMENT, altered(DEBT, status=status))
        for status in _UNACCEPTED
    ),
    row(
        "dated tomorrow",
        "refund.dated_in_future",
        "$.resource.received_on",
        asks("resource", "received_on", value="2026-11-24"),
    ),
    row(
        "a kopiyka too much",
        "refund.exceeds_receivable",
        _AMOUNT,
        asks("resource", "amount", value=1_501),
    ),
    row("a kopiyka came before", "refund.exceeds_receivable", _AMOUNT, altered(DEBT, refunded=1)),
    row("a kopiyka was set off", "refund.exceeds_receivable", _AMOUNT, altered(DEBT, offset=1)),
    row("the payer owes it", "refund.exceeds_receivable", _AMOUNT, altered(DEBT, accepted=1_500)),
    row(
        "the bank's reference is known",
        "payment.reference_repeated",
        "$.resource.bank_reference",
        lambda scene: scene.lookups.payments.references.add("BACK-1"),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), OFFSETTING)
def test_offset_statement(change: Change, code: str, path: str) -> None:
    """Two accepted statements of one provider, and no more than is left on either side."""
    assert refused(offset_statement, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), REFUNDING)
def test_record_refund(change: Change, code: str, path: str) -> None:
    """Repayments never exceed what is owed back, and a bank reference stands for one transfer."""
    assert refused(record_refund, change) == (code, path)


def test_an_offset_lessens_both_sides() -> None:
    """Payable and receivable shrink alike; the statement below zero has nothing left to settle."""
    scene = offset_statement()
    offset, recovered = scene.judge()
    assert isinstance(offset, StatementOffset)
    assert isinstance(recovered, StatementRecovered)
    assert (offset.statement, offset.against, offset.amount) == (STATEMENT, DEBT, 1_500)
    assert (recovered.statement, recovered.by, recovered.amount) == (DEBT, STATEMENT, 1_500)
    assert [(each.account, each.amount) for each in offset.postings] == [
        ("payable", 1_500),
        ("receivable", -1_500),
    ]
    owed = evolve(scene.states[STATEMENT], offset)
    back = evolve(scene.states[DEBT], recovered)
    assert isinstance(owed, Statement)
    assert isinstance(back, Statement)
    assert (owed.payable, owed.receivable, owed.status) == (13_500, 0, Status.ACCEPTED)
    assert (back.payable, back.receivable, back.status) == (0, 0, Status.PAID)


def test_a_refund_comes_into_the_bank() -> None:
    """What came back is in the bank, and is owed back no longer."""
    scene = record_refund()
    scene.content["resource"]["amount"] = 1_000
    (refunded,) = scene.judge()
    assert isinstance(refunded, RefundRecorded)
    assert [(each.account, each.amount) for each in refunded.postings] == [
        ("bank", 1_000),
        ("receivable", -1_000),
    ]
    left = evolve(scene.states[DEBT], refunded)
    assert isinstance(left, Statement)
    assert (left.receivable, left.status) == (500, Status.ACCEPTED)


def test_an_act_in_two_accepted_lines_is_named() -> None:
    """Law and guard let no act be charged twice; the books say so if it ever were."""
    lines = [
        accrued(charge=an_id(f"charge {at}"), period=period, payer=PAYER)
        for at, period in enumerate((MONTH, next_month(MONTH)))
    ]
    findings = Findings()
    books = Books("records", findings)
    for at, line in enumerate(lines, start=1):
        books.absorb(at, line)
        formed = StatementFormed(
            statement=an_id(f"statement {at}"),
            contract=line.contract,
            provider=line.provider,
            payer=line.payer,
            package=line.package,
            period=line.period,
            as_of=at,
            count=1,
            total=line.amount,
            digest="",
            content_digest="",
        )
        books.absorb(at, formed)
        accepted = StatementAccepted(
            statement=formed.statement,
            accepted_by=an_id("actor"),
            digest="",
            total=line.amount,
            postings=transfer(
                debit="accrued",
                credit="payable",
                owner=line.payer,
                counterparty=line.provider,
                amount=line.amount,
            ),
        )
        books.absorb(at, accepted)
    books.finish(books.balances)
    (found,) = findings.items
    assert (str(found.kind), found.position) == ("charge.altered", lines[0].act_position)
    assert "2 accepted lines" in found.detail
