"""The second wall: with the laws blinded, the database still refuses, and only the culprit pays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.prescription.state import Prescription
from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.resources import registry as registers
from ehealth_ledger.entrypoints.demo.resources import treated_case
from ehealth_ledger.errors import LedgerCorrupt, Refusal
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.prescription import PrescriptionIssued
from ehealth_ledger.intake import judgement
from ehealth_ledger.intake.committer import Committer
from ehealth_ledger.intake.laws import LAWS, Law
from ehealth_ledger.store.guards import GUARDS
from ehealth_ledger.values.identifiers import LegalEntityId, PaymentId, StatementId
from tests.countries import pharmacy, registry
from tests.world import World
from tests.write_path import test_contract_months, test_encounters, test_erasure, test_offsets
from tests.write_path.country import (
    SOON,
    Country,
    codes,
    commit,
    committer_of,
    contents,
    head,
    settle,
    submission,
    superuser,
)

Judge = Callable[[Any], list[Fact]]


# Questions whose answer would let the law refuse; blinded, nothing stands in its way.
UNSEEN: Mapping[str, Mapping[str, object]] = {
    "ids": {"is_taken": False},
    "legal_entities": {"of_edrpou": None},
    "patients": {"of_tax_index": None, "of_name_index": ()},
    "healthcare_services": {"of_kind": None},
    "employee_roles": {"of": None},
    "declarations": {"live_of": (), "active_of": None},
    "tariffs": {"overlap": False},
    "groupings": {"overlap": False, "version_is_taken": False},
    "contracts": {"overlap": False, "has_kind": False},
    "statements": {"of": None},
    "payments": {"reference_is_taken": False},
    "prescriptions": {"number_is_taken": False},
}


@dataclass(frozen=True)
class BlindLookup:
    """Answer a noun's questions so that nothing stands in the way; pass on the rest."""

    seeing: Any
    unseen: Mapping[str, object]

    def __getattr__(self, question: str) -> Any:
        if question in self.unseen:
            return lambda *_, **__: self.unseen[question]
        return getattr(self.seeing, question)


@dataclass(frozen=True)
class Blind:
    """Blind the look-ups of every noun."""

    seeing: Any

    def __getattr__(self, noun: str) -> Any:
        return BlindLookup(getattr(self.seeing, noun), UNSEEN.get(noun, {}))


def _forgotten(state: object) -> object:
    """Forget what was taken of a thing: a redemption, a pharmacy's holds."""
    match state:
        case Referral():
            return replace(state, redeemed_by=None)
        case Prescription():
            return replace(state, dispenses={})
        case _:
            return state


def _blind(kind: type[Command], judge: Judge) -> Judge:
    """Let a law see no other stream, every referral in nobody's hands, and no dispense."""

    def judged(case: Case[Command]) -> list[Fact]:
        states = {key: _forgotten(state) for key, state in case.states.items()}
        seen = case.states if kind is RecordEncounter else states
        return judge(replace(case, lookups=Blind(case.lookups), states=seen))

    return judged


def _blinded(change: Callable[[Fact], Fact] = lambda fact: fact) -> Mapping[type[Command], Law]:
    def judge_of(kind: type[Command], law: Law) -> Judge:
        blind = _blind(kind, law.judge)
        return lambda case: [change(fact) for fact in blind(case)]

    return {kind: replace(law, judge=judge_of(kind, law)) for kind, law in LAWS.items()}


@pytest.fixture
def blinded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Blind the laws from now on."""

    def blind(change: Callable[[Fact], Fact] = lambda fact: fact) -> None:
        monkeypatch.setattr(judgement, "LAWS", _blinded(change))

    return blind


def _only_the_culprit(
    country: Country, culprit: Signed, guard: str, *, before: tuple[Signed, ...] = ()
) -> None:
    """Commit the culprit among innocents: it gets the guard's code, they get receipts."""
    innocents = [country.patient_registration() for _ in range(4)]
    start, _ = head(country.world)
    batch = [innocents[0], *before, innocents[1], culprit, innocents[2], innocents[3]]
    answers = commit(country.world, batch)
    at = batch.index(culprit)
    expected = ["accepted"] * len(batch)
    expected[at] = GUARDS[guard]
    assert codes(answers) == expected
    refusal = answers[at]
    assert isinstance(refusal, Refusal)
    assert refusal.evidence["guard"] == guard
    counted = contents(country.world)
    assert counted["records"] == head(country.world)[0] >= start + 4
    with superuser(country.world) as connection:
        row = connection.execute(
            "SELECT count(*) FROM records WHERE command_id = %s", (culprit.command_id,)
        ).fetchone()
    assert row == (0,)


