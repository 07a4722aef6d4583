"""Match the treasury's payments with the recorded ones, statement by statement.

A payment of the file and a recorded one are the same where reference, statement, amount, day and
both parties are. Everything else is named for what it is; nothing is taken for nearly the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from ehealth_ledger.pricing.treasury.parsing import TreasuryLine
from ehealth_ledger.values.identifiers import StatementId
from ehealth_ledger.values.money import Kopiykas

Outcome = Literal[
    "matched", "missing_in_ledger", "missing_in_file", "amount_differs", "paid_twice", "unmatched"
]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """Hold a payment as the ledger recorded it."""

    reference: str
    amount: Kopiykas
    day: date


@dataclass(frozen=True, slots=True)
class PayableStatement:
    """Hold what the ledger says of a statement's payment; `owed` is None before its acceptance."""

    statement: StatementId
    payer: str  # EDRPOU
    provider: str
    owed: Kopiykas | None
    payments: tuple[RecordedPayment, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Say what became of one payment; `line` is None where the file has none.

    Amounts are kopiykas; `why` says what differs where the outcome alone does not.
    """

    outcome: Outcome
    line: int | None
    reference: str
    statement: StatementId
    day: date
    in_file: Kopiykas | None
    in_ledger: Kopiykas | None
    why: str | None = None


def match(
    lines: Sequence[TreasuryLine],
    statements: Mapping[StatementId, PayableStatement],
    first_day: date,
    last_day: date,
) -> list[Match]:
    """Match the file's payments, in its order, then name what was recorded and is not in it.

    `statements` are those the file names, those that a reference of the file is recorded for, and
    those with a payment recorded between the two days, both included.
    """
    recorded = {
        payment.reference: (stated, payment)
        for stated in statements.values()
        for payment in stated.payments
    }
    # What stands recorded counts first: a line beyond what is owed is one too many.
    paid = Counter({each.statement: _paid(each) for each in statements.values()})
    found = list[Match]()
    for line in lines:
        known = recorded.get(line.reference)
        stated = statements.get(line.statement)
        if known is not None:
            found.append(_recorded(line, *known))
        elif stated is None:
            found.append(_told("unmatched", line, "the ledger knows no such statement"))
        else:
            fresh = _unrecorded(line, stated, paid[line.statement])
            if fresh.outcome == "missing_in_ledger":
                paid[line.statement] += line.amount
            found.append(fresh)
    named = {line.reference for line in lines}
    found.extend(_missing_in_file(statements, named, first_day, last_day))
    return found


def _paid(stated: PayableStatement) -> int:
    return sum(each.amount for each in stated.payments)


def _recorded(line: TreasuryLine, stated: PayableStatement, payment: RecordedPayment) -> Match:
    """Compare a line with the payment recorded under its reference."""
    if stated.statement != line.statement:
        return _told("unmatched", line, f"recorded for statement {stated.statement}", payment)
    wrong = _other_party(line, stated)
    if wrong is not None:
        return _told("unmatched", line, wrong, payment)
    if payment.amount != line.amount:
        return _told("amount_differs", line, None, payment)
    if payment.day != line.day:
        return _told("unmatched", line, f"recorded as paid on {payment.day}", payment)
    return _told("matched", line, None, payment)


def _unrecorded(line: TreasuryLine, stated: PayableStatement, paid: int) -> Match:
    """Say what a line is that no recorded payment has the reference of."""
    wrong = _other_party(line, stated)
    if wrong is not None:
        return _told("unmatched", line, wrong)
    if stated.owed is None:
        return _told("unmatched", line, "the payer has not accepted the statement")
    if paid + line.amount > stated.owed:
        left = max(0, stated.owed - paid)
        return _told("paid_twice", line, f"{paid} of {stated.owed} kopiykas are paid, {left} owed")
    return _told("missing_in_ledger", line, None)


def _other_party(line: TreasuryLine, stated: PayableStatement) -> str | None:
    if line.payer != stated.payer:
        return f"the statement's payer is {stated.payer}"
    if line.provider != stated.provider:
        return f"the statement's provider is {stated.provider}"
    return None


def _told(
    outcome: Outcome, line: TreasuryLine, why: str | None, payment: RecordedPayment | None = None
) -> Match:
    in_ledger = None if payment is None else payment.amount
    return Match(
        *(outcome, line.number, line.reference, line.statement, line.day, line.amount),
        *(in_ledger, why),
    )


def _missing_in_file(
    statements: Mapping[StatementId, PayableStatement],
    named: set[str],
    first_day: date,
    last_day: date,
) -> Iterator[Match]:
    for stated in statements.values():
        for each in stated.payments:
            if each.reference not in named and first_day <= each.day <= last_day:
                yield Match(
                    *("missing_in_file", None, each.reference, stated.statement, each.day),
                    *(None, each.amount),
                )
