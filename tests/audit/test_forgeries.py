"""Rewrite the ledger with real keys: what the operator signs, others' signatures contradict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import pytest

from ehealth_ledger.pricing.statement import fold
from tests.audit.conftest import Audited
from tests.audit.forger import Forger, doubled, with_other_content


@contextmanager
def forging(audited: Audited, *, withdraw: bool = True) -> Iterator[Forger]:
    """Alter with every key at hand; then chain and tree are whole and the receipts signed anew.

    Checkpoints cannot be told anew to those who have them; here they are gone, if `withdraw`.
    """
    with audited.as_superuser() as connection:
        forger = Forger(audited, connection)
        yield forger
        forger.rechain()
        forger.sign_receipts()
        if withdraw:
            connection.execute(
                "DELETE FROM checkpoints; DELETE FROM cosignatures; DELETE FROM super_log"
            )
        forger.close()


def _employee_of_another(fact: Any) -> Any:
    return fact.model_copy(update={"tax_index": "00" * 32})


def _without_content(fact: Any) -> Any:
    return SimpleNamespace(TOPIC=fact.TOPIC, to_bytes=lambda: b"{}")


def _update(**fields: Any) -> Callable[[Any], Any]:
    return lambda fact: fact.model_copy(update=fields)


def _grant_of(charge: Any, amount: int) -> dict[str, Any]:
    """Price a medicine's charge otherwise, so that it agrees with itself."""
    debit, credit = charge.postings
    return {
        "unit_price": amount // charge.quantity,
        "amount": amount,
        "postings": (
            debit.model_copy(update={"amount": amount}),
            credit.model_copy(update={"amount": -amount}),
        ),
    }


def _forge_grant(forger: Forger, position: int) -> None:
    """Let a dispense hold better terms than its program ever had, and charge them."""

    def better(fact: Any) -> Any:
        term = fact.grant.reimbursement.model_copy(update={"amount": 13_500})
        grant = fact.grant.model_copy(update={"reimbursement": term, "amount": 9_000})
        return fact.model_copy(update={"grant": grant})

    forger.body(position, better)
    forger.body(position + 1, lambda fact: fact.model_copy(update=_grant_of(fact, 9_000)))


