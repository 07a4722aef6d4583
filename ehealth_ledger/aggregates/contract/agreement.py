"""Derive what two signatures put in force: a contract, or the terms that amend one from a day on.

Pure: an audit derives the same facts from the same states.
"""

from __future__ import annotations

from datetime import date

from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractPayerSigned,
    Terms,
)


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
        suspended=True if before.suspended else None,
        counts_from=counts_from,
    )
