"""Judge statements: formed once from a closed set, signed, accepted, set off and paid.

The provider signs; the payer accepts and pays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import Charge
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.monitoring import require_rule
from ehealth_ledger.commands.charge import DENIAL_REASONS
from ehealth_ledger.commands.payment import RecordPayment, RecordRefund
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
    OffsetStatement,
    ReviewStatement,
)
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import ChargeDenied
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.posting import AnyPosting, post, split, transfer
from ehealth_ledger.events.statement import (
    Accepted,
    Formed,
    Reviewed,
    StatementAccepted,
    StatementAcceptedV2,
    StatementCountersigned,
    StatementFormed,
    StatementFormedV2,
    StatementOffset,
    StatementRecovered,
    StatementReviewed,
    StatementReviewedV2,
)
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.values.identifiers import LegalEntityId, StatementId
from ehealth_ledger.values.money import Kopiykas, NegativeKopiykas
from ehealth_ledger.values.time import first_day, last_day

AnyStatementFact = (
    Formed
    | StatementCountersigned
    | Accepted
    | Reviewed
    | StatementOffset
    | StatementRecovered
    | PaymentRecorded
    | RefundRecorded
)


class Status(Enum):
    """Say where a statement stands."""

    FORMED = "formed"
    COUNTERSIGNED = "countersigned"
    ACCEPTED = "accepted"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold the state of one statement; amounts in kopiykas, the total below zero for a debt."""

    id: StatementId
    payer: LegalEntityId
    provider: LegalEntityId
    total: int
    digest: str
    content_digest: str
    status: Status
    paid: int = 0
    key: StatementKey | None = None
    accepted: int = 0  # what the payer owes; below zero, what the provider owes back
    offset: int = 0  # of it, against another statement
    refunded: int = 0

    @property
    def is_accepted(self) -> bool:
        """Tell whether the payer has accepted it, or all of it but for denied lines."""
        return self.status not in (Status.FORMED, Status.COUNTERSIGNED)

    @property
    def payable(self) -> int:
        """Return what the payer still owes, kopiykas; nothing before it is accepted."""
        return max(0, self.accepted - self.paid - self.offset)

    @property
    def receivable(self) -> int:
        """Return what the provider still owes back, kopiykas."""
        return max(0, -self.accepted - self.refunded - self.offset)

    def settled(self) -> Statement:
        """Return it as paid, where nothing is left on either side."""
        left = self.payable or self.receivable
        return self if left else replace(self, status=Status.PAID)