def test_guard_records_command_taken_refuses_command__conflict(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command id enters once even when the look-up of repeats finds nothing."""
    country = asyncio.run(settle(world))
    first = country.patient_registration()
    asyncio.run(world.post(first))
    world.author.head = {"command_id": str(first.command_id)}
    culprit = country.patient_registration()
    world.author.head = {}
    monkeypatch.setattr(Committer, "_repeats", lambda *_: {})
    innocents = [country.patient_registration() for _ in range(3)]
    answers = commit(world, [innocents[0], culprit, *innocents[1:]])
    assert codes(answers) == ["accepted", "command.conflict", "accepted", "accepted"]


def test_guard_ids_taken_refuses_id__not_new(world: World, blinded: Callable[..., None]) -> None:
    """A condition's id, which no stream has, is taken once."""

    async def story() -> None:
        country = await settle(world)
        first = country.encounter(country.specialist)
        await world.post(first)
        blinded()
        resources = write.encounter_package(
            country.patient, country.specialist, at=world.clock.now, episode=country.episode
        )
        resources[2]["id"] = json.loads(first.content)["resources"][2]["id"]
        culprit = country.sign("encounter.record", country.specialist, resources=resources)
        _only_the_culprit(country, culprit, "ids_taken")

    asyncio.run(story())


def test_guard_records_stream_version_taken_refuses_id__not_new(
    world: World, blinded: Callable[..., None]
) -> None:
    """A stream begins once."""
    country = asyncio.run(settle(world))
    blinded()
    _only_the_culprit(
        country, country.patient_registration(country.patient), "records_stream_version_taken"
    )


def test_guard_legal_entities_edrpou_taken_refuses_legal_entity__already_registered(
    world: World, blinded: Callable[..., None]
) -> None:
    """A code stands for one institution, also when both arrive in one batch."""
    country = asyncio.run(settle(world))
    blinded()
    actor = write.Actor(uuid4(), uuid4(), country.clinic.credential)
    resource = {
        "id": str(actor.legal_entity),
        "edrpou": "30000001",
        "name": "Друга",
        "kind": "PRIMARY_CARE",
        "head": {
            "id": str(actor.employee),
            "party": {"tax_id": "2000000001", "family": "Керівник", "given": "Заклад"},
        },
    }
    culprit = country.sign("legal_entity.register", actor, resource=resource)
    _only_the_culprit(country, culprit, "legal_entities_edrpou_taken")


def test_guard_patients_tax_id_taken_refuses_patient__already_registered(
    world: World, blinded: Callable[..., None]
) -> None:
    """A tax id stands for one person, also when both arrive in one batch."""
    country = asyncio.run(settle(world))
    blinded()
    first, culprit = (_registration(country, family, "1845710290") for family in ("Один", "Два"))
    _only_the_culprit(country, culprit, "patients_tax_id_taken", before=(first,))


def test_guard_patients_name_taken_refuses_patient__already_registered(
    world: World, blinded: Callable[..., None]
) -> None:
    """Names and birth date stand for one person among those who have no tax id."""
    country = asyncio.run(settle(world))
    blinded()
    first, culprit = (_registration(country, "Один", None) for _ in range(2))
    _only_the_culprit(country, culprit, "patients_name_taken", before=(first,))


def _registration(country: Country, family: str, tax_id: str | None) -> Signed:
    resource = write.patient(
        uuid4(),
        family=family,
        given="Тест",
        birth_date=date(1980, 5, 1),
        gender="male",
        tax_id=tax_id,
        no_tax_id="REFUSED" if tax_id is None else None,
    )
    return country.sign("patient.register", country.doctor, resource=resource)


def test_guard_declarations_one_live_refuses_declaration__already_active(
    world: World, blinded: Callable[..., None]
) -> None:
    """A patient has one live declaration (rule 6)."""
    country = asyncio.run(settle(world))
    blinded()
    first, second = country.declaration(country.doctor), country.declaration(country.doctor)
    _only_the_culprit(country, second, "declarations_one_live", before=(first,))


def test_guard_healthcare_services_once_refuses_healthcare_service__already_registered(
    world: World, blinded: Callable[..., None]
) -> None:
    """A division has one service of a kind, also when both arrive in one batch."""
    country = asyncio.run(settle(world))
    place = asyncio.run(registry.division(world, country.clinic))
    paper = asyncio.run(registry.licence(world, country.clinic))
    blinded()
    first, culprit = (
        country.sign(
            "healthcare_service.register",
            country.clinic,
            resource=registers.healthcare_service(uuid4(), place, paper),
        )
        for _ in range(2)
    )
    _only_the_culprit(country, culprit, "healthcare_services_once", before=(first,))


def test_guard_employee_roles_once_refuses_employee_role__already_registered(
    world: World, blinded: Callable[..., None]
) -> None:
    """An employee is tied to a service once, also when both arrive in one batch."""
    country = asyncio.run(settle(world))
    place = asyncio.run(registry.division(world, country.clinic))
    paper = asyncio.run(registry.licence(world, country.clinic))
    care = asyncio.run(registry.service(world, country.clinic, place, paper))
    blinded()
    first, culprit = (
        country.sign(
            "employee_role.register",
            country.clinic,
            resource=registers.role(uuid4(), country.doctor.employee, care),
        )
        for _ in range(2)
    )
    _only_the_culprit(country, culprit, "employee_roles_once", before=(first,))


def test_guard_redemptions_once_refuses_referral__already_redeemed(
    world: World, blinded: Callable[..., None]
) -> None:
    """Two redemptions have a release between them (rule 47), whatever the law believes."""

    async def story() -> None:
        country = await settle(world)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, referral)
        blinded()
        culprit = country.redemption(country.specialist, referral)
        _only_the_culprit(country, culprit, "redemptions_once")

    asyncio.run(story())


