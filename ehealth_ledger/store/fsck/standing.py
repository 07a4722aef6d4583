"""Derive again what became of an institution's contracts when it ended, rested or acted again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from ehealth_ledger.aggregates.contract.institution import (
    ended_with,
    resumed_with,
    suspended_with,
)
from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.legal_entity import (
    CloseLegalEntity,
    ReorganiseLegalEntity,
    ResumeLegalEntity,
    SuspendLegalEntity,
)
from ehealth_ledger.events.contract import ContractFact, ContractSigned
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId
from ehealth_ledger.values.time import from_microseconds, kyiv_day

Standing = SuspendLegalEntity | ResumeLegalEntity | CloseLegalEntity | ReorganiseLegalEntity

_CONSEQUENCES: Final[
    Mapping[type[Command], Callable[[Iterable[Contract], date], Sequence[ContractFact]]]
] = {
    SuspendLegalEntity: suspended_with,
    ResumeLegalEntity: resumed_with,
    CloseLegalEntity: ended_with,
    ReorganiseLegalEntity: ended_with,
}


class Institutions:
    """Follow the contracts of each institution, and check what its own standing made of them."""

    def __init__(self, log: str, findings: Findings) -> None:
        self._log = log
        self._findings = findings
        self._said: defaultdict[LegalEntityId, dict[ContractId, list[tuple[int, Fact]]]] = (
            defaultdict(dict)
        )

    def absorb(self, position: int, fact: Fact) -> None:
        """Take in what was said of a contract; the walk may be ahead of its checks."""
        if isinstance(fact, ContractSigned):
            self._said[fact.provider].setdefault(fact.contract, []).append((position, fact))
        elif isinstance(fact, ContractFact):
            provider = fact.terms.provider
            self._said[provider].setdefault(fact.contract, []).append((position, fact))

    def check(self, proved: Proved, facts: Sequence[Fact]) -> None:
        """Note where an institution's contracts do not follow it; pass by every other command."""
        wish = proved.command
        if not isinstance(wish, Standing) or self._findings.unread:
            return
        first = proved.stored.first
        held = self._said[wish.resource.legal_entity]
        states = (self._before(held[each], first.position) for each in sorted(held))
        day = kyiv_day(from_microseconds(first.recorded_at))
        follows = _CONSEQUENCES[type(wish)]
        expected = follows([each for each in states if each is not None], day)
        if [each for each in facts if isinstance(each, ContractFact)] != list(expected):
            text = "its contracts do not end, rest or go on with the institution"
            self._findings.add(Kind.FACT_CONTRADICTED, self._log, first.position, text)

    def _before(self, said: Iterable[tuple[int, Fact]], position: int) -> Contract | None:
        state: object | None = None
        for at, fact in said:
            if at < position:
                state = evolve(state, fact)
        return state if isinstance(state, Contract) else None
