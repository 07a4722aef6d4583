"""Match the treasury's payments and refunds with the recorded ones, statement by statement.

A transfer of the file and a recorded one are the same where reference, statement, direction,
amount, day and both parties are. Everything else is named for what it is; nothing is taken for
nearly the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from ehealth_ledger.pricing.treasury.parsing import Direction, TreasuryFile, TreasuryLine
from ehealth_ledger.values.identifiers import StatementId
from ehealth_ledger.values.money import Kopiykas

Outcome = Literal[
    "matched",
    "missing_in_ledger",
    "missing_in_file",
    "amount_differs",
    "paid_twice",
    "returned_twice",
    "unmatched",
]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """Hold a payment, or what a provider returned, as the ledger recorded it."""

    reference: str
    amount: Kopiykas
    day: date
    direction: Direction = "paid"


@dataclass(frozen=True, slots=True)
class PayableStatement:
    """Hold what the ledger says of a statement's payment.

    `owed` is what the treasury has to pay and has paid, `owed_back` the same of what the provider
    returns; both are None before the statement is accepted.
    """

    statement: StatementId
    payer: str  # EDRPOU
    provider: str
    owed: Kopiykas | None
    owed_back: Kopiykas | None
    payments: tuple[RecordedPayment, ...]

    def to_move(self, direction: Direction) -> Kopiykas | None:
        """Return how much is owed in a direction."""
        return self.owed if direction == "paid" else self.owed_back


@dataclass(frozen=True, slots=True)
class Match:
    """Say what became of one transfer; `line` is None where the file has none.

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
    direction: Direction = "paid"


def match(
    file: TreasuryFile,
    statements: Mapping[StatementId, PayableStatement],
    first_day: date,
    last_day: date,
) -> list[Match]:
    """Match the file's transfers, in its order, then name what was recorded and is not in it.

    A file that cannot say that money was returned lacks no refund.

    `statements` are those the file names, those that a reference of the file is recorded for, and
    those with a transfer recorded between the two days, both included.
    """
    recorded = {
        payment.reference: (stated, payment)
        for stated in statements.values()
        for payment in stated.payments
    }
    # What stands recorded counts first: a line beyond what is owed is one too many.
    moved = Counter[tuple[StatementId, Direction]]()
    for each in statements.values():
        for payment in each.payments:
            moved[each.statement, payment.direction] += payment.amount
    found = list[Match]()
    for line in file.lines:
        known = recorded.get(line.reference)
        stated = statements.get(line.statement)
        if known is not None:
            found.append(_recorded(line, *known))
        elif stated is None:
            found.append(_told("unmatched", line, "the ledger knows no such statement"))
        else:
            key = (line.statement, line.direction)
            fresh = _unrecorded(line, stated, moved[key])
            if fresh.outcome == "missing_in_ledger":
                moved[key] += line.amount
            found.append(fresh)
    found.extend(_missing_in_file(file, statements, first_day, last_day))
    return found


def _recorded(line: TreasuryLine, stated: PayableStatement, payment: RecordedPayment) -> Match:
    """Compare a line with the payment recorded under its reference."""
    if stated.statement != line.statement:
        return _told("unmatched", line, f"recorded for statement {stated.statement}", payment)
    wrong = _other_party(line, stated)
    if payment.direction != line.direction:
        wrong = f"recorded as {payment.direction}"
    if wrong is not None:
        return _told("unmatched", line, wrong, payment)
    if payment.amount != line.amount:
        return _told("amount_differs", line, None, payment)
    if payment.day != line.day:
        return _told(
            "unmatched", line, f"recorded as {payment.direction} on {payment.day}", payment
        )
    return _told("matched", line, None, payment)


def _unrecorded(line: TreasuryLine, stated: PayableStatement, moved: int) -> Match:
    """Say what a line is that no recorded payment has the reference of."""
    wrong = _other_party(line, stated)
    if wrong is not None:
        return _told("unmatched", line, wrong)
    owed = stated.to_move(line.direction)
    if owed is None:
        return _told("unmatched", line, "the payer has not accepted the statement")
    if moved + line.amount > owed:
        left = max(0, owed - moved)
        twice: Outcome = "paid_twice" if line.direction == "paid" else "returned_twice"
        back = "" if line.direction == "paid" else " back"
        why = f"{moved} of {owed} kopiykas are {line.direction}, {left} owed{back}"
        return _told(twice, line, why)
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
        *(in_ledger, why, line.direction),
    )


def _missing_in_file(
    file: TreasuryFile,
    statements: Mapping[StatementId, PayableStatement],
    first_day: date,
    last_day: date,
) -> Iterator[Match]:
    named = {line.reference for line in file.lines}
    for stated in statements.values():
        for each in stated.payments:
            if each.reference in named or each.direction not in file.directions:
                continue
            if first_day <= each.day <= last_day:
                yield Match(
                    *("missing_in_file", None, each.reference, stated.statement, each.day),
                    *(None, each.amount),
                    direction=each.direction,
                )
