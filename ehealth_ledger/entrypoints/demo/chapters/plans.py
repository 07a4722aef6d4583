"""Plans: what a patient lets whom do, what is planned for long, and referrals to every end."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.resources import care_plan as resources
from ehealth_ledger.entrypoints.demo.resources import medication


def plans(stage: Stage) -> Play:
    """Agree, plan, refer."""
    patient, registered = stage.newcomer("Хронічна")
    yield registered
    yield from _approvals(stage, patient)
    yield from _care_plans(stage, patient)
    yield from _referrals(stage, patient)
    yield from _programmed(stage, patient)


def _approvals(stage: Stage, patient: UUID) -> Play:
    """Let the doctor write, and take back what was let be seen."""
    for level, stays in (("write", True), ("read", False)):
        approval = uuid4()
        asked = resources.approval(approval, patient, stage.doctor, level=level, whole_patient=True)
        yield stage.sign("approval.request", stage.doctor, resource=asked)
        named = {"approval": str(approval), "patient": str(patient)}
        agreed = {**named, "method": "OTP", "evidence": "код підтверджено"}
        yield stage.sign("approval.confirm", stage.doctor, resource=agreed)
        if not stays:
            ended = {**named, "reason": "На прохання пацієнтки"}
            yield stage.sign("approval.cancel", stage.doctor, resource=ended)


def _care_plans(stage: Stage, patient: UUID) -> Play:
    """One plan is fulfilled by a referral of it, one is given up."""
    plan, activity = uuid4(), uuid4()
    yield _planned(stage, patient, plan)
    yield _scheduled(stage, patient, plan, activity)
    referral, issued = stage.referral(patient, basedOn=[resources.based_on(plan, activity)])
    yield issued
    redeemed = {
        "referral": str(referral),
        "patient": str(patient),
        "performer": str(stage.specialist.employee),
    }
    yield stage.sign("referral.redeem", stage.specialist, resource=redeemed)
    episode, opened = stage.episode(patient, stage.specialist)
    yield opened
    _, recorded = stage.visit(patient, stage.specialist, episode, referral)
    yield recorded
    yield _settled(stage, patient, plan, "complete_activity", activity=str(activity))
    dropped = uuid4()
    yield _scheduled(stage, patient, plan, dropped)
    yield _settled(
        stage,
        patient,
        plan,
        "cancel_activity",
        activity=str(dropped),
        reason="Більше не потрібно",
    )
    yield _settled(stage, patient, plan, "complete")
    given_up = uuid4()
    yield _planned(stage, patient, given_up)
    yield _settled(stage, patient, given_up, "cancel", reason="Лікування змінено")


def _planned(stage: Stage, patient: UUID, plan: UUID) -> Signed:
    resource = resources.care_plan(plan, patient, stage.doctor, at=stage.just_now)
    return stage.sign("care_plan.create", stage.doctor, resource=resource)


def _scheduled(stage: Stage, patient: UUID, plan: UUID, activity: UUID) -> Signed:
    resource = resources.activity(plan, patient, activity, at=stage.just_now)
    return stage.sign("care_plan.add_activity", stage.doctor, resource=resource)


def _settled(stage: Stage, patient: UUID, plan: UUID, act: str, **more: str) -> Signed:
    named = {"care_plan": str(plan), "patient": str(patient), **more}
    return stage.sign(f"care_plan.{act}", stage.doctor, resource=named)


def _referrals(stage: Stage, patient: UUID) -> Play:
    """One is given back, recalled; one is written in error; one is completed by hand."""

    def about(command: str, referral: UUID, **more: Any) -> Signed:
        named = {"referral": str(referral), "patient": str(patient), **more}
        actor = stage.doctor if "reason" in more else stage.specialist
        return stage.sign(f"referral.{command}", actor, resource=named)

    performer = str(stage.specialist.employee)
    returned, issued = stage.referral(patient)
    yield issued
    yield about("redeem", returned, performer=performer)
    yield about("release", returned)
    yield about("recall", returned, reason="Самопочуття покращилось")
    mistaken, issued = stage.referral(patient)
    yield issued
    yield about("cancel", mistaken, reason="Не тій людині")


def _programmed(stage: Stage, patient: UUID) -> Play:
    """Qualify a referral within a program, redeem, begin and complete it."""
    program, payer = uuid4(), stage.payer
    published = medication.program(program, kind="SERVICE")
    yield stage.sign("medical_program.publish", payer, resource=published)
    service = (write.SERVICE_SYSTEM, write.CONSULTATION)
    bought = medication.program_services(program, service)
    yield stage.sign("program_service.add", payer, resource=bought)
    within = {"url": "eHealth/extensions/medical_program", "valueId": str(program)}
    referral, issued = stage.referral(patient, extension=[within])
    yield issued
    named = {"referral": str(referral), "patient": str(patient)}
    qualified = {**named, "program": str(program)}
    yield stage.sign("referral.qualify", stage.specialist, resource=qualified)
    redeemed = {**named, "performer": str(stage.specialist.employee)}
    yield stage.sign("referral.redeem", stage.specialist, resource=redeemed)
    yield stage.sign("referral.process", stage.specialist, resource=named)
    episode, opened = stage.episode(patient, stage.specialist)
    yield opened
    package, recorded = stage.visit(patient, stage.specialist, episode)
    yield recorded
    completed = {**named, "encounter": package[0]["id"]}
    yield stage.sign("referral.complete", stage.specialist, resource=completed)
    system, code = service
    ended = {
        "program": str(program),
        "service": {"system": system, "code": code},
        "last_day": stage.today.isoformat(),
        "order": medication.ORDER,
    }
    yield stage.sign("program_service.end", payer, resource=ended)
    stopped = {"program": str(program), "order": medication.ORDER}
    yield stage.sign("medical_program.deactivate", payer, resource=stopped)
