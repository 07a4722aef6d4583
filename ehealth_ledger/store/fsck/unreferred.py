"""Derive again which acts earned though they answer no electronic referral, and which are flagged.

Acts come from what was signed; which services earn, and which rule asks them, is what the records
before the act say. Where the content went with a patient's key nothing can be derived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from ehealth_ledger.aggregates import unreferred
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.encounter.treated import ends_case, last_day
from ehealth_ledger.aggregates.unreferred import Recording, UnreferredAct
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.procedure import RecordProcedure
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeFlagged,
    ChargeWithheld,
    Withheld,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.monitoring import MISSING_REFERRAL
from ehealth_ledger.values.parameters.charge import (
    CASE_ENCOUNTER_TYPES,
    SERVICES_WITHOUT_REFERRAL,
)
from ehealth_ledger.values.parameters.definition import Value
from ehealth_ledger.values.parameters.monitoring import RULES, SERVICES_BY_REFERRAL
from ehealth_ledger.values.time import from_microseconds, kyiv_day

_ASKED: Final = (SERVICES_WITHOUT_REFERRAL, SERVICES_BY_REFERRAL, RULES, CASE_ENCOUNTER_TYPES)

_Said = tuple[object, ...]
"""Say of a charge what its act decides: service, performer, day, what stood for a referral."""


class Unreferred:
    """Check the charges of one log that no electronic referral led to."""

    def __init__(self, log: str, findings: Findings) -> None:
        self._log = log
        self._findings = findings
        self._set: defaultdict[str, list[tuple[int, ParameterSet]]] = defaultdict(list)

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in what later acts earn by; a page is read ahead of its checks."""
        if isinstance(fact, ParameterSet) and fact.name in _ASKED:
            self._set[fact.name].append((row.position, fact))

    def check(self, proved: Proved, facts: Sequence[Fact]) -> None:
        """Note where acts and charges, or charges and flags, do not agree."""
        if self._findings.unread:
            return  # what a damaged record said is unknown
        first, wish = proved.stored.first, proved.command
        if unreferred.is_recording(wish) and self._earned(wish, facts, first.position) != dict(
            _said(_beside(wish, facts))
        ):
            self._add(first.position, "not what earns without a referral by what was in force")
        today = kyiv_day(from_microseconds(first.recorded_at))
        flagged = {
            each.charge: {one.name: one.value for one in each.evidence}
            for each in facts
            if isinstance(each, ChargeFlagged) and each.rule == MISSING_REFERRAL
        }
        if flagged != dict(self._missing(facts, today, first.position)):
            self._add(first.position, "not the referrals that are missing by what was in force")

    def _earned(self, wish: Recording, facts: Sequence[Fact], before: int) -> dict[object, _Said]:
        """Return what the acts of a command earn, by the ids of the charges."""
        acts = [*unreferred.acts(wish)]
        if acts and isinstance(wish, RecordEncounter):
            day = last_day(wish.encounter)
            if ends_case(wish.encounter, self._value(CASE_ENCOUNTER_TYPES, day, before)):
                return {}
        own = _own(wish)
        paid = {each.service for each in _charges(facts) if each.charge == own}
        return {
            each.charge: _of_act(each)
            for each in acts
            if each.service not in paid
            and unreferred.earns(self._value(SERVICES_WITHOUT_REFERRAL, each.day, before), each)
        }

    def _missing(
        self, facts: Sequence[Fact], today: date, before: int
    ) -> Iterator[tuple[object, dict[str, str]]]:
        """Give what is to be flagged in a command, with the evidence."""
        for each in facts:
            if not isinstance(each, ChargeAccrued) or each.unreferred is None:
                continue
            on = self._value(RULES, today, before)
            if not isinstance(on, dict) or on.get(MISSING_REFERRAL) != 1:
                return
            named = self._value(SERVICES_BY_REFERRAL, each.day, before)
            if isinstance(named, tuple) and each.service in named:
                yield each.charge, {"found": each.unreferred}

    def _value(self, name: str, day: date, before: int) -> Value | None:
        """Return a parameter's value on a day, as it was known before a position."""
        values: Dated[Value] = Dated()
        for position, fact in self._set[name]:
            if position < before:
                values = values.since(fact.first_day, fact.value)
        return values.on(day)

    def _add(self, position: int, text: str) -> None:
        self._findings.add(Kind.CHARGE_ALTERED, self._log, position, text)


def _own(wish: Recording) -> object:
    """Name the charge that the command's own referral, or the case that it ends, may earn."""
    if isinstance(wish, RecordEncounter):
        return charge_id(wish.encounter.id, ATTEMPT_FIRST)
    given = wish.resource if isinstance(wish, RecordProcedure) else wish.report
    return charge_id(given.id, ATTEMPT_FIRST) if given.based_on else None


def _charges(facts: Iterable[Fact]) -> Iterator[Accrued | Withheld]:
    return (each for each in facts if isinstance(each, Accrued | Withheld))


def _beside(wish: Recording, facts: Sequence[Fact]) -> Iterator[Accrued | Withheld]:
    """Give the charges that no referral led to, and whatever says that none did."""
    own = _own(wish)
    return (each for each in _charges(facts) if each.charge != own or _instead(each) is not None)


def _said(charges: Iterable[Accrued | Withheld]) -> Iterator[tuple[object, _Said]]:
    for each in charges:
        yield each.charge, (each.service, each.performer, each.day, _instead(each))


def _of_act(act: UnreferredAct) -> _Said:
    return (act.service, act.performer, act.day, act.instead)


def _instead(charge: Accrued | Withheld) -> str | None:
    return charge.unreferred if isinstance(charge, ChargeAccrued | ChargeWithheld) else None
