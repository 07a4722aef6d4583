"""Treat two patients alike by every kind of act, and pay for it."""

from __future__ import annotations

from uuid import UUID

from tests.countries import pharmacy
from tests.countries import referral as referrals
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, StatedAs, World


async def live(world: World) -> tuple[UUID, UUID, UUID, StatedAs]:
    """Treat two patients alike, state and pay it; one of them leaves the doctor."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
    await world.tariff()
    contract = await world.contract(hospital)
    patients = [await world.patient(doctor) for _ in range(2)]
    declarations = [await world.declaration(doctor, each) for each in patients]
    shown: list[UUID] = []
    for patient in patients:
        await referrals.approve(world, doctor, patient)
        await referrals.plan(world, doctor, patient)
        referral = await world.referral(doctor, patient)
        await world.redemption(specialist, patient, referral)
        await world.encounter(specialist, patient, referral)
        shown.append(referral)
    counter = await pharmacy.supplied(world, doctor, await world.division(doctor), patients[0])
    await counter.reserved(await counter.prescribed(), counter.pharmacies[0])
    stated = await world.paid_month(contract, hospital)
    left = {
        "declaration": str(declarations[0]),
        "patient": str(patients[0]),
        "reason": "За рішенням суду",
    }
    await world.send("declaration.terminate", doctor, resource=left)
    return patients[0], patients[1], shown[0], stated
