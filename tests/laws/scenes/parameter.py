"""Set accepted scenes of the setting of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ehealth_ledger.values.parameters.encounter import ENCOUNTER_DAYS_PASSED_MAX
from tests.laws.bench import Scene
from tests.laws.scenes.common import scene


def set_parameters() -> Scene:
    setting = {
        "name": ENCOUNTER_DAYS_PASSED_MAX,
        "value": 10,
        "first_day": "2027-01-01",
        "source": "наказ 1",
    }
    return scene("NHS_ADMIN_SIGNER", "parameter.set", resource={"settings": [setting]})


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {"parameter.set": set_parameters}
