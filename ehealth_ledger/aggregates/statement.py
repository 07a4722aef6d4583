"""Judge statements: formed once from a closed set, signed, accepted and paid.

The provider signs; the payer accepts and pays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.payment import RecordPayment
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
)
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.statement import (
    StatementAccepted,
    StatementCountersigned,
    StatementFormed,
)
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.values.identifiers import LegalEntityId, StatementId
from ehealth_ledger.values.money import Kopiykas

AnyStatementFact = StatementFormed | StatementCountersigned | StatementAccepted | PaymentRecorded


class Status(Enum):
    """Say where a statement stands."""

    FORMED = "formed"
    COUNTERSIGNED = "countersigned"
    ACCEPTED = "accepted"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold the state of one statement; amounts in kopiykas."""

    id: StatementId
    payer: LegalEntityId
    provider: LegalEntityId
    total: Kopiykas
    digest: str
    content_digest: str
    status: Status
    paid: int = 0


def evolve(state: Statement | None, fact: AnyStatementFact) -> Statement | None:
    """Take in what happened to a statement; never refuses a fact."""
    if isinstance(fact, StatementFormed):
        return Statement(
            id=fact.statement,
            payer=fact.payer,
            provider=fact.provider,
            total=fact.total,
            digest=fact.digest,
            content_digest=fact.content_digest,
            status=Status.FORMED,
        )
    if state is None:
        return None
    match fact:
        case StatementCountersigned():
            return replace(state, status=Status.COUNTERSIGNED)
        case StatementAccepted():
            return replace(state, status=Status.ACCEPTED)
        case PaymentRecorded():
            paid = state.paid + fact.amount
            return replace(
                state, paid=paid, status=Status.PAID if paid >= state.total else state.status
            )
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    StatementFormed: evolve,
    StatementCountersigned: evolve,
    StatementAccepted: evolve,
    PaymentRecorded: evolve,
}


def form(case: Case[FormStatement]) -> list[Fact]:
    """Form the statement of a contract, package and month whose cut-off has passed."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    contract = case.get(
        Contract, asked.contract, code="contract.unknown", path="$.resource.contract"
    )
    case.require(
        asked.package in contract.packages,
        "statement.package_not_in_contract",
        "$.resource.package",
        expected=", ".join(sorted(contract.packages)),
    )
    case.require(
        case.period_is_closed(asked.period),
        "statement.period_open",
        "$.resource.period",
        expected="a month that is closed",
    )
    key = StatementKey(contract.id, asked.package, asked.period)
    case.require(
        case.lookups.statements.of(key) is None,
        "statement.already_formed",
        "$.resource",
        expected="a month whose statement is not formed yet",
    )
    folded = case.lookups.statements.folded(key)
    if folded is None:
        raise RuleBroken("statement.empty", "$.resource.period", expected="a month with charges")
    return [
        StatementFormed(
            statement=asked.id,
            contract=contract.id,
            provider=contract.provider,
            payer=actor.legal_entity,
            package=asked.package,
            period=asked.period,
            as_of=folded.as_of,
            count=len(folded.lines),
            total=folded.total,
            digest=folded.digest(),
            content_digest=sha256(case.command.signed_bytes).hexdigest(),
        )
    ]


def countersign(case: Case[CountersignStatement]) -> list[Fact]:
    """Add the provider's signature; it names the very record and bytes it agrees to."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    statement = _statement(case, asked.statement)
    case.require(
        statement.provider == actor.legal_entity,
        "statement.not_yours",
        "$.legal_entity",
        expected="the provider of the statement",
    )
    case.require(
        statement.status is Status.FORMED,
        "statement.already_countersigned",
        "$.resource.statement",
        expected="a statement that nobody countersigned yet",
    )
    _require_digest(case, asked.digest, statement)
    case.require(
        asked.first.content_digest == statement.content_digest,
        "statement.reference_mismatch",
        "$.resource.first.content_digest",
        expected=statement.content_digest,
    )
    case.require(
        (asked.first.position, asked.first.chain_value)
        == case.lookups.statements.first_record_of(statement.id),
        "statement.reference_mismatch",
        "$.resource.first",
        expected="position and chain value of the statement's record",
    )
    return [
        StatementCountersigned(statement=statement.id, signed_by=actor.id, digest=statement.digest)
    ]


def accept(case: Case[AcceptStatement]) -> list[Fact]:
    """Accept a countersigned statement: the payer owes the total from now on."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    statement = _statement(case, asked.statement)
    case.require(
        statement.status is not Status.FORMED,
        "statement.not_countersigned",
        "$.resource.statement",
        expected="a statement that its provider countersigned",
    )
    case.require(
        statement.status in (Status.FORMED, Status.COUNTERSIGNED),
        "statement.already_accepted",
        "$.resource.statement",
        expected="a statement that is not accepted yet",
    )
    _require_digest(case, asked.digest, statement)
    return [
        StatementAccepted(
            statement=statement.id,
            accepted_by=actor.id,
            digest=statement.digest,
            total=statement.total,
            postings=transfer(
                debit="accrued",
                credit="payable",
                owner=statement.payer,
                counterparty=statement.provider,
                amount=statement.total,
            ),
        )
    ]


def pay(case: Case[RecordPayment]) -> list[Fact]:
    """Record a payment; payments of a statement never exceed its total."""
    acting_employee(case)
    asked = case.command.body.resource
    statement = _statement(case, asked.statement)
    case.require_new_id(asked.id, "$.resource.id")
    case.require(
        statement.status not in (Status.FORMED, Status.COUNTERSIGNED),
        "statement.not_accepted",
        "$.resource.statement",
        expected="a statement that its payer accepted",
    )
    case.require(
        asked.paid_on <= case.today,
        "payment.dated_in_future",
        "$.resource.paid_on",
        expected=f"{case.today} or earlier",
    )
    case.require(
        statement.paid + asked.amount <= statement.total,
        "payment.exceeds_statement",
        "$.resource.amount",
        remaining=statement.total - statement.paid,
        expected=f"at most {statement.total - statement.paid}",
    )
    case.require(
        not case.lookups.payments.reference_is_taken(asked.bank_reference),
        "payment.reference_repeated",
        "$.resource.bank_reference",
        expected="a reference that no payment has",
    )
    return [
        PaymentRecorded(
            payment=asked.id,
            statement=statement.id,
            amount=asked.amount,
            bank_reference=asked.bank_reference,
            paid_on=asked.paid_on,
            postings=transfer(
                debit="payable",
                credit="bank",
                owner=statement.payer,
                counterparty=statement.provider,
                amount=asked.amount,
            ),
        )
    ]


def _require_digest(
    case: Case[CountersignStatement] | Case[AcceptStatement], digest: str, statement: Statement
) -> None:
    case.require(
        digest == statement.digest,
        "statement.digest_mismatch",
        "$.resource.digest",
        expected=statement.digest,
    )


def _statement(
    case: Case[CountersignStatement] | Case[AcceptStatement] | Case[RecordPayment],
    wanted: StatementId,
) -> Statement:
    return case.get(Statement, wanted, code="statement.unknown", path="$.resource.statement")
