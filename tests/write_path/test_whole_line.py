"""Follow one act from the doctor's signature to the payment."""

from __future__ import annotations

import asyncio

from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World


def test_a_signed_act_becomes_a_paid_line(world: World) -> None:
    """A referral is issued, redeemed, treated; the act priced, stated, signed, accepted, paid."""

    async def story() -> None:
        clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
        hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
        doctor = await world.employee(clinic, "DOCTOR", "2000000003")
        specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
        await world.tariff()
        await world.contract(hospital)
        patient = await world.patient(doctor)
        referral = await world.referral(doctor, patient)
        await world.redemption(specialist, patient, referral)
        done = await world.encounter(specialist, patient, referral)
        assert (
            done.receipt.placement.last_position - done.receipt.placement.first_position == 3
        )  # act, diagnoses, referral, charge

    asyncio.run(story())
