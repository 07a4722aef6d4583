"""Set accepted scenes of commands about declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.values.identifiers import (
    PatientId,
)
from tests.laws.bench import Scene
from tests.laws.scenes.common import (
    ACTOR,
    NEW,
    PATIENT,
    scene,
)


def sign_declaration() -> Scene:
    resource = {"id": str(NEW), "patient": str(PATIENT), "doctor": str(ACTOR)}
    states = {PATIENT: Patient(PatientId(PATIENT))}
    return scene("DOCTOR", "declaration.sign", states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "declaration.sign": sign_declaration,
}
