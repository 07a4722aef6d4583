"""Derive what becomes of contracts when their institution ends, rests or changes its head.

Pure: an audit derives the same facts from the same states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest
from ehealth_ledger.events.contract import (
    ContractDeclined,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.values.identifiers import EmployeeId

_WHY: Final = "/resource/reason"  # of the command about the institution


def ended(contract: Contract, last_day: date) -> ContractTerminated:
    """End a contract on a day; one that would have begun later is never in force."""
    return ContractTerminated(
        contract=contract.id,
        terms=contract.terms.model_copy(update={"last_day": last_day}),
        reason_pointer=_WHY,
        suspended=True if contract.suspended else None,
    )


def ended_with(contracts: Iterable[Contract], day: date) -> list[ContractTerminated]:
    """End on a day whatever would have gone on after it; charges of days before stand."""
    return [ended(each, day) for each in contracts if each.terms.last_day > day]


def declined_with(
    requests: Iterable[ContractRequest], declined_by: EmployeeId
) -> list[ContractDeclined]:
    """Decline whatever waits for a signature: nobody can sign for the institution any more."""
    return [
        ContractDeclined(
            request=each.asked.request,
            declined_by=declined_by,
            reason_pointer=_WHY,
            with_legal_entity=True,
        )
        for each in requests
        if each.open
    ]


def suspended_with(contracts: Iterable[Contract], day: date) -> list[ContractSuspended]:
    """Suspend what is not over; a contract that is suspended already keeps its own suspension."""
    return [
        ContractSuspended(
            contract=each.id, terms=each.terms, reason_pointer=_WHY, with_legal_entity=True
        )
        for each in _running(contracts, day)
        if not each.suspended
    ]


def resumed_with(contracts: Iterable[Contract], day: date) -> list[ContractResumed]:
    """Resume what the institution's suspension suspended, and nothing else."""
    return [
        ContractResumed(contract=each.id, terms=each.terms, reason_pointer=_WHY)
        for each in _running(contracts, day)
        if each.suspended_with_entity
    ]


def suspended_by_head(contracts: Iterable[Contract], day: date) -> list[ContractSuspended]:
    """Suspend what is not over until another head has signed it anew, under the same number.

    What rests with its institution then waits for the head besides; a contract that is suspended by
    itself keeps its own suspension.
    """
    return [
        ContractSuspended(contract=each.id, terms=each.terms, reason_pointer=_WHY, with_head=True)
        for each in _running(contracts, day)
        if not each.suspended or each.suspended_with_entity
    ]


def _running(contracts: Iterable[Contract], day: date) -> Iterator[Contract]:
    return (each for each in contracts if not each.ended_by(day))
