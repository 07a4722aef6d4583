"""Hold the treasury's file against what was recorded as paid and returned; prepare the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.loading import Signatory, contents
from ehealth_ledger.errors import Undecided
from ehealth_ledger.pricing.treasury.matching import (
    Match,
    PayableStatement,
    RecordedPayment,
    match,
)
from ehealth_ledger.pricing.treasury.parsing import Direction, TreasuryFile, TreasuryLine
from ehealth_ledger.values.identifiers import StatementId
from ehealth_ledger.values.money import Kopiykas
from projections.read_models import contracts, payment_statement
from projections.read_models.database import connect, snapshot
from projections.read_models.document import Document

RECORDED_BY: Final[Mapping[Direction, tuple[str, str]]] = {
    "paid": ("payment.record", "paid_on"),
    "returned": ("refund.record", "received_on"),
}
"""By direction: the command that records a transfer, and how it names the day."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Say how a file and the ledger agree, as of a position, for transfers between two days."""

    position: int
    first_day: date
    last_day: date
    file: TreasuryFile
    matches: list[Match]

    @property
    def agrees(self) -> bool:
        """Tell whether every line was understood and every transfer is on both sides."""
        return not self.file.bad and all(each.outcome == "matched" for each in self.matches)


def reconcile(read_url: str, file: TreasuryFile, first_day: date, last_day: date) -> Reconciliation:
    """Match a file with what the read model says was moved; nothing is written."""
    lines = file.lines
    with connect(read_url, name="treasury") as connection:
        with snapshot(connection, payment_statement.MODEL) as seen:
            position = seen.checkpoint.position
            documents = payment_statement.payable(
                seen,
                {each.statement for each in lines},
                [each.reference for each in lines],
                first_day,
                last_day,
            )
        wanted = {UUID(each[side]) for each in documents for side in ("payer", "provider")}
        with snapshot(connection, contracts.MODEL) as seen:
            read = min(position, seen.checkpoint.position)
            parties = contracts.parties(seen, list(wanted), read)
    codes = {str(entity): party.edrpou for entity, party in parties.items()}
    stated = {each.statement: each for each in (_payable(one, codes) for one in documents)}
    return Reconciliation(
        position, first_day, last_day, file, match(file, stated, first_day, last_day)
    )


def _payable(document: Document, codes: dict[str, str]) -> PayableStatement:
    payer, provider = codes.get(document["payer"]), codes.get(document["provider"])
    if payer is None or provider is None:  # the parties' model is behind the statements'
        raise Undecided("read_model.not_ready", model=contracts.MODEL.name)
    accepted = document["remaining"]
    returned = sum(each["amount"] for each in document["refunds"])
    return PayableStatement(
        StatementId(UUID(document["statement"])),
        payer,
        provider,
        # What was set off is not for the treasury to move, in either direction.
        None if accepted is None else Kopiykas(max(0, accepted) + document["paid"]),
        None if accepted is None else Kopiykas(max(0, -accepted) + returned),
        (
            *(_recorded(each, each["paid_on"], "paid") for each in document["payments"]),
            *(_recorded(each, each["received_on"], "returned") for each in document["refunds"]),
        ),
    )


def _recorded(document: Document, day: str, direction: Direction) -> RecordedPayment:
    reference, amount = document["bank_reference"], document["amount"]
    return RecordedPayment(reference, amount, date.fromisoformat(day), direction)


def prepared(
    lines: Sequence[TreasuryLine],
    signatory: Signatory,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Iterator[bytes]:
    """Write the content of `payment.record` or `refund.record` for each line, for the payer."""
    for line in lines:
        command, day = RECORDED_BY[line.direction]
        resource = {
            "id": str(new_id()),
            "statement": str(line.statement),
            "amount": line.amount,
            "bank_reference": line.reference,
            day: line.day.isoformat(),
        }
        yield from contents(iter([resource]), signatory, now=now, new_id=new_id, command=command)
