"""Put a command before its law without a database: hand-built states, plain lookups, a fixed
clock.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import Container, Evidence, Signer, Verified
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import Statement, StatementKey
from ehealth_ledger.store.lookups import Wanted
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    LegalEntityId,
    PartyId,
    PatientId,
    StatementId,
)
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.time import Month

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BASIS = 100
_NAMESPACE = UUID("00000000-0000-4000-8000-000000000000")


def an_id(name: str) -> UUID:
    """Give every thing of the tables an id that is the same in every run."""
    return uuid5(_NAMESPACE, name)


def verified(content: bytes, tax_id: str, edrpou: str | None) -> Verified[Command]:
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
    return Verified(parse(content), Signer(tax_id, edrpou, bytes(32)), content, evidence)


@dataclass
class FakeLookups:
    """Answer from plain dictionaries, and only what the law's row in LAWS announced."""

    taken: set[UUID] = field(default_factory=set)
    edrpous: dict[str, LegalEntityId] = field(default_factory=dict)
    declarations: dict[PatientId, DeclarationId] = field(default_factory=dict)
    tariffs: dict[str, list[tuple[date, date, TariffInForce]]] = field(default_factory=dict)
    contracts: dict[UUID, list[tuple[date, date, str, ContractInForce]]] = field(
        default_factory=dict
    )
    cut_offs: dict[str, int] = field(default_factory=dict)
    statements: dict[StatementKey, StatementId] = field(default_factory=dict)
    folds: dict[StatementKey, Statement] = field(default_factory=dict)
    firsts: dict[StatementId, tuple[int, str]] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    announced: Wanted = field(default_factory=Wanted)

    def id_is_taken(self, wanted: UUID) -> bool:
        assert wanted in self.announced.ids, f"{wanted} was not announced"
        return wanted in self.taken

    def party(self, tax_id: str) -> PartyId:
        return PartyId(an_id(f"party {tax_id}"))

    def tax_index(self, tax_id: str) -> str:
        return f"index of {tax_id}"

    def legal_entity_by_edrpou(self, edrpou: str) -> LegalEntityId | None:
        assert edrpou in self.announced.edrpous
        return self.edrpous.get(edrpou)

    def active_declaration(self, patient: PatientId) -> DeclarationId | None:
        assert patient in self.announced.declarations
        return self.declarations.get(patient)

    def tariff(self, service: str, day: date) -> TariffInForce | None:
        assert service in self.announced.services
        found = self.tariffs.get(service, [])
        return next((tariff for first, last, tariff in found if first <= day <= last), None)

    def tariff_overlaps(self, service: str, first_day: date, last_day: date) -> bool:
        assert service in self.announced.services
        found = self.tariffs.get(service, [])
        return any(first <= last_day and first_day <= last for first, last, _ in found)

    def contract(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        assert provider in self.announced.providers
        for first, last, bought, contract in self.contracts.get(provider, []):
            if bought == package and first <= day <= last:
                return contract
        return None

    def contract_overlaps(
        self, provider: LegalEntityId, package: str, first_day: date, last_day: date
    ) -> bool:
        assert provider in self.announced.providers
        return any(
            bought == package and first <= last_day and first_day <= last
            for first, last, bought, _ in self.contracts.get(provider, [])
        )

    def cut_off(self, period: Month) -> int | None:
        assert self.announced.cut_offs
        return self.cut_offs.get(period)

    def statement_of(self, key: StatementKey) -> StatementId | None:
        assert key in self.announced.statements
        return self.statements.get(key)

    def folded(self, key: StatementKey) -> Statement | None:
        assert key in self.announced.statements
        return self.folds.get(key)

    def first_record_of(self, statement: StatementId) -> tuple[int, str] | None:
        assert statement in self.announced.first_records
        return self.firsts.get(statement)

    def bank_reference_is_taken(self, reference: str) -> bool:
        assert reference in self.announced.bank_references
        return reference in self.references


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

    def judge(self) -> list[Fact]:
        """Judge by the law that LAWS names, which sees the streams it announced and no others."""
        wish = verified(canonical(self.content), self.tax_id, self.edrpou)
        law = LAWS[type(wish.body)]
        wanted = Wanted(ids=set(law.brings(wish.body)))
        law.lookups(wish.body, wanted)
        self.lookups.announced = wanted
        seen = {
            each: self.states[each] for each in law.streams_of(wish.body) if each in self.states
        }
        return law.judge(Case(wish, seen, self.lookups, self.basis, self.now))


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
    return lambda scene: scene.lookups.taken.add(wanted)


def signed_by(tax_id: str, edrpou: str | None = None) -> Change:
    """Let another person, or another kind of certificate, sign."""

    def change(scene: Scene) -> None:
        scene.tax_id, scene.edrpou = tax_id, edrpou

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
