"""Care: episodes to every end, a package with one of each member, and its cancellation."""

from __future__ import annotations

from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.resources import encounter


def care(stage: Stage) -> Play:
    """Lead three episodes: one closed, one in error, one with everything a package may hold."""
    doctor = stage.specialist
    patient, registered = stage.newcomer("Пацієнтка")
    yield registered
    closing, opened = stage.episode(patient, doctor)
    yield opened
    named = {"episode": str(closing), "patient": str(patient)}
    renamed = {**named, "name": "Спостереження після лікування"}
    yield stage.sign("episode.update", doctor, resource=renamed)
    ended = {
        **named,
        "last_day": stage.today.isoformat(),
        "reason": "resolved",
        "summary": "Одужання",
    }
    yield stage.sign("episode.close", doctor, resource=ended)
    wrong, opened = stage.episode(patient, doctor)
    yield opened
    mistaken = {
        "episode": str(wrong),
        "patient": str(patient),
        "reason": "typo",
        "explanatory_letter": "Відкрито помилково",
    }
    yield stage.sign("episode.cancel", doctor, resource=mistaken)
    episode, opened = stage.episode(patient, doctor)
    yield opened
    package, _ = stage.visit(patient, doctor, episode)
    package += encounter.everything_else(package, patient, doctor, at=stage.now)
    yield stage.sign("encounter.record", doctor, resources=package)
    cancelled = {
        "encounter": package[0]["id"],
        "patient": str(patient),
        "reason": "typo",
        "explanatory_letter": "Внесено помилково",
    }
    yield stage.sign(
        "encounter.cancel", doctor, resource=cancelled, resources=encounter.cancelled(package)
    )
