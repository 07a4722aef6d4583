"""Set accepted scenes of the two signatures that erase a patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.patient import OrderedErasure
from ehealth_ledger.values.identifiers import PartyId
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import FIRST_CHAIN, FIRST_CONTENT, PATIENT, scene
from tests.laws.scenes.patient import person

FIRST_PERSON: Final = PartyId(an_id("who ordered"))


def ordered(party: UUID = FIRST_PERSON) -> OrderedErasure:
    """Make what a patient's state holds of an order."""
    return OrderedErasure(PartyId(party), 95, FIRST_CONTENT)


def erase_patient() -> Scene:
    resource: dict[str, Any] = {
        "patient": str(PATIENT),
        "basis": "court_decision",
        "reference": "Рішення суду у справі 757/1/26-ц",
    }
    states = {PATIENT: person()}
    return scene("NHS_ADMIN_SIGNER", "patient.erase", states=states, resource=resource)


def countersign_erasure() -> Scene:
    first = {
        "log": "records",
        "position": 95,
        "chain_value": FIRST_CHAIN,
        "content_digest": FIRST_CONTENT,
    }
    states = {PATIENT: person(erasure=ordered())}
    resource = {"patient": str(PATIENT), "first": first}
    accepted = scene(
        "NHS_ADMIN_SIGNER", "patient.erase.countersign", states=states, resource=resource
    )
    accepted.lookups.records.values[95] = FIRST_CHAIN
    return accepted


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "patient.erase": erase_patient,
    "patient.erase.countersign": countersign_erasure,
}