def evolve(state: Statement | None, fact: AnyStatementFact) -> Statement | None:
    """Take in what happened to a statement; never refuses a fact."""
    if isinstance(fact, Formed):
        return Statement(
            id=fact.statement,
            payer=fact.payer,
            provider=fact.provider,
            total=fact.total,
            digest=fact.digest,
            content_digest=fact.content_digest,
            status=Status.FORMED,
            key=fact.key,
        )
    if state is None:
        return None
    match fact:
        case StatementCountersigned():
            return replace(state, status=Status.COUNTERSIGNED)
        case Accepted():
            return replace(state, status=Status.ACCEPTED, accepted=fact.total).settled()
        case Reviewed():
            return replace(state, status=Status.ACCEPTED, accepted=fact.accepted).settled()
        case PaymentRecorded():
            return replace(state, paid=state.paid + fact.amount).settled()
        case RefundRecorded():
            return replace(state, refunded=state.refunded + fact.amount).settled()
        case StatementOffset() | StatementRecovered():
            return replace(state, offset=state.offset + fact.amount).settled()
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    StatementFormed: evolve,
    StatementFormedV2: evolve,
    StatementCountersigned: evolve,
    StatementAccepted: evolve,
    StatementAcceptedV2: evolve,
    StatementReviewed: evolve,
    StatementReviewedV2: evolve,
    StatementOffset: evolve,
    StatementRecovered: evolve,
    RefundRecorded: evolve,
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
    key = StatementKey(contract.id, asked.package, asked.period)
    bought = contract.bought(first_day(asked.period), last_day(asked.period))
    is_bought = asked.package in bought
    # What was earned is stated, whatever an amendment has dropped since.
    earned = None if is_bought else case.lookups.statements.folded(key)
    case.require(
        is_bought or earned is not None,
        "statement.package_not_in_contract",
        "$.resource.package",
        expected=", ".join(sorted(bought)),
    )
    case.require(
        case.period_is_closed(asked.period),
        "statement.period_open",
        "$.resource.period",
        expected="a month that is closed",
    )
    case.require(
        case.lookups.statements.of(key) is None,
        "statement.already_formed",
        "$.resource",
        expected="a month whose statement is not formed yet",
    )
    folded = earned or case.lookups.statements.folded(key)
    if folded is None:
        raise RuleBroken("statement.empty", "$.resource.period", expected="a month with charges")
    said: dict[str, Any] = {
        "statement": asked.id,
        "contract": contract.id,
        "provider": contract.provider,
        "payer": actor.legal_entity,
        "package": asked.package,
        "period": asked.period,
        "as_of": folded.as_of,
        "count": folded.count,
        "digest": folded.digest,
        "content_digest": sha256(case.command.signed_bytes).hexdigest(),
    }
    if folded.total < 0:
        return [StatementFormedV2(total=NegativeKopiykas(folded.total), **said)]
    return [StatementFormed(total=Kopiykas(folded.total), **said)]


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
    """Accept a countersigned statement: the payer owes the total from now on.

    Of a total below zero, the provider owes it back.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    statement = _to_be_accepted(case, asked.statement, asked.digest)
    if statement.total < 0:
        return [
            StatementAcceptedV2(
                statement=statement.id,
                accepted_by=actor.id,
                digest=statement.digest,
                total=NegativeKopiykas(statement.total),
                postings=_owed_back(statement, statement.total),
            )
        ]
    return [
        StatementAccepted(
            statement=statement.id,
            accepted_by=actor.id,
            digest=statement.digest,
            total=Kopiykas(statement.total),
            postings=transfer(
                debit="accrued",
                credit="payable",
                owner=statement.payer,
                counterparty=statement.provider,
                amount=statement.total,
            ),
        )
    ]


def review(case: Case[ReviewStatement]) -> list[Fact]:
    """Accept a countersigned statement but for the denied lines, each with its reason."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    statement = _to_be_accepted(case, asked.statement, asked.digest)
    denied: list[Fact] = []
    refused = 0
    for at, denial in enumerate(asked.denied):
        path = f"$.resource.denied[{at}]"
        case.require_code(DENIAL_REASONS, denial.reason, case.today, f"{path}.reason")
        require_rule(case, denial.rule, f"{path}.rule")
        charge = case.find(Charge, denial.charge)
        if charge is None or charge.withdrawn or charge.accrued.key != statement.key:
            case.refuse(
                "statement.line_unknown",
                f"{path}.charge",
                expected="the charge of a line of this statement",
            )
            continue
        accrued = charge.accrued
        # No line is corrected before its statement is accepted, but ledgers hold some that were:
        # denied whole, such a line would fall below zero, or leave what was added to it.
        case.require(
            not charge.adjusted,
            "statement.line_adjusted",
            f"{path}.charge",
            adjusted=charge.adjusted,
            expected="a line that nobody corrected; accept it, then correct it to nothing",
        )
        refused += accrued.amount
        denied.append(
            ChargeDenied(
                charge=denial.charge,
                provider=statement.provider,
                statement=statement.id,
                amount=accrued.amount,
                reason=denial.reason,
                rule=None if denial.rule is None else denial.rule.id,
                rule_version=None if denial.rule is None else denial.rule.version,
                denial_pointer=f"/resource/denied/{at}",
            )
        )
    accepted = statement.total - refused
    said: dict[str, Any] = {
        "statement": statement.id,
        "reviewed_by": actor.id,
        "digest": statement.digest,
        "total": statement.total,
        "denied": len(asked.denied),
    }
    if accepted < 0:
        postings = _owed_back(statement, accepted)
        return [
            StatementReviewedV2(accepted=NegativeKopiykas(accepted), postings=postings, **said),
            *denied,
        ]
    reviewed = StatementReviewed(
        accepted=Kopiykas(accepted),
        postings=split(
            owner=statement.payer,
            counterparty=statement.provider,
            debit="accrued",
            credit=(("payable", accepted), ("denied", refused)),
        ),
        **said,
    )
    return [reviewed, *denied]


def pay(case: Case[RecordPayment]) -> list[Fact]:
    """Record a payment; payments of a statement never exceed its total."""
    acting_employee(case)
    asked = case.command.body.resource
    statement = _statement(case, asked.statement)
    case.require_new_id(asked.id, "$.resource.id")
    _require_accepted(case, statement, "$.resource.statement")
    case.require(
        asked.paid_on <= case.today,
        "payment.dated_in_future",
        "$.resource.paid_on",
        expected=f"{case.today} or earlier",
    )
    _require_left(case, "payment.exceeds_statement", statement.payable)
    _require_reference(case)
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


