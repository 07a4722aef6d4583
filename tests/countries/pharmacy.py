"""Settle doctors, pharmacies and a program, and lead prescriptions through them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import commands as demo
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources import medication, prescription
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.identifiers import PrescriptionId
from ehealth_ledger.values.time import kyiv_day
from tests.countries import registry as places
from tests.world import World

SKIPPING = ("skip_employment_declaration_verify", "skip_legal_entity_declaration_verify")
MULTI = (*SKIPPING, "multi_medication_dispense_allowed")


@dataclass(frozen=True)
class Pharmacy:
    """Hold a drugstore, the pharmacist who works there, and its contract with the payer."""

    pharmacist: Actor
    drugstore: UUID
    contract: UUID


@dataclass(frozen=True)
class Country:
    """Hold who prescribes, who dispenses, and what."""

    world: World
    doctor: Actor
    division: UUID
    patient: UUID
    encounter: UUID
    generic: UUID
    product: UUID
    program: UUID
    pharmacies: tuple[Pharmacy, ...]

    def for_patient(self, patient: UUID, encounter: UUID) -> Country:
        """Return the same country with another patient at the counter."""
        return replace(self, patient=patient, encounter=encounter)

    # Signed commands, not posted yet

    def issuing(self, prescription_id: UUID, **options: Any) -> Signed:
        """Write a prescription of the program, from today on."""
        now = self.world.clock.now
        fields: dict[str, Any] = {
            "patient": self.patient,
            "encounter": self.encounter,
            "requester": self.doctor.employee,
            "division": self.division,
            "medication": self.generic,
            "program": self.program,
            "authored_on": now - timedelta(seconds=1),
            "first_day": kyiv_day(now),
        }
        resource = prescription.medication_request(prescription_id, **(fields | options))
        return self.world.author.sign("prescription.issue", self.doctor, resource=resource)

    def reserving(
        self, dispense: UUID, prescription_id: UUID, pharmacy: Pharmacy, quantity: int = 60
    ) -> Signed:
        """Write a hold of the product."""
        resource = prescription.hold(
            dispense,
            prescription=prescription_id,
            patient=self.patient,
            code=self.code(prescription_id),
            division=pharmacy.drugstore,
            program=self.program,
            medication=self.product,
            quantity=quantity,
        )
        return self.world.author.sign("dispense.reserve", pharmacy.pharmacist, resource=resource)

    def processing(
        self, dispense: UUID, prescription_id: UUID, pharmacy: Pharmacy, quantity: int = 60
    ) -> Signed:
        """Write what is handed out of a hold, at a price that the program grants."""
        resource = prescription.medication_dispense(
            dispense,
            prescription=prescription_id,
            patient=self.patient,
            pharmacist=pharmacy.pharmacist.employee,
            division=pharmacy.drugstore,
            program=self.program,
            medication=self.product,
            handed_over=self.world.clock.now - timedelta(seconds=1),
            quantity=quantity,
        )
        prices = prescription.prices(quantity=quantity, discount=quantity * 200)
        return self.world.author.sign(
            "dispense.process", pharmacy.pharmacist, resource=resource, prices=prices
        )

    def rejecting(self, dispense: UUID, prescription_id: UUID, pharmacy: Pharmacy) -> Signed:
        """Write the end of a hold."""
        resource = prescription.named(
            prescription_id,
            self.patient,
            dispense=str(dispense),
            reason=prescription.reason(prescription.DISPENSE_REASONS),
        )
        return self.world.author.sign("dispense.reject", pharmacy.pharmacist, resource=resource)

    def code(self, prescription_id: UUID) -> str:
        """Return the code the patient was given."""
        return self.world.running.reader.vault.dispense_code(PrescriptionId(prescription_id))

    # What is posted and accepted

    async def prescribed(self, **options: Any) -> UUID:
        """Issue a prescription."""
        prescription_id = uuid4()
        await self.world.post(self.issuing(prescription_id, **options))
        return prescription_id

    async def reserved(self, prescription_id: UUID, pharmacy: Pharmacy, quantity: int = 60) -> UUID:
        """Hold a quantity."""
        dispense = uuid4()
        await self.world.post(self.reserving(dispense, prescription_id, pharmacy, quantity))
        return dispense

    async def dispensed(
        self, prescription_id: UUID, pharmacy: Pharmacy, quantity: int = 60
    ) -> UUID:
        """Hold a quantity and hand it out."""
        dispense = await self.reserved(prescription_id, pharmacy, quantity)
        await self.world.post(self.processing(dispense, prescription_id, pharmacy, quantity))
        return dispense

    async def about(
        self, command: str, actor: Actor, prescription_id: UUID, **more: Any
    ) -> Accepted:
        """Block, unblock or reject a prescription."""
        rejecting = command == "prescription.reject"
        system = prescription.REJECT_REASONS if rejecting else prescription.BLOCK_REASONS
        resource = prescription.named(
            prescription_id, self.patient, reason=prescription.reason(system), **more
        )
        return await self.world.send(command, actor, resource=resource)


async def another_patient(country: Country) -> Country:
    """Register one patient more, seen by the same doctor."""
    patient = await country.world.patient(country.doctor)
    encounter = await encountered(country.world, country.doctor, patient)
    return country.for_patient(patient, encounter)


async def settle(world: World, settings: Sequence[str] = SKIPPING) -> Country:
    """Publish a program with one product; settle a clinic, and two pharmacies that provide it."""
    clinic = await world.institution("40000010", "PRIMARY_CARE", "2000000031")
    doctor = await world.employee(clinic, "DOCTOR", "2000000033")
    division = await places.division(world, clinic)
    patient = await world.patient(doctor)
    return await supplied(world, doctor, division, patient, settings)


async def supplied(
    world: World,
    doctor: Actor,
    division: UUID,
    patient: UUID,
    settings: Sequence[str] = SKIPPING,
) -> Country:
    """Publish a program with one product and two pharmacies; let the doctor see the patient."""
    encounter = await encountered(world, doctor, patient)
    generic, product, program = uuid4(), uuid4(), uuid4()
    for command, resource in (
        ("medication.publish", medication.innm_dosage(generic)),
        ("medication.publish", medication.product(product, generic)),
        ("medical_program.publish", medication.program(program, settings=settings)),
        ("program_medication.add", medication.program_medications(program, product)),
    ):
        await world.send(command, world.payer, resource=resource)
    pharmacies = (
        await _pharmacy(world, program, "40000011", "2000000011"),
        await _pharmacy(world, program, "40000012", "2000000021"),
    )
    return Country(
        world, doctor, division, patient, encounter, generic, product, program, pharmacies
    )


async def encountered(world: World, doctor: Actor, patient: UUID) -> UUID:
    """Record an encounter of the patient, at which something can be prescribed."""
    opened = kyiv_day(world.clock.now - timedelta(days=1))  # the visit may cross midnight
    episode = await world.episode(doctor, patient, started_on=opened)
    resources = demo.encounter_package(patient, doctor, at=world.clock.now, episode=episode)
    await world.send("encounter.record", doctor, resources=resources)
    return UUID(resources[0]["id"])


async def _pharmacy(world: World, program: UUID, edrpou: str, tax_id: str) -> Pharmacy:
    head = await world.institution(edrpou, "PHARMACY", tax_id)
    pharmacist = await world.employee(head, "PHARMACIST", str(int(tax_id) + 1))
    await places.licence(world, head, kind="PHARMACY")
    drugstore = await places.division(world, head, kind="DRUGSTORE")
    verdict = {"division": str(drugstore), "verdict": "VERIFIED", "reason": "Є в реєстрі ДЛС"}
    await world.send("division.verify_dls", world.payer, resource=verdict)
    resource = {
        "program": str(program),
        "division": str(drugstore),
        "first_day": kyiv_day(world.clock.now).isoformat(),
    }
    await world.send("program_provision.open", world.payer, resource=resource)
    contract = await world.contract(
        head, kind="REIMBURSEMENT", packages=[str(program)], divisions=[str(drugstore)]
    )
    return Pharmacy(pharmacist, drugstore, contract)
