"""Hold the treasury's file against the recorded payments, and prepare what is missing of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ehealth_ledger.entrypoints.loading import Signatory, contents
from ehealth_ledger.errors import Undecided
from ehealth_ledger.pricing.treasury.matching import (
    Match,
    PayableStatement,
    RecordedPayment,
    match,
)
from ehealth_ledger.pricing.treasury.parsing import TreasuryFile, TreasuryLine
from ehealth_ledger.values.identifiers import StatementId
from projections.read_models import contracts, payment_statement
from projections.read_models.database import connect, snapshot
from projections.read_models.document import Document


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Say how a file and the ledger agree, as of a position, for payments between two days."""

    position: int
    first_day: date
    last_day: date
    file: TreasuryFile
    matches: list[Match]

    @property
    def agrees(self) -> bool:
        """Tell whether every line was understood and every payment is on both sides."""
        return not self.file.bad and all(each.outcome == "matched" for each in self.matches)


def reconcile(read_url: str, file: TreasuryFile, first_day: date, last_day: date) -> Reconciliation:
    """Match a file with the payments of the read model; nothing is written."""
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
        position, first_day, last_day, file, match(lines, stated, first_day, last_day)
    )


def _payable(document: Document, codes: dict[str, str]) -> PayableStatement:
    payer, provider = codes.get(document["payer"]), codes.get(document["provider"])
    if payer is None or provider is None:  # the parties' model is behind the statements'
        raise Undecided("read_model.not_ready", model=contracts.MODEL.name)
    return PayableStatement(
        StatementId(UUID(document["statement"])),
        payer,
        provider,
        # What was set off is not for the treasury to pay; nor is what a provider owes back.
        None if document["owed"] is None else max(0, document["remaining"]) + document["paid"],
        tuple(
            RecordedPayment(
                each["bank_reference"], each["amount"], date.fromisoformat(each["paid_on"])
            )
            for each in document["payments"]
        ),
    )


def prepared(
    lines: Sequence[TreasuryLine],
    signatory: Signatory,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Iterator[bytes]:
    """Write the content of `payment.record` for each line, for the payer to sign."""
    payments = (
        {
            "id": str(new_id()),
            "statement": str(line.statement),
            "amount": line.amount,
            "bank_reference": line.reference,
            "paid_on": line.day.isoformat(),
        }
        for line in lines
    )
    return contents(payments, signatory, now=now, new_id=new_id, command="payment.record")
