"""Facts about money that was paid or repaid."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import AnyPosting, Posting
from ehealth_ledger.values.identifiers import PaymentId, RefundId, StatementId


class PaymentRecorded(Fact):
    """An accepted statement was paid, whole or in part.

    The fact belongs to the statement's stream.
    """

    TOPIC: ClassVar[str] = "payment.recorded.v1"

    payment: PaymentId
    statement: StatementId
    amount: Annotated[int, Field(gt=0)]  # kopiykas
    bank_reference: str
    paid_on: date
    postings: tuple[Posting, ...]

    @property
    def stream_id(self) -> UUID:
        """Name the statement that was paid."""
        return self.statement

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class RefundRecorded(Fact):
    """A provider repaid, whole or in part, what it owed back of an accepted statement.

    The fact belongs to the statement's stream.
    """

    TOPIC: ClassVar[str] = "refund.recorded.v1"

    refund: RefundId
    statement: StatementId
    amount: Annotated[int, Field(gt=0)]  # kopiykas
    bank_reference: str
    received_on: date
    postings: tuple[AnyPosting, ...]

    @property
    def stream_id(self) -> UUID:
        """Name the statement below zero."""
        return self.statement

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (PaymentRecorded, RefundRecorded)
