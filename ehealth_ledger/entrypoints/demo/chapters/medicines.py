"""Medicines: a program, a pharmacy, a prescription handed out in parts, and what is taken back."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.entrypoints.demo import acts
from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources import medication, prescription, registry
from ehealth_ledger.values.time import month_of

SETTINGS = (
    "skip_employment_declaration_verify",
    "skip_legal_entity_declaration_verify",
    "multi_medication_dispense_allowed",
)

REST = 40  # tablets handed out last
PLANNED = 5_000  # kopiykas a month: twenty-five of the sixty tablets


@dataclass(frozen=True, slots=True)
class Market:
    """Hold what may be prescribed and who hands it out."""

    generic: UUID
    product: UUID
    program: UUID
    pharmacist: Actor
    drugstore: UUID
    contract: UUID  # under which the payer reimburses


def medicines(stage: Stage) -> Play:
    """Publish, prescribe, hand out, end."""
    market = yield from _opened(stage)
    first, registered = stage.newcomer("Гіпертонічна")
    yield registered
    yield from _in_parts(stage, market, first)
    second, registered = stage.newcomer("Непевна")
    yield registered
    yield from _taken_back(stage, market, second)
    yield from _ended(stage, market)


def _opened(stage: Stage) -> Generator[Signed, None, Market]:
    payer, (generic, product, program) = stage.payer, (uuid4() for _ in range(3))
    for command, resource in (
        ("medication.publish", medication.innm_dosage(generic)),
        ("medication.publish", medication.product(product, generic)),
        ("medical_program.publish", medication.program(program, settings=SETTINGS)),
        ("program_medication.add", medication.program_medications(program, product)),
    ):
        yield stage.sign(command, payer, resource=resource)
    head = yield from stage.institution("Аптека «Подорожник»", "PHARMACY")
    drugstore = head.division
    place = registry.division(drugstore, kind="DRUGSTORE", name="Аптека")
    yield stage.sign("division.register", head, resource=place)
    yield stage.sign("licence.register", head, resource=registry.licence(uuid4(), kind="PHARMACY"))
    verdict = {"division": str(drugstore), "verdict": "VERIFIED", "reason": "Є в реєстрі ДЛС"}
    yield stage.sign("division.verify_dls", payer, resource=verdict)
    pharmacist, party = stage.person("Провізор", head)
    hired = registry.employment(pharmacist.employee, party, "PHARMACIST", division=drugstore)
    yield stage.sign("employee.register", head, resource=hired)
    provided = {
        "program": str(program),
        "division": str(drugstore),
        "first_day": stage.today.isoformat(),
    }
    yield stage.sign("program_provision.open", payer, resource=provided)
    contract = yield from _reimbursed(stage, head, program)
    return Market(generic, product, program, pharmacist, drugstore, contract)


def _reimbursed(stage: Stage, head: Actor, program: UUID) -> Generator[Signed, None, UUID]:
    """Conclude the contract under which the payer reimburses what the pharmacy hands out.

    It plans less than will be handed out this month: what goes beyond is flagged, and paid.
    """
    author, request, contract = stage.author, uuid4(), uuid4()
    wish = {
        "id": str(request),
        "contract": str(contract),
        "kind": "REIMBURSEMENT",
        "packages": [str(program)],
        "divisions": [str(head.division)],
        "first_day": f"{stage.today.year}-01-01",
        "last_day": f"{stage.today.year}-12-31",
    }
    yield stage.sign("contract.request", head, resource=wish)
    planned = {"package": str(program), "period": month_of(stage.today), "amount": PLANNED}
    agreed = {"request": str(request), "number": "ДЛ-1", "plan": [planned]}
    signed = stage.sign("contract.sign", stage.payer, version=2, resource=agreed)
    yield signed
    yield acts.countersign_contract(author, head, request, signed, stage.placed(signed.command_id))
    return contract


def _prescribed(stage: Stage, market: Market, patient: UUID) -> Generator[Signed, None, UUID]:
    episode, opened = stage.episode(patient, stage.specialist)
    yield opened
    package, recorded = stage.visit(patient, stage.specialist, episode)
    yield recorded
    wanted = uuid4()
    resource = prescription.medication_request(
        wanted,
        patient=patient,
        encounter=UUID(package[0]["id"]),
        requester=stage.specialist.employee,
        division=stage.specialist.division,
        medication=market.generic,
        program=market.program,
        authored_on=stage.just_now,
        first_day=stage.today,
    )
    yield stage.sign("prescription.issue", stage.specialist, resource=resource)
    return wanted


def _in_parts(stage: Stage, market: Market, patient: UUID) -> Play:
    """Sixty tablets are handed out as twenty and forty; a hold in between is given back.

    While the last forty are held the payer suspends the contract: they are handed out, and paid
    once it is resumed.
    """
    wanted = yield from _prescribed(stage, market, patient)
    standing = {"contract": str(market.contract), "reason": "Перевірка закладу"}
    last = uuid4()
    for dispense, quantity, handed_out in (
        (uuid4(), 20, True),
        (uuid4(), 20, False),
        (last, REST, True),
    ):
        yield _held(stage, market, patient, wanted, dispense, quantity)
        if dispense == last:
            yield stage.sign("contract.suspend", stage.payer, resource=standing)
        if handed_out:
            yield _handed_out(stage, market, patient, wanted, dispense, quantity)
        else:
            reason = prescription.reason(prescription.DISPENSE_REASONS)
            yield _about(
                stage,
                "dispense.reject",
                market.pharmacist,
                wanted,
                patient,
                dispense=str(dispense),
                reason=reason,
            )
    yield stage.sign("contract.resume", stage.payer, resource=standing)
    settled = {
        "charge": str(charge_id(last, ATTEMPT_FIRST)),
        "explanation": "Договір поновлено",
    }
    yield stage.sign("charge.settle", stage.payer, resource=settled)


def _held(
    stage: Stage, market: Market, patient: UUID, wanted: UUID, dispense: UUID, quantity: int
) -> Signed:
    resource = prescription.hold(
        dispense,
        prescription=wanted,
        patient=patient,
        code=stage.dispense_code(wanted),
        division=market.drugstore,
        program=market.program,
        medication=market.product,
        quantity=quantity,
    )
    return stage.sign("dispense.reserve", market.pharmacist, resource=resource)


def _handed_out(
    stage: Stage, market: Market, patient: UUID, wanted: UUID, dispense: UUID, quantity: int
) -> Signed:
    resource = prescription.medication_dispense(
        dispense,
        prescription=wanted,
        patient=patient,
        pharmacist=market.pharmacist.employee,
        division=market.drugstore,
        program=market.program,
        medication=market.product,
        handed_over=stage.just_now,
        quantity=quantity,
    )
    prices = prescription.prices(quantity=quantity, discount=quantity * 200)
    return stage.sign("dispense.process", market.pharmacist, resource=resource, prices=prices)


def _taken_back(stage: Stage, market: Market, patient: UUID) -> Play:
    """Block a prescription, let it go on, and reject it."""
    wanted = yield from _prescribed(stage, market, patient)
    doctor = stage.specialist
    block = prescription.reason(prescription.BLOCK_REASONS)
    yield _about(stage, "prescription.block", doctor, wanted, patient, reason=block)
    yield _about(stage, "prescription.unblock", doctor, wanted, patient, reason=block)
    yield _about(
        stage,
        "prescription.reject",
        doctor,
        wanted,
        patient,
        reason=prescription.reason(prescription.REJECT_REASONS),
        explanation="Змінено лікування",
    )


def _ended(stage: Stage, market: Market) -> Play:
    """Let the pharmacy leave, the product leave the program, the medicine its use."""
    payer, today = stage.payer, stage.today.isoformat()
    left = {
        "program": str(market.program),
        "division": str(market.drugstore),
        "from_day": (stage.today + timedelta(days=1)).isoformat(),
    }
    yield stage.sign("program_provision.close", payer, resource=left)
    ended = {
        "program": str(market.program),
        "medication": str(market.product),
        "last_day": today,
        "order": medication.ORDER,
    }
    yield stage.sign("program_medication.end", payer, resource=ended)
    for medicine in (market.product, market.generic):
        named = {"medication": str(medicine), "order": medication.ORDER}
        yield stage.sign("medication.deactivate", payer, resource=named)


def _about(
    stage: Stage, command: str, actor: Actor, wanted: UUID, patient: UUID, **more: Any
) -> Signed:
    resource = prescription.named(wanted, patient, **more)
    return stage.sign(command, actor, resource=resource)