def test_guard_prescriptions_number_taken_refuses_prescription__number_taken(
    world: World, blinded: Callable[..., None]
) -> None:
    """A number stands for one prescription, whatever its id yields."""

    async def story() -> None:
        country, others = await settle(world), await pharmacy.settle(world)
        first = others.issuing(uuid4(), program=None)
        number = "0000-0000-0000-0001"
        blinded(
            lambda fact: (
                fact.model_copy(update={"number": number})
                if isinstance(fact, PrescriptionIssued)
                else fact
            )
        )
        second = others.issuing(uuid4(), program=None)
        _only_the_culprit(country, second, "prescriptions_number_taken", before=(first,))

    asyncio.run(story())


def test_guard_dispenses_within_prescribed_refuses_dispense__exceeds_prescribed(
    world: World, blinded: Callable[..., None]
) -> None:
    """Never more than was prescribed (rule 60), whatever the law believes of what is held."""

    async def story() -> None:
        country, others = await settle(world), await pharmacy.settle(world)
        first, second = others.pharmacies
        prescription = await others.prescribed()
        await others.dispensed(prescription, first, 40)
        blinded()
        held = others.reserving(uuid4(), prescription, second, 20)
        culprit = others.reserving(uuid4(), prescription, first, 10)
        _only_the_culprit(country, culprit, "dispenses_within_prescribed", before=(held,))

    asyncio.run(story())


async def _priced(world: World) -> tuple[Country, UUID]:
    country = await settle(world)
    await world.tariff()
    return country, await world.contract(country.hospital)


def test_guard_tariffs_no_overlap_refuses_tariff__overlaps(
    world: World, blinded: Callable[..., None]
) -> None:
    """Two tariffs of a service never share a day."""
    country, _ = asyncio.run(_priced(world))
    blinded()
    resource = {
        "id": str(uuid4()),
        "package": "10",
        "service": {"system": write.SERVICE_SYSTEM, "code": write.CONSULTATION},
        "first_day": f"{world.clock.now.year + 1}-12-31",
        "last_day": "2099-01-01",
        "unit_price": 1,
        "order": "наказ",
    }
    culprit = country.sign("tariff.publish", world.payer, resource=resource)
    _only_the_culprit(country, culprit, "tariffs_no_overlap")


def _releasing(country: Country, year: int, version: str) -> Signed:
    resource = {**treated_case.rules(year), "version": version}
    return country.sign("grouping.release", country.world.payer, resource=resource)


def test_guard_groupings_no_overlap_refuses_grouping__overlaps(
    world: World, blinded: Callable[..., None]
) -> None:
    """Two releases of grouping rules never share a day."""
    country = asyncio.run(settle(world))
    first = _releasing(country, 2026, "1")
    blinded()
    culprit = _releasing(country, 2026, "2")
    _only_the_culprit(country, culprit, "groupings_no_overlap", before=(first,))


def test_guard_groupings_version_taken_refuses_grouping__version_taken(
    world: World, blinded: Callable[..., None]
) -> None:
    """Two releases of grouping rules never have one version."""
    country = asyncio.run(settle(world))
    first = _releasing(country, 2026, "1")
    blinded()
    culprit = _releasing(country, 2027, "1")
    _only_the_culprit(country, culprit, "groupings_version_taken", before=(first,))


