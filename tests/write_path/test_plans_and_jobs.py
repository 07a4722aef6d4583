"""What laws ask beyond their command: approvals of a care plan, and a doctor's other jobs."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.aggregates.care_plan import CarePlan
from ehealth_ledger.commands.fhir.care_plan import INNM_DOSAGES
from ehealth_ledger.entrypoints.demo.commands import codings
from ehealth_ledger.entrypoints.demo.resources import care_plan as write
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.errors import Refusal
from ehealth_ledger.events.declaration import DeclarationSigned
from ehealth_ledger.store.ledger import Ledger
from tests.countries import pharmacy
from tests.countries import referral as referrals
from tests.world import World
from tests.write_path.country import settle


def _facts(world: World, kind: type[Any]) -> list[Any]:
    door = world.running.reader.notifications
    records = door.read(door.place_at(0), 10_000)
    return [each.fact for each in records if isinstance(each.fact, kind)]


def test_rule_9_the_limit_is_the_lowest_over_all_jobs(world: World) -> None:
    """A family doctor who is a paediatrician in another institution has a paediatrician's limit."""

    async def story() -> None:
        country = await settle(world)
        doctor, patient = country.doctor, country.patient
        await world.declaration(doctor, patient)
        second = await world.institution("30000009", "PRIMARY_CARE", "2000000031")
        party = registry.party("2000000003", "Лікар", "Тест")
        job = uuid4()
        employment = registry.employment(job, party, "DOCTOR", speciality="PEDIATRICIAN")
        await world.send("employee.register", second, resource=employment)
        await world.declaration(doctor, await world.patient(doctor))
        dismissal = {"employee": str(job), "reason": "За власним бажанням"}
        await world.send("employee.dismiss", second, resource=dismissal)
        await world.declaration(doctor, await world.patient(doctor))

    asyncio.run(story())
    limits = [each.limit for each in _facts(world, DeclarationSigned)]
    assert limits == [1_800, 900, 1_800]


def test_rule_51_two_prescriptions_share_what_a_care_plan_foresees(world: World) -> None:
    """The first takes its tablets, the second finds too few, and gets them once the first is gone.

    Without the patient's approval nothing is taken at all.
    """

    async def refusal(country: pharmacy.Country, **more: Any) -> str:
        with pytest.raises(Refusal) as refused:
            await country.prescribed(**more)
        return refused.value.code

    async def story() -> tuple[UUID, UUID]:
        country = await pharmacy.settle(world)
        doctor, patient = country.doctor, country.patient
        plan = await referrals.plan(world, doctor, patient)
        approval = await referrals.approve(world, doctor, patient)
        medicine = codings(INNM_DOSAGES, str(country.generic))
        activity = await referrals.schedule(
            world, doctor, patient, plan, quantity=100, kind="MedicationRequest", code=medicine
        )
        planned = {"basedOn": [write.based_on(plan, activity)], "program": None}
        first = await country.prescribed(**planned)
        assert await refusal(country, **planned) == "care_plan.quantity_exhausted"
        await country.about("prescription.reject", doctor, first, explanation="Інший препарат")
        named = {"approval": str(approval), "patient": str(patient), "reason": "відкликано"}
        await world.send("approval.cancel", doctor, resource=named)
        assert await refusal(country, **planned) == "care_plan.no_write_approval"
        await referrals.approve(world, doctor, patient)
        return plan, await country.prescribed(**planned)

    plan, second = asyncio.run(story())
    ledger = Ledger(world.urls.ledger, world.running.reader.mapper)
    try:
        state = ledger.state_of(plan)
    finally:
        ledger.close()
    assert isinstance(state, CarePlan)
    (activity,) = state.activities.values()
    assert (activity.remaining, dict(activity.uses)) == (40, {second: 60})