def offset(case: Case[OffsetStatement]) -> list[Fact]:
    """Set off what the payer owes against what the provider owes back; never more than either."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    statement = _statement(case, asked.statement)
    debt = case.get(Statement, asked.against, code="statement.unknown", path="$.resource.against")
    _require_accepted(case, statement, "$.resource.statement")
    _require_accepted(case, debt, "$.resource.against")
    case.require(
        (statement.payer, statement.provider) == (debt.payer, debt.provider),
        "offset.other_party",
        "$.resource.against",
        expected="two statements of one provider and payer",
    )
    _require_left(case, "offset.exceeds_statement", statement.payable)
    _require_left(case, "offset.exceeds_receivable", debt.receivable)
    return [
        StatementOffset(
            statement=statement.id,
            offset=asked.id,
            against=debt.id,
            amount=asked.amount,
            postings=post(
                *(statement.payer, statement.provider),
                ("payable", asked.amount),
                ("receivable", -asked.amount),
            ),
        ),
        StatementRecovered(
            statement=debt.id, offset=asked.id, by=statement.id, amount=asked.amount
        ),
    ]


def refund(case: Case[RecordRefund]) -> list[Fact]:
    """Record what a provider repaid; never more than it still owes back."""
    acting_employee(case)
    asked = case.command.body.resource
    statement = _statement(case, asked.statement)
    case.require_new_id(asked.id, "$.resource.id")
    _require_accepted(case, statement, "$.resource.statement")
    case.require(
        asked.received_on <= case.today,
        "refund.dated_in_future",
        "$.resource.received_on",
        expected=f"{case.today} or earlier",
    )
    _require_left(case, "refund.exceeds_receivable", statement.receivable)
    _require_reference(case)
    return [
        RefundRecorded(
            refund=asked.id,
            statement=statement.id,
            amount=asked.amount,
            bank_reference=asked.bank_reference,
            received_on=asked.received_on,
            postings=post(
                *(statement.payer, statement.provider),
                ("bank", asked.amount),
                ("receivable", -asked.amount),
            ),
        )
    ]


_Settling = Case[RecordPayment] | Case[OffsetStatement] | Case[RecordRefund]


def _require_accepted(case: _Settling, statement: Statement, path: str) -> None:
    case.require(
        statement.is_accepted,
        "statement.not_accepted",
        path,
        expected="a statement that its payer accepted",
    )


def _require_left(case: _Settling, code: str, left: int) -> None:
    case.require(
        case.command.body.resource.amount <= left,
        code,
        "$.resource.amount",
        remaining=left,
        expected=f"at most {left}",
    )


def _require_reference(case: Case[RecordPayment] | Case[RecordRefund]) -> None:
    case.require(
        not case.lookups.payments.reference_is_taken(case.command.body.resource.bank_reference),
        "payment.reference_repeated",
        "$.resource.bank_reference",
        expected="a reference that no payment has",
    )


def _owed_back(statement: Statement, accepted: int) -> tuple[AnyPosting, ...]:
    """Post what the provider owes the payer; `accepted`, kopiykas, is below zero."""
    return post(
        *(statement.payer, statement.provider),
        ("accrued", statement.total),
        ("denied", accepted - statement.total),
        ("receivable", -accepted),
    )


def _to_be_accepted(
    case: Case[AcceptStatement] | Case[ReviewStatement], wanted: StatementId, digest: str
) -> Statement:
    """Return a statement that its provider countersigned and nobody accepted yet, or refuse."""
    statement = _statement(case, wanted)
    case.require(
        statement.status is not Status.FORMED,
        "statement.not_countersigned",
        "$.resource.statement",
        expected="a statement that its provider countersigned",
    )
    case.require(
        not statement.is_accepted,
        "statement.already_accepted",
        "$.resource.statement",
        expected="a statement that is not accepted yet",
    )
    _require_digest(case, digest, statement)
    return statement


def _require_digest(
    case: Case[CountersignStatement] | Case[AcceptStatement] | Case[ReviewStatement],
    digest: str,
    statement: Statement,
) -> None:
    case.require(
        digest == statement.digest,
        "statement.digest_mismatch",
        "$.resource.digest",
        expected=statement.digest,
    )


def _statement(
    case: (
        Case[CountersignStatement]
        | Case[AcceptStatement]
        | Case[ReviewStatement]
        | Case[OffsetStatement]
        | Case[RecordPayment]
        | Case[RecordRefund]
    ),
    wanted: StatementId,
) -> Statement:
    return case.get(Statement, wanted, code="statement.unknown", path="$.resource.statement")
