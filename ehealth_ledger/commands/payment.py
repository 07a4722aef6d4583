"""Record payments of accepted statements, and repayments of what providers owe back."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day
from ehealth_ledger.values.identifiers import PaymentId, RefundId, StatementId
from ehealth_ledger.values.money import KOPIYKAS_MAX


class Payment(Element):
    """State an amount the treasury paid.

    The bank's reference stands for one payment only.
    """

    id: PaymentId
    statement: StatementId
    amount: Annotated[int, Field(gt=0, le=KOPIYKAS_MAX)]  # kopiykas
    bank_reference: Code
    paid_on: Day


class RecordPayment(StaffCommand):
    """Ask to record a payment, whole or part, of an accepted statement; the payer signs."""

    NAME: ClassVar[str] = "payment.record"
    VERSION: ClassVar[int] = 1

    command: Literal["payment.record"]
    version: Literal[1]
    resource: Payment


class Refund(Element):
    """State an amount that a provider repaid to the treasury.

    The bank's reference stands for one transfer only, whichever way the money went.
    """

    id: RefundId
    statement: StatementId
    amount: Annotated[int, Field(gt=0, le=KOPIYKAS_MAX)]  # kopiykas
    bank_reference: Code
    received_on: Day


class RecordRefund(StaffCommand):
    """Ask to record a repayment, whole or part, of a statement below zero; the payer signs."""

    NAME: ClassVar[str] = "refund.record"
    VERSION: ClassVar[int] = 1

    command: Literal["refund.record"]
    version: Literal[1]
    resource: Refund


COMMANDS: Final = (RecordPayment, RecordRefund)
