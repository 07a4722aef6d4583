"""The laws of tariffs, cut-offs, statements and payments."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.statement import Statement, Status
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import AnyAccount
from ehealth_ledger.events.statement import (
    StatementAccepted,
    StatementAcceptedV2,
    StatementFormed,
    StatementFormedV2,
)
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.pricing.statement import Correction, fold
from ehealth_ledger.store.fsck.books import Books
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.values.identifiers import (
    AdjustmentId,
    ChargeId,
    LegalEntityId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, Scene, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    CONTRACT,
    DIGEST,
    KEY,
    MONTH,
    NEW,
    SERVICE,
    STATEMENT,
    contract,
    line,
    moment,
    statement,
)
from tests.laws.scenes.money import (
    accept_statement,
    countersign_statement,
    form_statement,
    publish_tariff,
    record_payment,
    set_cut_off,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
PROVIDER = an_id("provider")
_WRONG = sha256(b"another").hexdigest()
_DROPPED = given(CONTRACT, contract(packages=("10",)))
_STATEMENT = "$.resource.statement"


def _tariff(first: date, last: date) -> Change:
    price = TariffInForce(TariffId(an_id("elder")), "9", Kopiykas(1))
    return lambda scene: scene.lookups.tariffs.known.update({SERVICE: [(first, last, price)]})


def correction(amount: int) -> Correction:
    """Make a correction as a statement prints it."""
    return Correction(
        position=91,
        adjustment=AdjustmentId(OTHER),
        charge=ChargeId(OTHER),
        statement=StatementId(OTHER),
        line=7,
        act_position=5,
        reason="price_corrected",
        rule=None,
        rule_version=None,
        amount=amount,
    )


def _first(field: str, value: object) -> Change:
    return asks("resource", "first", field, value=value)


TARIFFS = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "it ends before it begins",
        "tariff.period_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2026-12-31"),
    ),
    row(
        "another holds on its first day",
        "tariff.overlaps",
        "$.resource.first_day",
        _tariff(date(2026, 1, 1), date(2027, 1, 1)),
    ),
    row(
        "another holds on its last day",
        "tariff.overlaps",
        "$.resource.first_day",
        _tariff(date(2027, 12, 31), date(2028, 12, 31)),
    ),
]
CUT_OFFS = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "it is now",
        "cut_off.not_in_future",
        "$.resource.at",
        asks("resource", "at", value=moment()),
    ),
    row(
        "the month is closed",
        "cut_off.already_passed",
        "$.resource.period",
        lambda scene: scene.lookups.cut_offs.known.update({MONTH: microseconds(NOW)}),
    ),
]
FORMING = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("no such contract", "contract.unknown", "$.resource.contract", without(CONTRACT)),
    row(
        "the contract does not buy it, and nothing was charged",
        "statement.package_not_in_contract",
        "$.resource.package",
        both(_DROPPED, lambda scene: scene.lookups.statements.folds.clear()),
    ),
    row(
        "the contract has dropped it, and the month is open",
        "statement.period_open",
        "$.resource.period",
        both(_DROPPED, lambda scene: scene.lookups.cut_offs.known.clear()),
    ),
    row(
        "the contract has dropped it, and the statement is formed",
        "statement.already_formed",
        "$.resource",
        both(
            _DROPPED,
            lambda scene: scene.lookups.statements.formed.update({KEY: StatementId(OTHER)}),
        ),
    ),
    row(
        "no cut-off is set",
        "statement.period_open",
        "$.resource.period",
        lambda scene: scene.lookups.cut_offs.known.clear(),
    ),
    row(
        "the cut-off is a microsecond away",
        "statement.period_open",
        "$.resource.period",
        lambda scene: scene.lookups.cut_offs.known.update({MONTH: microseconds(NOW) + 1}),
    ),
    row(
        "it is formed",
        "statement.already_formed",
        "$.resource",
        lambda scene: scene.lookups.statements.formed.update({KEY: StatementId(OTHER)}),
    ),
    row(
        "nothing was charged",
        "statement.empty",
        "$.resource.period",
        lambda scene: scene.lookups.statements.folds.clear(),
    ),
]
COUNTERSIGNING = [
    row("no such statement", "statement.unknown", _STATEMENT, without(STATEMENT)),
    row(
        "another provider's",
        "statement.not_yours",
        "$.legal_entity",
        altered(STATEMENT, provider=OTHER),
    ),
    *(
        row(
            status.value,
            "statement.already_countersigned",
            _STATEMENT,
            altered(STATEMENT, status=status),
        )
        for status in (Status.COUNTERSIGNED, Status.ACCEPTED, Status.PAID)
    ),
    row(
        "another digest",
        "statement.digest_mismatch",
        "$.resource.digest",
        asks("resource", "digest", value=_WRONG),
    ),
    row(
        "another content",
        "statement.reference_mismatch",
        "$.resource.first.content_digest",
        _first("content_digest", _WRONG),
    ),
    row(
        "another position",
        "statement.reference_mismatch",
        "$.resource.first",
        _first("position", 94),
    ),
    row(
        "another chain value",
        "statement.reference_mismatch",
        "$.resource.first",
        _first("chain_value", _WRONG),
    ),
    row(
        "the record is nowhere",
        "statement.reference_mismatch",
        "$.resource.first",
        lambda scene: scene.lookups.statements.firsts.clear(),
    ),
]
ACCEPTING = [
    row("no such statement", "statement.unknown", _STATEMENT, without(STATEMENT)),
    row(
        "formed",
        "statement.not_countersigned",
        _STATEMENT,
        altered(STATEMENT, status=Status.FORMED),
    ),
    *(
        row(
            status.value,
            "statement.already_accepted",
            _STATEMENT,
            altered(STATEMENT, status=status),
        )
        for status in (Status.ACCEPTED, Status.PAID)
    ),
    row(
        "another digest",
        "statement.digest_mismatch",
        "$.resource.digest",
        asks("resource", "digest", value=_WRONG),
    ),
]
PAYING = [
    row("no such statement", "statement.unknown", _STATEMENT, without(STATEMENT)),
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    *(
        row(status.value, "statement.not_accepted", _STATEMENT, altered(STATEMENT, status=status))
        for status in (Status.FORMED, Status.COUNTERSIGNED)
    ),
    row(
        "dated tomorrow",
        "payment.dated_in_future",
        "$.resource.paid_on",
        asks("resource", "paid_on", value="2026-11-24"),
    ),
    row(
        "a kopiyka too much",
        "payment.exceeds_statement",
        "$.resource.amount",
        asks("resource", "amount", value=15_001),
    ),
    row(
        "a kopiyka was paid before",
        "payment.exceeds_statement",
        "$.resource.amount",
        altered(STATEMENT, paid=1),
    ),
    row(
        "a kopiyka of it was denied",
        "payment.exceeds_statement",
        "$.resource.amount",
        altered(STATEMENT, accepted=14_999),
    ),
    row(
        "it is paid",
        "payment.exceeds_statement",
        "$.resource.amount",
        altered(STATEMENT, status=Status.PAID, paid=15_000),
    ),
    row(
        "the bank's reference is known",
        "payment.reference_repeated",
        "$.resource.bank_reference",
        lambda scene: scene.lookups.payments.references.add("PAY-1"),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), TARIFFS)
def test_publish_tariff(change: Change, code: str, path: str) -> None:
    """Two tariffs of one service never hold on one day."""
    assert refused(publish_tariff, change) == (code, path)


@pytest.mark.parametrize(
    ("accepted", "change"),
    [
        (publish_tariff, _tariff(date(2026, 1, 1), date(2026, 12, 31))),
        (publish_tariff, _tariff(date(2028, 1, 1), date(2028, 12, 31))),
    ],
    ids=["tariff after another", "tariff before another"],
)
def test_neighbouring_days_do_not_overlap(accepted: type[Scene], change: Change) -> None:
    """A tariff may begin the day after another ended."""
    scene = accepted()  # type: ignore[call-arg]
    change(scene)
    assert scene.judge()


@pytest.mark.parametrize(("change", "code", "path"), CUT_OFFS)
def test_set_cut_off(change: Change, code: str, path: str) -> None:
    """A cut-off is set before it comes, and stays once it has."""
    assert refused(set_cut_off, change) == (code, path)


def test_a_cut_off_moves_until_it_comes() -> None:
    """One that lies ahead may be set again."""
    scene = set_cut_off()
    scene.lookups.cut_offs.known[MONTH] = microseconds(NOW + timedelta(microseconds=1))
    assert scene.judge()


@pytest.mark.parametrize(("change", "code", "path"), FORMING)
def test_form_statement(change: Change, code: str, path: str) -> None:
    """A statement is formed once, of a closed month that holds charges of the contract's
    package.
    """
    assert refused(form_statement, change) == (code, path)


def test_a_formed_statement_adds_up_its_lines() -> None:
    """Count, total, position and digest are those of the folded lines; the content's digest is
    signed.
    """
    scene = form_statement()
    (formed,) = scene.judge()
    folded = scene.lookups.statements.folds[KEY]
    assert isinstance(formed, StatementFormed)
    assert (formed.count, formed.total, formed.as_of) == (2, 35_000, 93)
    assert formed.digest == sha256(folded.to_bytes()).hexdigest()
    assert formed.content_digest == sha256(canonical(scene.content)).hexdigest()


def test_a_month_of_a_package_that_was_dropped_since_is_formed() -> None:
    """What was earned under a contract is stated, whatever an amendment says of later months."""
    usual, dropped = form_statement(), form_statement()
    _DROPPED(dropped)
    assert dropped.judge() == usual.judge()


def test_a_month_below_zero_is_formed() -> None:
    """A month whose corrections outweigh its charges is stated, by a version of its own."""
    scene = form_statement()
    sides = (LegalEntityId(PROVIDER), LegalEntityId(OTHER))
    folded = fold(KEY, *sides, [line(90, 500), correction(-2_000)])
    scene.lookups.statements.folds[KEY] = folded
    (formed,) = scene.judge()
    assert isinstance(formed, StatementFormedV2)
    assert (formed.count, formed.total, formed.digest) == (2, -1_500, folded.digest())


@pytest.mark.parametrize("total", [0, 1])
def test_what_version_1_can_say_it_says(total: int) -> None:
    """Only a sum below zero needs the second version of a formed statement."""
    scene = form_statement()
    sides = (LegalEntityId(PROVIDER), LegalEntityId(OTHER))
    scene.lookups.statements.folds[KEY] = fold(
        KEY, *sides, [line(90, 500), correction(total - 500)]
    )
    (formed,) = scene.judge()
    assert isinstance(formed, StatementFormed)
    assert formed.total == total


@pytest.mark.parametrize(("change", "code", "path"), COUNTERSIGNING)
def test_countersign_statement(change: Change, code: str, path: str) -> None:
    """The provider signs its own statement once, naming the very record and bytes."""
    assert refused(countersign_statement, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ACCEPTING)
def test_accept_statement(change: Change, code: str, path: str) -> None:
    """The payer accepts once, what the provider signed."""
    assert refused(accept_statement, change) == (code, path)


def test_an_accepted_statement_owes_its_total() -> None:
    """Acceptance posts the total from accrued to payable."""
    (accepted,) = accept_statement().judge()
    assert isinstance(accepted, StatementAccepted)
    assert (accepted.total, accepted.digest) == (15_000, DIGEST)
    assert [(each.account, each.amount) for each in accepted.postings] == [
        ("accrued", 15_000),
        ("payable", -15_000),
    ]


def test_a_statement_that_comes_to_nothing_is_settled_when_it_is_accepted() -> None:
    """Nobody owes anything, so nobody has to end it; accepted whole, as by a review."""
    scene = accept_statement()
    formed = scene.states[STATEMENT] = statement(Status.COUNTERSIGNED, total=0)
    (accepted,) = scene.judge()
    settled = evolve(formed, accepted)
    assert isinstance(settled, Statement)
    assert settled.status is Status.PAID
    assert (settled.payable, settled.receivable) == (0, 0)


def owed_back() -> Fact:
    """Accept a statement of fifteen hryvnias below zero."""
    scene = accept_statement()
    scene.states[STATEMENT] = statement(Status.COUNTERSIGNED, total=-1_500)
    (accepted,) = scene.judge()
    return accepted


def test_an_accepted_statement_below_zero_is_owed_back() -> None:
    """Acceptance posts what the provider owes the payer: a receivable, and nothing payable."""
    accepted = owed_back()
    assert isinstance(accepted, StatementAcceptedV2)
    assert accepted.total == -1_500
    assert [(each.account, each.amount) for each in accepted.postings] == [
        ("accrued", -1_500),
        ("receivable", 1_500),
    ]


def test_a_statement_below_zero_is_never_paid() -> None:
    """Whoever owes money gets none for the same statement."""
    scene = record_payment()
    scene.states[STATEMENT] = statement(Status.ACCEPTED, total=-1_500, accepted=-1_500)
    scene.content["resource"]["amount"] = 1
    ((code, path, evidence),) = [(v.code, v.path, v.evidence) for v in scene.violations()]
    assert (code, path, evidence["remaining"]) == (
        "payment.exceeds_statement",
        "$.resource.amount",
        "0",
    )


@pytest.mark.parametrize("account", ["payable", "bank", "denied"])
def test_a_receivable_posted_elsewhere_is_found(account: AnyAccount) -> None:
    """The books are reckoned without the postings: one on another account is named."""
    scene = form_statement()
    sides = (LegalEntityId(PROVIDER), LegalEntityId(OTHER))
    scene.lookups.statements.folds[KEY] = fold(KEY, *sides, [correction(-1_500)])
    (formed,) = scene.judge()
    assert isinstance(formed, StatementFormedV2)
    accepted = owed_back()
    assert isinstance(accepted, StatementAcceptedV2)
    parties = {"payer": accepted.postings[0].owner, "provider": accepted.postings[0].counterparty}
    formed = formed.model_copy(update={**parties, "statement": accepted.statement})
    away, back = accepted.postings
    forged = accepted.model_copy(
        update={"postings": (away, back.model_copy(update={"account": account}))}
    )
    found = {}
    for name, fact in (("true", accepted), ("forged", forged)):
        findings = Findings()
        books = Books("records", findings)
        for position, each in enumerate((formed, fact), start=1):
            books.absorb(position, each)
        books.finish(books.balances)
        found[name] = {str(each.detail).split(" ")[0] for each in findings.items}
    assert "receivable" in found["forged"] - found["true"]
    assert account in found["forged"] - found["true"]


@pytest.mark.parametrize(("change", "code", "path"), PAYING)
def test_record_payment(change: Change, code: str, path: str) -> None:
    """Payments of an accepted statement never exceed its total, and a bank reference pays once."""
    assert refused(record_payment, change) == (code, path)
