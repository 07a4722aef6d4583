"""Record payments of accepted statements."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day
from ehealth_ledger.values.identifiers import PaymentId, StatementId
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


COMMANDS: Final = (RecordPayment,)
