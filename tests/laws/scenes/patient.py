"""Set accepted scenes of commands about people who receive care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.laws.bench import Scene
from tests.laws.scenes.common import (
    NEW,
    scene,
)


def register_patient() -> Scene:
    resource = {
        "resourceType": "Patient",
        "id": str(NEW),
        "name": [{"family": "Пацієнтка", "given": ["Олена"]}],
        "gender": "female",
        "birthDate": "1980-05-01",
    }
    return scene("RECEPTIONIST", "patient.register", resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "patient.register": register_patient,
}