def test_guard_contracts_no_overlap_refuses_contract__overlaps(
    world: World, blinded: Callable[..., None]
) -> None:
    """Two contracts of a provider for a package never share a day."""
    country, _ = asyncio.run(_priced(world))
    blinded()
    head, request = country.hospital, uuid4()
    resource = {
        "id": str(request),
        "contract": str(uuid4()),
        "kind": "MEDICAL_SERVICES",
        "packages": ["10", write.PACKAGE],
        "divisions": [str(head.division)],
        "first_day": f"{world.clock.now.year}-12-30",
        "last_day": f"{world.clock.now.year}-12-31",
    }
    asyncio.run(world.send("contract.request", head, resource=resource))
    agreed = {"request": str(request), "number": "T-2"}
    signed = world.author.sign("contract.sign", world.payer, version=2, resource=agreed)
    placement = asyncio.run(world.post(signed)).receipt.placement
    first = {
        "log": "records",
        "position": placement.first_position,
        "chain_value": placement.chain_value.hex(),
        "content_digest": sha256(signed.content).hexdigest(),
    }
    countersigned = {"request": str(request), "first": first}
    culprit = country.sign("contract.countersign", head, resource=countersigned)
    _only_the_culprit(country, culprit, "contracts_no_overlap")


async def _redeemed(country: Country) -> UUID:
    referral = await country.world.referral(country.doctor, country.patient)
    await country.world.redemption(country.specialist, country.patient, referral)
    return referral


def test_guard_charges_one_live_refuses_charge__already_live(
    world: World, blinded: Callable[..., None]
) -> None:
    """One act, package and attempt is charged once, whatever position a law writes."""

    async def story() -> None:
        country, _ = await _priced(world)
        done = await country.treated()
        paid = done.receipt.placement.first_position
        culprit = country.encounter(country.specialist, await _redeemed(country))
        blinded(
            lambda fact: (
                fact.model_copy(update={"act_position": paid})
                if isinstance(fact, ChargeAccrued)
                else fact
            )
        )
        _only_the_culprit(country, culprit, "charges_one_live")

    asyncio.run(story())


def test_guard_charges_one_live_holds_for_what_was_settled(
    world: World, blinded: Callable[..., None]
) -> None:
    """An act that found its price late is not charged again, whatever a law believes."""

    async def story() -> None:
        country = await settle(world)
        await world.contract(country.hospital)
        done = await country.treated()
        paid = done.receipt.placement
        await world.tariff()
        door = world.running.reader.notifications
        (withheld,) = door.read(door.place_at(paid.last_position - 1), 1)
        resource = {"charge": str(withheld.stream_id), "explanation": "Тариф опубліковано"}
        await world.send("charge.settle", world.payer, resource=resource)
        culprit = country.encounter(country.specialist, await _redeemed(country))
        blinded(
            lambda fact: (
                fact.model_copy(update={"act_position": paid.first_position})
                if isinstance(fact, ChargeAccrued)
                else fact
            )
        )
        _only_the_culprit(country, culprit, "charges_one_live")

    asyncio.run(story())


def test_guard_postings_balanced_refuses_posting__unbalanced(
    world: World, blinded: Callable[..., None]
) -> None:
    """Debits equal credits in the database too: a law that invents a kopiyka is refused."""

    def unbalance(fact: Fact) -> Fact:
        if not isinstance(fact, ChargeAccrued):
            return fact
        debit, credit = fact.postings
        more = debit.model_copy(update={"amount": debit.amount + 1})
        return fact.model_copy(update={"postings": (more, credit)})

    async def story() -> None:
        country, _ = await _priced(world)
        culprit = country.encounter(country.specialist, await _redeemed(country))
        blinded(unbalance)
        _only_the_culprit(country, culprit, "postings_balanced")

    asyncio.run(story())


async def _closed(world: World) -> tuple[Country, UUID, str]:
    """Treat once, let the cut-off of the month pass."""
    country, contract = await _priced(world)
    await country.treated()
    period = country.month
    await world.cut_off(period, world.clock.now + SOON)
    world.clock.ahead += 2 * SOON
    return country, contract, period


def test_guard_statements_once_refuses_statement__already_formed(
    world: World, blinded: Callable[..., None]
) -> None:
    """A contract, package and month have one statement."""

    async def story() -> None:
        country, contract, period = await _closed(world)
        await world.post(country.forming(contract, period))
        blinded()
        _only_the_culprit(country, country.forming(contract, period), "statements_once")

    asyncio.run(story())


