"""Diagnostics: specimens, reports and procedures outside a visit, and conclusions on paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.resources import diagnostics as resources
from ehealth_ledger.values.json import Json

WRONG: Json = {"reason": "typo", "explanation": "Внесено помилково"}


def diagnostics(stage: Stage) -> Play:
    """Take, examine, report, conclude, and take back."""
    patient, registered = stage.newcomer("Обстежувана")
    yield registered
    yield from _specimens(stage, patient)
    yield from _report(stage, patient)
    yield from _procedure(stage, patient)
    yield from _conclusion(stage, patient)


def _specimens(stage: Stage, patient: UUID) -> Play:
    """Four go four ways: used up, unsatisfactory, taken by mistake, received by a laboratory."""

    def taken(specimen: UUID) -> Signed:
        resource = resources.specimen(specimen, patient, stage.specialist, at=stage.just_now)
        return stage.sign("specimen.register", stage.specialist, resource=resource)

    def about(command: str, specimen: UUID, **more: Any) -> Signed:
        named = {"specimen": str(specimen), "patient": str(patient), **more}
        return stage.sign(command, stage.specialist, resource=named)

    used, poor, wrong, received = (uuid4() for _ in range(4))
    for each in (used, poor, wrong, received):
        yield taken(each)
    yield about("specimen.process", received, received_at=stage.now.isoformat())
    yield about("specimen.invalidate", used, reason="used_up")
    yield about("specimen.reject", poor, reason="insufficient")
    yield about("specimen.cancel", wrong, cancellation=WRONG)


def _report(stage: Stage, patient: UUID) -> Play:
    report, observation, at = uuid4(), uuid4(), stage.just_now
    paper = resources.paper_referral("99000009", "Лікар Паперовий", stage.today.isoformat())

    def written(*, in_error: bool) -> list[Json]:
        return resources.laboratory_report(
            *(report, observation, patient, stage.specialist),
            at=at,
            paper=paper,
            in_error=in_error,
        )

    recorded = written(in_error=False)
    yield stage.sign("diagnostic_report.record", stage.specialist, resources=recorded)
    yield stage.sign(
        "diagnostic_report.cancel",
        stage.specialist,
        cancellation=WRONG,
        resources=written(in_error=True),
    )


def _procedure(stage: Stage, patient: UUID) -> Play:
    procedure, at = uuid4(), stage.just_now
    paper = resources.paper_referral("99000009", "Лікар Паперовий", stage.today.isoformat())

    def done(*, in_error: bool) -> Json:
        return resources.procedure(
            procedure, patient, stage.specialist, at=at, paper=paper, in_error=in_error
        )

    yield stage.sign("procedure.record", stage.specialist, resource=done(in_error=False))
    yield stage.sign(
        "procedure.cancel",
        stage.specialist,
        cancellation=WRONG,
        resource=done(in_error=True),
    )


def _conclusion(stage: Stage, patient: UUID) -> Play:
    episode, opened = stage.episode(patient, stage.specialist)
    yield opened
    package, recorded = stage.visit(patient, stage.specialist, episode)
    yield recorded
    composition, at = uuid4(), stage.just_now

    def concluded(*, in_error: bool) -> Json:
        return resources.disability(
            composition,
            patient,
            stage.specialist,
            UUID(package[0]["id"]),
            at=at,
            in_error=in_error,
        )

    yield stage.sign("composition.sign", stage.specialist, resource=concluded(in_error=False))
    yield stage.sign(
        "composition.cancel",
        stage.specialist,
        cancellation=WRONG,
        resource=concluded(in_error=True),
    )
