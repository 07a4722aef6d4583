"""Set accepted scenes of directories and of the service catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ehealth_ledger.commands.service import DIAGNOSTIC_PROCEDURE
from tests.laws.bench import Scene
from tests.laws.scenes.common import ICD, scene


def publish_directory() -> Scene:
    resource = {
        "system": ICD,
        "version": "витяг 2",
        "first_day": "2026-12-01",
        "source": "наказ 2",
        "codes": [{"code": "I12.9", "display": "Гіпертензія"}, {"code": "I12", "active": False}],
    }
    return scene("NHS_ADMIN_SIGNER", "directory.publish", resource=resource)


def retire_codes() -> Scene:
    resource = {
        "system": ICD,
        "from_day": "2026-12-01",
        "source": "наказ 3",
        "codes": ["I10", "I11.9"],
    }
    return scene("NHS_ADMIN_SIGNER", "directory.retire_codes", resource=resource)


def publish_services() -> Scene:
    resource = {
        "first_day": "2026-12-01",
        "source": "наказ 4",
        "groups": [{"code": "C1", "display": "Нова група", "request_allowed": True}],
        "services": [
            {
                "code": "A11713",
                "display": "Ехокардіографія",
                "category": DIAGNOSTIC_PROCEDURE,
                "groups": ["A1", "C1"],
                "request_allowed": True,
            }
        ],
    }
    return scene("NHS_ADMIN_SIGNER", "service.publish", resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "directory.publish": publish_directory,
    "directory.retire_codes": retire_codes,
    "service.publish": publish_services,
}
