"""Build a small country for tests.

An authority, a payer, a clinic, a hospital, and who works there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.authority import Authority, Credential
from ehealth_ledger.entrypoints.demo.commands import Actor, Author, Signed
from ehealth_ledger.entrypoints.demo.founding import PAYER_EDRPOU, found
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.events.statement import StatementFormed
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.tick import Done
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.values.time import KYIV, kyiv_day, microseconds, month_of
from tests.founded import founded_once

CMS = "application/pkcs7-mime"
CLINIC_EDRPOU, HOSPITAL_EDRPOU = "30000001", "20000001"
__all__ = ["CLINIC_EDRPOU", "HOSPITAL_EDRPOU", "PAYER_EDRPOU", "World", "founded", "serving"]


def _until_daytime() -> timedelta:
    """Return how long it is until a day on which a test can move on by hours.

    An act begins before it is recorded: shortly after midnight its day is not that of its record.
    From four o'clock on it is the same day in UTC, too.
    """
    now = datetime.now(KYIV)
    morning = now.replace(hour=4, minute=0)
    if now.hour >= 20:
        return morning + timedelta(days=1) - now
    return max(morning - now, timedelta())


@dataclass
class Clock:
    """Tell the time, which a test may move forward; it begins far from a midnight in Kyiv."""

    ahead: timedelta = timedelta()
    begins: timedelta = field(default_factory=_until_daytime)  # ahead of the real time

    def __call__(self) -> int:
        return microseconds(self.now)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.begins + self.ahead


@dataclass(frozen=True)
class StatedAs:
    """Hold a formed statement and where it stands."""

    fact: StatementFormed
    position: int
    chain_value: bytes


@dataclass
class World:
    """Hold the country; `post` sends a signed command through the whole write path."""

    folder: Path
    urls: Databases
    authority: Authority
    settings: Settings
    author: Author
    payer: Actor
    clock: Clock = field(default_factory=Clock)
    service: bootstrap.Service | None = None
    heads: dict[UUID, Actor] = field(default_factory=dict)  # by institution
    divisions: set[UUID] = field(default_factory=set)  # registered so far

    @property
    def running(self) -> bootstrap.Service:
        assert self.service is not None, "the service is not running"
        return self.service

    def credential(self, name: str, tax_id: str, edrpou: str | None = None) -> Credential:
        return self.authority.issue(name, tax_id, edrpou)

    async def post(self, signed: Signed) -> Accepted:
        return await self.running.intake.accept(signed.container, CMS, client="test")

    def verify(self, signed: Signed) -> Verified[Command]:
        return self.running.verifier.verify(signed.container, CMS, at=self.clock.now)

    async def send(self, command: str, actor: Actor, **body: Any) -> Accepted:
        return await self.post(self.author.sign(command, actor, **body))

    # People and institutions, each registered by real commands

    async def institution(self, edrpou: str, kind: str, tax_id: str) -> Actor:
        """Register an institution, let the payer verify it, and return its head."""
        credential = self.credential("Керівник Закладу", tax_id, edrpou)
        head = Actor(uuid4(), uuid4(), credential)
        party = registry.party(tax_id, "Керівник", "Заклад")
        resource = registry.institution(
            head.legal_entity, edrpou, f"Заклад {edrpou}", kind, head.employee, party
        )
        await self.send("legal_entity.register", head, resource=resource)
        await self.send(
            "legal_entity.verify", self.payer, resource=registry.verdict(head.legal_entity)
        )
        self.heads[head.legal_entity] = head
        return head

    async def division(self, actor: Actor) -> UUID:
        """Return the institution's division; its head registers it when it is first needed."""
        if actor.division not in self.divisions:
            head = self.heads[actor.legal_entity]
            await self.send("division.register", head, resource=registry.division(actor.division))
            self.divisions.add(actor.division)
        return actor.division

    async def employee(self, head: Actor, kind: str, tax_id: str) -> Actor:
        """Register an employee of the head's institution; the certificate is the person's own."""
        actor = Actor(uuid4(), head.legal_entity, self.credential("Лікар", tax_id))
        party = registry.party(tax_id, "Лікар", "Тест")
        resource = registry.employment(actor.employee, party, kind)
        await self.send("employee.register", head, resource=resource)
        return actor

    async def patient(self, actor: Actor) -> UUID:
        """Register a patient."""
        patient_id = uuid4()
        resource = write.patient(
            patient_id,
            family="Пацієнт",
            given="Тест",
            birth_date=date(1980, 5, 1),
            gender="female",
        )
        await self.send("patient.register", actor, resource=resource)
        return patient_id

    def tick(self, until: int | None = None) -> Done:
        """Do what is due by now, or by an earlier moment."""
        with bootstrap.scheduling(self.settings, self.urls, now=self.clock) as scheduler:
            return scheduler.run(scheduler.now() if until is None else until)

    async def referral(self, doctor: Actor, patient_id: UUID, *, days: float = 365) -> UUID:
        """Issue a referral."""
        referral_id = uuid4()
        authored_on = self.clock.now - timedelta(seconds=1)
        resource = write.service_request(
            referral_id, patient_id, doctor, authored_on=authored_on, days=days
        )
        await self.send("referral.issue", doctor, resource=resource)
        return referral_id

    async def redemption(self, specialist: Actor, patient_id: UUID, referral_id: UUID) -> Accepted:
        """Redeem a referral."""
        resource = {
            "referral": str(referral_id),
            "patient": str(patient_id),
            "performer": str(specialist.employee),
        }
        return await self.send("referral.redeem", specialist, resource=resource)

    async def episode(self, manager: Actor, patient_id: UUID, **options: Any) -> UUID:
        """Open an episode in the manager's institution, from today on."""
        episode_id = uuid4()
        resource = episode_of_care(
            episode_id, patient_id, manager, **{"started_on": kyiv_day(self.clock.now)} | options
        )
        await self.send("episode.open", manager, resource=resource)
        return episode_id

    async def encounter(
        self,
        specialist: Actor,
        patient_id: UUID,
        referral_id: UUID | None = None,
        *,
        episode: UUID | None = None,
        **options: Any,
    ) -> Accepted:
        """Record an encounter of a referral, if one is named, in a new episode, unless one is."""
        if episode is None:
            started_on = kyiv_day(
                self.clock.now - timedelta(days=1)
            )  # the visit may cross midnight
            episode = await self.episode(specialist, patient_id, started_on=started_on)
        resources = write.encounter_package(
            patient_id,
            specialist,
            at=self.clock.now,
            episode=episode,
            referral=referral_id,
            **options,
        )
        return await self.send("encounter.record", specialist, resources=resources)

    async def tariff(
        self, unit_price: int = 15_000, service: str = write.CONSULTATION, **other: Any
    ) -> UUID:
        """Publish a tariff for the consultation, this year and next; `replaces` names another."""
        tariff_id = uuid4()
        year = self.clock.now.year
        resource = {
            "id": str(tariff_id),
            "package": write.PACKAGE,
            "service": {"system": write.SERVICE_SYSTEM, "code": service},
            "first_day": f"{year}-01-01",
            "last_day": f"{year + 1}-12-31",
            "unit_price": unit_price,
            "order": "test order 1",
            **other,
        }
        version = 2 if "replaces" in other else 1
        await self.send("tariff.publish", self.payer, version=version, resource=resource)
        return tariff_id

    async def contract(
        self,
        provider: Actor,
        plan: Sequence[dict[str, Any]] = (),
        corrections: Sequence[dict[str, str]] = (),
        **other: Any,
    ) -> UUID:
        """Conclude a contract with a provider for this year: asked, signed, countersigned."""
        request, contract_id = await self.contract_request(provider, **other)
        number = {} if "contract_number" in other else {"number": "T-1"}
        resource = await self.contract_signature(request, plan, corrections, **number)
        head = self.heads[provider.legal_entity]
        await self.send("contract.countersign", head, resource=resource)
        return contract_id

    async def contract_signature(
        self,
        request: UUID,
        plan: Sequence[dict[str, Any]] = (),
        corrections: Sequence[dict[str, str]] = (),
        **number: str,
    ) -> dict[str, Any]:
        """Agree to a request as the payer; return what the provider's countersignature names."""
        signed = self.author.sign(
            "contract.sign",
            self.payer,
            version=2,
            resource={
                "request": str(request),
                "plan": list(plan),
                "corrections": list(corrections),
                **number,
            },
        )
        placement = (await self.post(signed)).receipt.placement
        first = {
            "log": "records",
            "position": placement.first_position,
            "chain_value": placement.chain_value.hex(),
            "content_digest": sha256(signed.content).hexdigest(),
        }
        return {"request": str(request), "first": first}

    async def contract_request(self, provider: Actor, **other: Any) -> tuple[UUID, UUID]:
        """Ask for a contract of this year; return the ids of the request and the contract."""
        contract_id = uuid4()
        if "divisions" not in other:
            other["divisions"] = [str(await self.division(provider))]
        head, year = self.heads[provider.legal_entity], self.clock.now.year
        days = {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
        if "contract_number" in other:  # an amendment
            days = {}
        wish = {
            "id": str(uuid4()),
            "contract": str(contract_id),
            "kind": "MEDICAL_SERVICES",
            "packages": [write.PACKAGE],
            **days,
            **other,
        }
        await self.send("contract.request", head, resource=wish)
        return UUID(str(wish["id"])), UUID(str(wish["contract"]))

    async def cut_off(self, period: str, at: datetime) -> Accepted:
        """Set the cut-off of a month."""
        resource = {"id": str(uuid4()), "period": period, "at": at.isoformat()}
        return await self.send("cut_off.set", self.payer, resource=resource)

    async def declaration(self, doctor: Actor, patient_id: UUID) -> UUID:
        """Declare the doctor the patient's own; an earlier declaration ends."""
        declaration_id = uuid4()
        resource = write.declaration(
            patient_id,
            doctor.employee,
            division=await self.division(doctor),
            seed=self.author.seed,
            declaration_id=declaration_id,
        )
        await self.send("declaration.sign", doctor, resource=resource)
        return declaration_id

    # Statements and their payment

    async def statement(
        self, contract: UUID, period: str, package: str = write.PACKAGE
    ) -> StatedAs:
        """Form the statement of a closed month; return what a countersignature names."""
        resource = {
            "id": str(uuid4()),
            "contract": str(contract),
            "package": package,
            "period": period,
        }
        formed = (
            await self.send("statement.form", self.payer, resource=resource)
        ).receipt.placement
        door = self.running.reader.notifications
        (record,) = door.read(door.place_at(formed.first_position - 1), 1)
        assert isinstance(record.fact, StatementFormed)
        return StatedAs(record.fact, formed.first_position, formed.chain_value)

    async def countersign(self, head: Actor, stated: StatedAs) -> Accepted:
        """Add the provider's signature to a statement."""
        first = {
            "log": "records",
            "position": stated.position,
            "chain_value": stated.chain_value.hex(),
            "content_digest": stated.fact.content_digest,
        }
        resource = {
            "statement": str(stated.fact.statement),
            "digest": stated.fact.digest,
            "first": first,
        }
        return await self.send("statement.countersign", head, resource=resource)

    async def accept(self, stated: StatedAs) -> Accepted:
        """Accept a countersigned statement as its payer."""
        resource = {"statement": str(stated.fact.statement), "digest": stated.fact.digest}
        return await self.send("statement.accept", self.payer, resource=resource)

    async def pay(self, stated: StatedAs, amount: int | None = None) -> Accepted:
        """Record a payment of a statement, by default of all of it."""
        resource = {
            "id": str(uuid4()),
            "statement": str(stated.fact.statement),
            "amount": stated.fact.total if amount is None else amount,
            "bank_reference": f"BANK-{uuid4().hex[:12]}",
            "paid_on": kyiv_day(self.clock.now).isoformat(),
        }
        return await self.send("payment.record", self.payer, resource=resource)

    async def paid_month(self, contract: UUID, head: Actor) -> StatedAs:
        """Close this month, and state, sign, accept and pay what it came to."""
        period = month_of(kyiv_day(self.clock.now))
        await self.cut_off(period, self.clock.now + timedelta(seconds=60))
        self.clock.ahead += timedelta(seconds=120)
        stated = await self.statement(contract, period)
        await self.countersign(head, stated)
        await self.accept(stated)
        await self.pay(stated)
        return stated


@contextmanager
def founded(folder: Path, urls: Databases, **options: Any) -> Iterator[World]:
    """Found a ledger in empty databases; the service is not running yet.

    The first founding of a session is a real one; the others are copies of what it left, for a
    founding signs and verifies some dozens of commands.
    """
    settings = Settings(
        data_dir=folder,
        ledger_url=urls.ledger,
        vault_url=urls.vault,
        read_url=urls.read,
        **options,
    )
    founding = found(settings, urls) if options else founded_once(urls).copied(folder, urls)
    yield World(folder, urls, founding.authority, settings, founding.author(), founding.payer)


@contextmanager
def serving(world: World) -> Iterator[World]:
    """Run the write side."""

    def fatal(fault: BaseException) -> None:
        raise fault

    with bootstrap.service(world.settings, world.urls, on_fatal=fatal, now=world.clock) as service:
        world.service = service
        yield world
        world.service = None
