"""Derive again what two signatures agreed, and what an institution's end or rest made of it.

And whose request a withdrawal took back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from ehealth_ledger.aggregates.contract.agreement import agreed, in_force
from ehealth_ledger.aggregates.contract.institution import (
    declined_with,
    ended_with,
    resumed_with,
    suspended_by_head,
    suspended_with,
)
from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest
from ehealth_ledger.aggregates.contract.withdrawal import withdrawn
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.contract import CountersignContract, WithdrawContract
from ehealth_ledger.commands.legal_entity import (
    ChangeHead,
    CloseLegalEntity,
    ReorganiseLegalEntity,
    ResumeLegalEntity,
    SuspendLegalEntity,
)
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractDeclined,
    ContractFact,
    ContractRequested,
    ContractRequestFact,
    ContractSigned,
    ContractSuspended,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.identifiers import ContractId, ContractRequestId, LegalEntityId
from ehealth_ledger.values.time import from_microseconds, kyiv_day

Standing = (
    SuspendLegalEntity | ResumeLegalEntity | CloseLegalEntity | ReorganiseLegalEntity | ChangeHead
)

_CONSEQUENCES: Final[
    Mapping[type[Command], Callable[[Iterable[Contract], date], Sequence[ContractFact]]]
] = {
    SuspendLegalEntity: suspended_with,
    ResumeLegalEntity: resumed_with,
    CloseLegalEntity: ended_with,
    ReorganiseLegalEntity: ended_with,
    ChangeHead: suspended_by_head,
}


class Institutions:
    """Follow the contracts of institutions: what was agreed, and what their standing made of it."""

    def __init__(self, log: str, findings: Findings) -> None:
        self._log = log
        self._findings = findings
        self._said: defaultdict[LegalEntityId, dict[ContractId, list[tuple[int, Fact]]]] = (
            defaultdict(dict)
        )
        self._asked: defaultdict[LegalEntityId, set[ContractRequestId]] = defaultdict(set)
        self._requests: defaultdict[ContractRequestId, list[tuple[int, Fact]]] = defaultdict(list)
        self._dated: list[int] = []  # positions of the amendments that name their day
        self._headed: list[int] = []  # and of suspensions for another head

    def absorb(self, position: int, fact: Fact) -> None:
        """Take in what was said of a contract or a request; the walk may be ahead of its checks."""
        if isinstance(fact, ContractSigned):
            self._said[fact.provider].setdefault(fact.contract, []).append((position, fact))
        elif isinstance(fact, ContractFact):
            provider = fact.terms.provider
            if isinstance(fact, ContractAmended) and fact.counts_from is not None:
                self._dated.append(position)
            if isinstance(fact, ContractSuspended) and fact.with_head:
                self._headed.append(position)
            self._said[provider].setdefault(fact.contract, []).append((position, fact))
        elif isinstance(fact, ContractRequestFact):
            self._requests[fact.request].append((position, fact))
            if isinstance(fact, ContractRequested):
                self._asked[fact.provider].add(fact.request)

    def check(self, proved: Proved, facts: Sequence[Fact]) -> None:
        """Note where contracts follow neither signatures nor institution; pass by the rest."""
        wish = proved.command
        if self._findings.unread:
            return
        if isinstance(wish, WithdrawContract):
            self._check_withdrawn(wish, proved, facts)
        if not isinstance(wish, Standing | CountersignContract):
            return
        first = proved.stored.first
        if isinstance(wish, CountersignContract):
            held_to = self._agreed(wish, proved, facts)
            if [each for each in facts if isinstance(each, ContractFact)] != held_to:
                text = "its contract is not what both sides signed"
                self._findings.add(Kind.FACT_CONTRADICTED, self._log, first.position, text)
        if not isinstance(wish, Standing):
            return
        held = self._said[wish.resource.legal_entity]
        states = (_before(held[each], first.position) for each in sorted(held))
        day = kyiv_day(from_microseconds(first.recorded_at))
        follows = _CONSEQUENCES[type(wish)]
        expected = follows([each for each in states if isinstance(each, Contract)], day)
        found = [each for each in facts if isinstance(each, ContractFact)]
        # Earlier builds suspended nothing for another head.
        earlier = isinstance(wish, ChangeHead) and not found and _none(self._headed, first.position)
        if found != list(expected) and not earlier:
            text = "its contracts do not end, rest or go on with the institution"
            self._findings.add(Kind.FACT_CONTRADICTED, self._log, first.position, text)
        declined = [each for each in facts if isinstance(each, ContractDeclined)]
        if declined != self._declined(wish, first.position):
            text = "its open requests do not end with the institution"
            self._findings.add(Kind.FACT_CONTRADICTED, self._log, first.position, text)

    def _agreed(
        self, wish: CountersignContract, proved: Proved, facts: Sequence[Fact]
    ) -> list[Fact]:
        """Return what both sides signed, in force from the day on which the second one did.

        An amendment that names no day counts for all its contract's days: it is older than every
        one that does.
        """
        first = proved.stored.first
        asked = _before(self._requests[wish.resource.request], first.position)
        if not isinstance(asked, ContractRequest) or asked.signed is None:
            return []
        said = self._said[asked.asked.provider].get(asked.asked.contract, [])
        before = _before(said, first.position)
        contract = before if isinstance(before, Contract) else None
        undated = any(isinstance(e, ContractAmended) and e.counts_from is None for e in facts)
        if undated and contract and _none(self._dated, first.position):
            whole = agreed(asked, asked.signed, contract, contract.terms.first_day)
            return [whole.model_copy(update={"counts_from": asked.asked.counts_from})]
        day = kyiv_day(from_microseconds(first.recorded_at))
        return in_force(agreed(asked, asked.signed, contract, day), contract)

    def _check_withdrawn(
        self, wish: WithdrawContract, proved: Proved, facts: Sequence[Fact]
    ) -> None:
        first, asked = proved.stored.first, wish.resource.request
        request = _before(self._requests[asked], first.position)
        lawful = (
            isinstance(request, ContractRequest)
            and request.open
            and request.asked.provider == wish.legal_entity
        )
        if not lawful or [*facts] != [withdrawn(asked, wish.employee)]:
            text = "it takes back no open request of its institution"
            self._findings.add(Kind.FACT_CONTRADICTED, self._log, first.position, text)

    def _declined(self, wish: Standing, position: int) -> list[ContractDeclined]:
        if not isinstance(wish, CloseLegalEntity | ReorganiseLegalEntity):
            return []
        asked = sorted(self._asked[wish.resource.legal_entity])
        states = (_before(self._requests[each], position) for each in asked)
        requests = [each for each in states if isinstance(each, ContractRequest)]
        return declined_with(requests, wish.employee)


def _none(positions: Sequence[int], before: int) -> bool:
    """Tell whether none of these stands before a position: the log was of an earlier build then."""
    return not any(each < before for each in positions)


def _before(said: Iterable[tuple[int, Fact]], position: int) -> object | None:
    """Fold what was said before a position."""
    state: object | None = None
    for at, fact in said:
        if at < position:
            state = evolve(state, fact)
    return state
