"""Write episodes of care."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo.commands import Actor, reference
from ehealth_ledger.values.json import Json

PREVENTION: Final = "prevention"  # a type that every institution may open


def episode_of_care(
    episode_id: UUID,
    patient_id: UUID,
    manager: Actor,
    *,
    started_on: date,
    kind: str = PREVENTION,
    name: str = "Спостереження",
) -> Json:
    """Write an EpisodeOfCare of the manager's institution."""
    return {
        "resourceType": "EpisodeOfCare",
        "id": str(episode_id),
        "extension": [{"url": "eHealth/extensions/episode_name", "valueString": name}],
        "status": "active",
        "type": [{"coding": [{"system": "eHealth/episode_types", "code": kind}]}],
        "patient": reference("Patient", patient_id),
        "managingOrganization": reference("Organization", manager.legal_entity),
        "period": {"start": started_on.isoformat()},
        "careManager": reference("PractitionerRole", manager.employee),
    }