def test_guard_payments_reference_taken_refuses_payment__reference_repeated(
    world: World, blinded: Callable[..., None]
) -> None:
    """A bank reference stands for one payment."""
    with superuser(world) as connection:
        connection.execute("INSERT INTO payments VALUES ('PAY-1', %s, 1)", (uuid4(),))
    country = asyncio.run(settle(world))
    entity = LegalEntityId(country.hospital.legal_entity)

    def pays(case: Case[Command]) -> list[Fact]:
        asked: Any = case.command.body
        return [
            PaymentRecorded(
                payment=PaymentId(asked.resource.id),
                statement=StatementId(asked.resource.statement),
                amount=asked.resource.amount,
                bank_reference=asked.resource.bank_reference,
                paid_on=asked.resource.paid_on,
                postings=transfer(
                    debit="payable", credit="bank", owner=entity, counterparty=entity, amount=1
                ),
            )
        ]

    laws = dict(_blinded())
    for kind, law in LAWS.items():
        if kind.NAME == "payment.record":
            laws[kind] = replace(law, judge=pays)
    resource = {
        "id": str(uuid4()),
        "statement": str(uuid4()),
        "amount": 1,
        "bank_reference": "PAY-1",
        "paid_on": "2026-11-01",
    }
    culprit = country.sign("payment.record", world.payer, resource=resource)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judgement, "LAWS", laws)
        _only_the_culprit(country, culprit, "payments_reference_taken")


def test_every_guard_is_violated() -> None:
    """No guard can be added without a test that violates it for real, here or with its noun."""
    elsewhere = (test_encounters, test_erasure, test_contract_months, test_offsets)
    named = " ".join([*globals(), *(name for each in elsewhere for name in vars(each))])
    assert [guard for guard in GUARDS if f"test_guard_{guard}_" not in named] == []


def test_two_culprits_of_one_batch_are_both_found(
    world: World, blinded: Callable[..., None]
) -> None:
    """Halving goes on until each culprit stands alone; all others are accepted, in order."""
    country = asyncio.run(settle(world))
    blinded()
    batch = [country.patient_registration() for _ in range(9)]
    for at in (2, 7):
        batch[at] = country.patient_registration(country.patient)
    answers = codes(commit(world, batch))
    assert [at for at, answer in enumerate(answers) if answer != "accepted"] == [2, 7]
    assert {answers[2], answers[7]} == {"id.not_new"}


def test_a_constraint_that_is_no_guard_is_corruption(
    world: World, blinded: Callable[..., None]
) -> None:
    """Where the database refuses for a reason no table names, the process stops instead of
    answering.
    """

    async def story() -> None:
        country = await settle(world)
        referral = await world.referral(country.doctor, country.patient)
        with superuser(world) as connection:
            connection.execute(
                "ALTER TABLE redemptions ADD CONSTRAINT unheard_of CHECK (position < 0)"
            )
        with pytest.raises(LedgerCorrupt) as found:
            commit(world, [country.redemption(country.specialist, referral)])
        assert found.value.kind == "database.refused_record"

    asyncio.run(story())


def test_evidence_of_a_rolled_back_batch_is_written_with_the_next(
    world: World, blinded: Callable[..., None]
) -> None:
    """A certificate whose first batch was rolled back is stored by the batch that first
    succeeds.
    """
    country = asyncio.run(settle(world))
    unseen = replace(country.doctor, credential=world.credential("Той самий", "2000000003"))
    certificate = submission(
        world, country.sign("referral.issue", unseen, resource=_referral(country, unseen))
    ).verified.evidence.certificate
    culprit_resource = write.patient(
        country.patient, family="A", given="B", birth_date=date(1980, 5, 1), gender="male"
    )
    blinded()
    culprit = country.sign("patient.register", unseen, resource=culprit_resource)
    refused = country.redemption(country.specialist, uuid4())
    good = country.sign("referral.issue", unseen, resource=_referral(country, unseen))
    with committer_of(world) as committer:
        answers = [
            committer.commit([submission(world, each)])[0] for each in (culprit, refused, good)
        ]
    assert codes(answers) == ["id.not_new", "referral.unknown", "accepted"]
    with superuser(world) as connection:
        row = connection.execute(
            "SELECT count(*) FROM evidence WHERE digest = %s", (sha256(certificate).digest(),)
        ).fetchone()
    assert row == (1,)


def _referral(country: Country, doctor: write.Actor) -> dict[str, Any]:
    return write.service_request(
        uuid4(), country.patient, doctor, authored_on=country.world.clock.now - SOON
    )
