"""Write money down twice: every money fact carries postings that sum to zero."""

from __future__ import annotations

from typing import Literal

from ehealth_ledger.events.fact import Body
from ehealth_ledger.values.identifiers import LegalEntityId

Account = Literal["expense", "accrued", "payable", "bank"]


class Posting(Body):
    """Move an amount of kopiykas on one account: positive is debit, negative is credit.

    `owner` is whose books the account stands in, `counterparty` the other side of the obligation.
    """

    owner: LegalEntityId
    account: Account
    counterparty: LegalEntityId
    amount: int


def transfer(
    *,
    debit: Account,
    credit: Account,
    owner: LegalEntityId,
    counterparty: LegalEntityId,
    amount: int,
) -> tuple[Posting, Posting]:
    """Move an amount between two accounts of the owner: debit and credit of the same size."""
    return (
        Posting(owner=owner, account=debit, counterparty=counterparty, amount=amount),
        Posting(owner=owner, account=credit, counterparty=counterparty, amount=-amount),
    )
