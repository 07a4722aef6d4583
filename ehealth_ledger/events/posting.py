"""Write money down twice: every money fact carries postings that sum to zero."""

from __future__ import annotations

from typing import Literal

from ehealth_ledger.events.fact import Body
from ehealth_ledger.values.identifiers import LegalEntityId

Account = Literal["expense", "accrued", "payable", "bank", "denied"]
AnyAccount = Literal["expense", "accrued", "payable", "bank", "denied", "receivable"]


class AnyPosting(Body):
    """Move an amount of kopiykas on any account: positive is debit, negative is credit.

    `owner` is whose books the account stands in, `counterparty` the other side of the obligation.
    """

    owner: LegalEntityId
    account: AnyAccount
    counterparty: LegalEntityId
    amount: int


class Posting(AnyPosting):
    """Move an amount of kopiykas on one account: positive is debit, negative is credit.

    `owner` is whose books the account stands in, `counterparty` the other side of the obligation.
    """

    account: Account


def post(
    owner: LegalEntityId, counterparty: LegalEntityId, *sides: tuple[AnyAccount, int]
) -> tuple[AnyPosting, ...]:
    """Write amounts that sum to zero on accounts of the owner; leave out zeros."""
    return tuple(
        AnyPosting(owner=owner, account=account, counterparty=counterparty, amount=amount)
        for account, amount in sides
        if amount
    )


def split(
    *,
    owner: LegalEntityId,
    counterparty: LegalEntityId,
    debit: Account,
    credit: tuple[tuple[Account, int], ...],
) -> tuple[Posting, ...]:
    """Move the sum of amounts from several accounts of the owner to one; leave out zeros."""
    whole = sum(amount for _, amount in credit)
    sides = ((debit, whole), *((account, -amount) for account, amount in credit))
    return tuple(
        Posting(owner=owner, account=account, counterparty=counterparty, amount=amount)
        for account, amount in sides
        if amount
    )


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
