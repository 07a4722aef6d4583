"""Inpatients: a case that the rules group and its weight prices, and one that fits no group."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.resources import treated_case
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.values.time import kyiv_day

STAY_DAYS = 3


def inpatients(stage: Stage) -> Play:
    """Discharge two patients; whether either is paid is for the payer's rules to say."""
    surgeon = stage.specialist
    patient, registered = stage.newcomer("Стаціонарна")
    yield registered
    admitted = kyiv_day(stage.now - timedelta(days=STAY_DAYS + 1))
    episode = uuid4()
    opened = episode_of_care(episode, patient, surgeon, started_on=admitted)
    yield stage.sign("episode.open", surgeon, resource=opened)
    appendix = treated_case.discharge(
        patient,
        surgeon,
        at=stage.now,
        episode=episode,
        beside=(treated_case.DIABETES,),
        days=STAY_DAYS,
    )
    yield stage.sign("encounter.record", surgeon, resources=appendix)
    pneumonia = treated_case.discharge(
        patient,
        surgeon,
        at=stage.now,
        episode=episode,
        diagnosis=treated_case.PNEUMONIA,
        done=(),
        days=STAY_DAYS,
    )
    yield stage.sign("encounter.record", surgeon, resources=pneumonia)
