"""Issue, give back and follow referrals; make care plans under a patient's approval."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources import care_plan as resources
from ehealth_ledger.intake.answers import Accepted
from tests.world import World


def _named(referral: UUID, patient: UUID, **more: object) -> dict[str, str]:
    return {"referral": str(referral), "patient": str(patient)} | {
        name: str(value) for name, value in more.items()
    }


def signed(
    world: World, command: str, actor: Actor, patient: UUID, referral: UUID, **more: object
) -> Signed:
    """Sign an act upon a referral that has no resource of its own."""
    return world.author.sign(command, actor, resource=_named(referral, patient, **more))


def redemption(world: World, actor: Actor, patient: UUID, referral: UUID) -> Signed:
    """Sign a redemption by its performer."""
    return signed(world, "referral.redeem", actor, patient, referral, performer=actor.employee)


async def issue(world: World, doctor: Actor, patient: UUID, **more: Any) -> UUID:
    """Issue a referral; `more` are further elements of the resource, or days of its period."""
    referral = uuid4()
    at = world.clock.now - timedelta(seconds=1)
    resource = write.service_request(referral, patient, doctor, authored_on=at, **more)
    await world.send("referral.issue", doctor, resource=resource)
    return referral


async def approve(
    world: World, doctor: Actor, patient: UUID, *, level: str = "write", **selector: object
) -> UUID:
    """Ask for access and record that the patient agreed."""
    approval = uuid4()
    chosen = selector or {"whole_patient": True}
    resource = resources.approval(approval, patient, doctor, level=level, **chosen)
    await world.send("approval.request", doctor, resource=resource)
    confirmation = {
        "approval": str(approval),
        "patient": str(patient),
        "method": "OTP",
        "evidence": "sms",
    }
    await world.send("approval.confirm", doctor, resource=confirmation)
    return approval


async def plan(world: World, doctor: Actor, patient: UUID, **more: Any) -> UUID:
    """Make a care plan, without activities yet."""
    care_plan = uuid4()
    at = world.clock.now - timedelta(seconds=2)
    resource = resources.care_plan(care_plan, patient, doctor, at=at, **more)
    await world.send("care_plan.create", doctor, resource=resource)
    return care_plan


async def schedule(
    world: World, doctor: Actor, patient: UUID, care_plan: UUID, **more: Any
) -> UUID:
    """Add an activity to a care plan."""
    activity = uuid4()
    at = world.clock.now - timedelta(seconds=1, milliseconds=500)
    resource = resources.activity(care_plan, patient, activity, at=at, **more)
    await world.send("care_plan.add_activity", doctor, resource=resource)
    return activity


async def settle(
    world: World, doctor: Actor, patient: UUID, care_plan: UUID, act: str, **more: object
) -> Accepted:
    """Complete or cancel a care plan, or an activity of it."""
    resource = {"care_plan": str(care_plan), "patient": str(patient)} | {
        name: str(value) for name, value in more.items()
    }
    return await world.send(f"care_plan.{act}", doctor, resource=resource)
