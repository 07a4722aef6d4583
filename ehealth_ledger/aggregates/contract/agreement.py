"""Derive what two signatures put in force: a contract, or the terms that amend one from a day on.

Pure: an audit derives the same facts from the same states.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractPayerSigned,
    ContractResumed,
    Terms,
)
from ehealth_ledger.events.fact import Fact

_WHY: Final = "/resource/request"  # of the countersignature


def amended_from(asked: date | None, terms: Terms, day: date) -> date:
    """Return the day from which an amendment counts that both have signed on a day.

    Where the provider asked for none it is the day of its own signature, and never one before the
    contract begins.
    """
    return asked or max(day, terms.first_day)


def agreed(
    wish: ContractRequest, signed: ContractPayerSigned, before: Contract | None, day: date
) -> ContractConcluded | ContractAmended:
    """Return what is agreed with the provider's signature on a day; `before` is what it amends."""
    asked = wish.asked
    held = asked if before is None else before.terms  # an amendment leaves the days as they are
    terms = Terms(
        payer=signed.payer,
        provider=asked.provider,
        kind=asked.kind,
        number=signed.number,
        packages=asked.packages,
        first_day=held.first_day,
        last_day=held.last_day,
        corrections=signed.corrections,
    )
    if before is None:
        return ContractConcluded(
            contract=asked.contract,
            terms=terms,
            request=asked.request,
            divisions=asked.divisions,
            employees=asked.employees,
            plan=signed.plan,
        )
    counts_from = amended_from(asked.counts_from, terms, day)
    bought = before.bought(counts_from, terms.last_day)
    return ContractAmended(
        contract=asked.contract,
        terms=terms,
        request=asked.request,
        divisions=asked.divisions,
        employees=asked.employees,
        plan=signed.plan,
        removed=tuple(sorted(bought - set(terms.packages))),
        suspended=True if before.suspended and not before.suspended_with_head else None,
        counts_from=counts_from,
    )


def in_force(agreement: ContractConcluded | ContractAmended, before: Contract | None) -> list[Fact]:
    """Return what an agreement comes to: a contract that waited for its head's hand goes on."""
    if before is None or not before.suspended_with_head:
        return [agreement]
    resumed = ContractResumed(
        contract=before.id, terms=agreement.terms, reason_pointer=_WHY, with_amendment=True
    )
    return [agreement, resumed]
