"""Put a command before its law without a database: hand-built states, plain lookups, a fixed
clock.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ehealth_ledger.aggregates.behind import behind
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Command, PatientCommand, SystemCommand
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import (
    Container,
    Draft,
    Evidence,
    LedgerSigner,
    PatientSigner,
    StaffSigner,
    Verified,
)
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.json import Json, canonical
from tests.laws.directories import given_directories
from tests.laws.lookups import FakeLookups
from tests.laws.parameters import given_parameters

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BASIS = 100


def verified(
    content: bytes, tax_id: str, edrpou: str | None, *, by_staff: bool = True
) -> Verified[Command]:
    """Stand in for the verifier: the one place in the law tests where trust is built by hand."""
    evidence = Evidence(
        container=Container("application/pkcs7-mime", b"", b"", b""),
        certificate=b"",
        suite="none",
        trust_store=bytes(32),
        revocation=(),
        policy="law-tables",
        verified_at=NOW,
    )
    command = parse(content)
    if isinstance(command, PatientCommand):
        return Verified(command, PatientSigner(tax_id, edrpou, bytes(32)), content, evidence)
    if isinstance(command, SystemCommand) and not by_staff:
        return Verified(command, LedgerSigner(bytes(32)), content, evidence)
    return Verified(command, StaffSigner(tax_id, edrpou, bytes(32)), content, evidence)


@dataclass
class Scene:
    """Hold what is given and what is asked; a row of a table changes one thing of it."""

    content: Json
    states: dict[UUID, object]
    tax_id: str
    edrpou: str | None = None
    lookups: FakeLookups = field(default_factory=FakeLookups)
    now: datetime = NOW
    basis: int = BASIS
    by_staff: bool = False  # whether a person signs even what is the system's

    def wish(self) -> Verified[Command]:
        """Sign what is asked."""
        content = canonical(self.content)
        return verified(content, self.tax_id, self.edrpou, by_staff=self.by_staff)

    def judge(
        self,
        wish: Verified[Command] | Draft[Command] | None = None,
        collected: list[RuleBroken] | None = None,
    ) -> list[Fact]:
        """Judge by the law that LAWS names, which sees the streams it announced and no others."""
        wish = self.wish() if wish is None else wish
        law = LAWS[type(wish.body)]
        wanted = Wanted(ids=set(law.brings(wish.body)))
        law.lookups(wish.body, wanted)
        if law.counts_signer and isinstance(wish.signer, StaffSigner):
            wanted.declared_signers.add(wish.signer.tax_id)
        if isinstance(wish.signer, PatientSigner):
            wanted.patient_tax_ids.add(wish.signer.tax_id)
        known = {**given_parameters(), **given_directories(), **self.states}
        first = () if law.leads is None else law.leads.streams(wish.body)
        before = {each: known.get(each) for each in first}
        if law.leads is not None:
            law.leads.lookups(wish.body, before, wanted)
        self.lookups.announce(wanted)
        asked = {*law.streams_of(wish.body), *law.found(wish.body, self.lookups)}
        if law.leads is not None:
            asked.update(law.leads.found(wish.body, before, self.lookups))
        named = {each: known[each] for each in asked if each in known}
        led_to = behind(named.values())
        seen = named | {each: known[each] for each in led_to if each in known}
        return law.judge(Case(wish, seen, self.lookups, self.basis, self.now, collected))

    def violations(self) -> list[RuleBroken]:
        """List everything that is wrong, as a check beforehand does; a law may not stumble."""
        found: list[RuleBroken] = []
        try:
            self.judge(collected=found)
        except RuleBroken as last:
            found.append(last)
        return found


Change = Callable[[Scene], object]


def nothing(_: Scene) -> None:
    """Leave the accepted scene as it is."""


def asks(*path: str | int, value: Any) -> Change:
    """Ask for something else at one place of the content."""

    def change(scene: Scene) -> None:
        scene.content = deepcopy(scene.content)
        place: Any = scene.content
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def given(wanted: UUID, state: object) -> Change:
    """Give one stream another state."""
    return lambda scene: scene.states.__setitem__(wanted, state)


def altered(wanted: UUID, **fields: Any) -> Change:
    """Alter one field of a stream's state."""

    def change(scene: Scene) -> None:
        state: Any = scene.states[wanted]
        scene.states[wanted] = replace(state, **fields)

    return change


def without(wanted: UUID) -> Change:
    """Take one stream away."""
    return lambda scene: scene.states.pop(wanted)


def taken(wanted: UUID) -> Change:
    """Let an id stand for something already."""
    return lambda scene: scene.lookups.ids.taken.add(wanted)


def signed_by(tax_id: str, edrpou: str | None = None) -> Change:
    """Let another person, or another kind of certificate, sign."""

    def change(scene: Scene) -> None:
        scene.tax_id, scene.edrpou, scene.by_staff = tax_id, edrpou, True

    return change


def at(moment: datetime) -> Change:
    """Judge at another moment."""
    return lambda scene: setattr(scene, "now", moment)


def both(*changes: Change) -> Change:
    """Make one difference that takes several hands."""

    def change(scene: Scene) -> None:
        for each in changes:
            each(scene)

    return change