Forgery = Callable[[Forger, Audited], object]
ANOTHER: Final = UUID(int=7)
# What is done | the kind | where it is named first
FORGERIES: Final[dict[str, tuple[Forgery, str, str]]] = {
    "the content of an envelope": (
        lambda f, a: f.envelope(a.place("first visit"), with_other_content),
        "signature.invalid",
        "first visit",
    ),
    "the stored verdict": (
        lambda f, a: f.envelope(a.place("first visit"), lambda e: e._replace(verdict="invalid")),
        "signature.invalid",
        "first visit",
    ),
    "the moment of the verdict": (
        lambda f, a: f.envelope(a.place("first visit"), lambda e: e._replace(verified_at_us=0)),
        "signature.invalid",
        "first visit",
    ),
    "a verdict from the future": (
        lambda f, a: f.envelope(
            a.place("first visit"), lambda e: e._replace(verified_at_us=e.verified_at_us + 10**11)
        ),
        "content.invalid",
        "first visit",
    ),
    "the revocation lists": (
        lambda f, a: f.envelope(a.place("first visit"), lambda e: e._replace(revocation=())),
        "signature.invalid",
        "first visit",
    ),
    "the certificate": (
        lambda f, a: f.envelope(
            a.place("first visit"), lambda e: e._replace(certificate_digest=bytes(32))
        ),
        "evidence.missing",
        "first visit",
    ),
    "the suite": (
        lambda f, a: f.envelope(a.place("first visit"), lambda e: e._replace(suite="none")),
        "signature.invalid",
        "first visit",
    ),
    "an envelope that is none": (
        lambda f, a: f.envelope(a.place("first visit"), lambda e: e._replace(revocation=(b"7",))),
        "envelope.malformed",
        "first visit",
    ),
    "who an employee is": (
        lambda f, a: f.body(a.place("doctor"), _employee_of_another),
        "fact.contradicted",
        "doctor",
    ),
    "which speciality an employee has": (
        lambda f, a: f.body(a.place("doctor"), _update(specialities=("PEDIATRICIAN",))),
        "fact.contradicted",
        "doctor",
    ),
    "how long a licence holds": (
        lambda f, a: f.body(a.place("licence"), _update(first_day=date(1990, 1, 1))),
        "fact.contradicted",
        "licence",
    ),
    "since when a person may not write": (
        lambda f, a: f.body(a.place("verdict"), _update(barred_from=1)),
        "actor.invalid",
        "doctor's first act",
    ),
    "a fact of another stream": (
        lambda f, a: f.body(a.place("tariff"), _update(tariff=ANOTHER)),
        "body.misplaced",
        "tariff",
    ),
    "the body of another place": (
        lambda f, a: f.moved_body(a.place("first visit"), a.place("second visit")),
        "body.unreadable",
        "first visit",
    ),
    "a body that is no fact": (
        lambda f, a: f.body(a.place("tariff"), _without_content),
        "body.malformed",
        "tariff",
    ),
    "the envelope of another place": (
        lambda f, a: f.moved_envelope(a.place("first visit"), a.place("second visit")),
        "envelope.unreadable",
        "first visit",
    ),
    "the price of a tariff": (
        lambda f, a: f.body(a.place("tariff"), _update(unit_price=1)),
        "fact.contradicted",
        "tariff",
    ),
    "the price of a charge": (
        lambda f, a: f.body(a.place("first visit + 3"), _update(unit_price=1, amount=1)),
        "charge.altered",
        "first visit + 3",
    ),
    "the act of a charge": (
        lambda f, a: f.body(a.place("first visit + 3"), _update(act_position=1)),
        "charge.altered",
        "first visit + 3",
    ),
    "the grant of a medicine, charged as it is forged": (
        lambda f, a: f.body(
            a.place("dispense + 1"), lambda fact: fact.model_copy(update=_grant_of(fact, 9_000))
        ),
        "charge.altered",
        "dispense + 1",
    ),
    "the terms of a grant, and its charge": (
        lambda f, a: _forge_grant(f, a.place("dispense")),
        "charge.altered",
        "dispense + 1",
    ),
    "the quantity that was handed out": (
        lambda f, a: f.body(a.place("dispense"), _update(quantity=30)),
        "fact.contradicted",
        "dispense",
    ),
    "what a product was sold for": (
        lambda f, a: f.body(
            a.place("dispense"),
            lambda fact: _update(prices=fact.prices.model_copy(update={"sell_amount": 7}))(fact),
        ),
        "fact.contradicted",
        "dispense",
    ),
    "the act of a medicine's charge": (
        lambda f, a: f.body(a.place("dispense + 1"), _update(act_position=1)),
        "charge.altered",
        "dispense + 1",
    ),
    "the price of what was settled": (
        lambda f, a: f.body(a.place("settlement + 1"), _update(unit_price=1, amount=1)),
        "charge.altered",
        "settlement + 1",
    ),
    "the act of what was settled": (
        lambda f, a: f.body(a.place("settlement + 1"), _update(act_position=1)),
        "charge.altered",
        "settlement + 1",
    ),
    "the attempt of what was settled": (
        lambda f, a: f.body(a.place("settlement + 1"), _update(attempt=2)),
        "charge.altered",
        "settlement + 1",
    ),
    "one posting": (
        lambda f, a: f.body(
            a.place("first visit + 3"), lambda fact: _update(postings=fact.postings[:1])(fact)
        ),
        "postings.unbalanced",
        "first visit + 3",
    ),
    "the total of a statement": (
        lambda f, a: f.body(a.place("statement"), _update(total=1)),
        "statement.altered",
        "statement",
    ),
    "the amount of a payment": (
        lambda f, a: f.body(a.place("payment"), _update(amount=1)),
        "fact.contradicted",
        "payment",
    ),
    "a payment beyond the total": (
        lambda f, a: f.body(a.place("payment"), _update(amount=10**9)),
        "statement.altered",
        "payment",
    ),
    "the ground of an erasure": (
        lambda f, a: f.body(a.place("erasure order"), _update(basis="retention_ended")),
        "fact.contradicted",
        "erasure order",
    ),
    "who ordered an erasure": (
        lambda f, a: f.body(a.place("erasure order"), _update(party=ANOTHER)),
        "fact.contradicted",
        "erasure order",
    ),
    "who countersigned an erasure": (
        lambda f, a: f.body(a.place("erasure"), _update(countersigned_by=ANOTHER)),
        "fact.contradicted",
        "erasure",
    ),
    "which order was countersigned": (
        lambda f, a: f.body(a.place("erasure"), _update(order=1)),
        "fact.contradicted",
        "erasure",
    ),
    "the number of a command's facts": (
        lambda f, a: f.record(a.place("first visit"), fact_count=2),
        "command.broken",
        "first visit",
    ),
    "the version in a stream": (
        lambda f, a: f.record(a.place("first visit"), stream_version=3),
        "stream.broken",
        "first visit",
    ),
    "the time of a record": (
        lambda f, a: f.record(a.place("payment"), recorded_at=7),
        "time.reversed",
        "payment",
    ),
    "a topic": (
        lambda f, a: f.record(a.place("payment"), topic="payment.forged.v1"),
        "topic.unknown",
        "payment",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_with_every_key_is_named(audited: Audited, forgery: str) -> None:
    """Holding all keys and rewriting the chain does not make one thing agree with the rest."""
    forge, kind, place = FORGERIES[forgery]
    with forging(audited) as forger:
        forge(forger, audited)
    findings = audited.verify().findings
    assert findings[0].position == audited.place(place), findings
    assert kind in {str(each.kind) for each in findings if each.position == audited.place(place)}


def _charge_twice(forger: Forger, position: int) -> None:
    before = forger.fact(position)
    forger.index(position, before, forger.body(position, doubled))


def test_a_rewritten_charge_contradicts_the_countersignature(audited: Audited) -> None:
    """With charge, statement, index, chain and receipts rewritten, a signature still stands."""
    with forging(audited) as forger:
        at = audited.place("first visit + 3")
        _charge_twice(forger, at)
        others = ("second visit + 3", "erased visit + 3")
        positions = (at, *map(audited.place, others))
        charges = [(position, forger.fact(position)) for position in positions]
        key = charges[0][1].key
        sides = (charges[0][1].provider, charges[0][1].payer)
        folded = fold(key, *sides, [fact.as_line(position) for position, fact in charges])
        digest = folded.digest()
        forger.body(audited.place("statement"), _update(total=folded.total, digest=digest))
        forger.body(audited.place("countersignature"), _update(digest=digest))
        at = audited.place("acceptance")
        before = forger.fact(at)
        changed = forger.body(at, _update(digest=digest, total=folded.total))
        forger.index(at, before, changed)
    assert audited.kinds() == {
        ("fact.contradicted", audited.place("countersignature")),
        ("fact.contradicted", audited.place("acceptance")),
        ("fact.contradicted", audited.place("erasure")),  # it names a chain value, too
    }


def test_a_consistent_rewriting_after_the_last_countersignature_needs_a_witness(
    audited: Audited,
) -> None:
    """An operator with all keys can still rewrite what nobody has countersigned.

    `verify` cannot see it, and says so here: only a receipt, checkpoint or witness kept outside
    disagrees with the chain value that the report gives.
    """
    kept = audited.verify()
    with forging(audited) as forger:
        _charge_twice(forger, audited.place("late visit + 3"))
    report = audited.verify()
    assert report.findings == ()
    assert report.chain_value != kept.chain_value


def test_a_consistent_rewriting_contradicts_every_checkpoint_after_it(audited: Audited) -> None:
    """What was signed for stays signed: whoever kept a checkpoint names the first that is broken.

    Signing anew would not help: others hold the old one, and the signer refuses a fork.
    """
    with forging(audited, withdraw=False) as forger:
        _charge_twice(forger, audited.place("late visit + 3"))
    assert audited.kinds() == {
        ("checkpoint.contradicted", audited.place(each)) for each in ("signed", "cosigned", "end")
    }


def test_without_the_signing_key_every_later_receipt_tells(audited: Audited) -> None:
    """A database and its vault do not suffice to rewrite: receipts are signed by another key."""
    with audited.as_superuser() as connection:
        forger = Forger(audited, connection)
        _charge_twice(forger, audited.place("late visit + 3"))
        forger.rechain()
        forger.close()
    kinds = audited.kinds()
    assert ("receipt.altered", audited.place("late visit")) in kinds
    assert ("receipt.altered", audited.place("last")) in kinds
