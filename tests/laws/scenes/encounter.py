"""Set accepted scenes of encounter packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.entrypoints.demo.resources.encounter import cancelled
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.values.identifiers import (
    ContractId,
    LegalEntityId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    CODE,
    CONDITION,
    CONTRACT,
    ENCOUNTER,
    ENTITY,
    ICD,
    OBSERVATION,
    PACKAGE,
    PATIENT,
    REFERRAL,
    SERVICE,
    SYSTEM,
    coded,
    moment,
    redeemed_referral,
    reference,
    scene,
)
from tests.laws.scenes.episode import EPISODE, episode
from tests.laws.scenes.patient import person


def record_encounter() -> Scene:
    encounter = {
        "resourceType": "Encounter",
        "id": str(ENCOUNTER),
        "status": "finished",
        "class": {"system": "eHealth/encounter_classes", "code": "AMB"},
        "type": [coded("eHealth/encounter_types", "service_delivery_location")],
        "serviceType": coded(SYSTEM, CODE),
        "subject": reference("Patient", PATIENT),
        "episodeOfCare": [reference("EpisodeOfCare", EPISODE)],
        "participant": [{"individual": reference("PractitionerRole", ACTOR)}],
        "period": {"start": moment(minutes=20), "end": moment(minutes=5)},
        "basedOn": [reference("ServiceRequest", REFERRAL)],
        "diagnosis": [
            {
                "condition": reference("Condition", CONDITION),
                "use": coded("eHealth/diagnosis_roles", "primary"),
                "rank": 1,
            }
        ],
        "serviceProvider": reference("Organization", ENTITY),
    }
    status = "http://terminology.hl7.org/CodeSystem/condition-"
    condition = {
        "resourceType": "Condition",
        "id": str(CONDITION),
        "clinicalStatus": coded(f"{status}clinical", "active"),
        "verificationStatus": coded(f"{status}ver-status", "confirmed"),
        "code": coded(ICD, "I10"),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "recordedDate": moment(minutes=5),
        "asserter": reference("PractitionerRole", ACTOR),
    }
    observation = {
        "resourceType": "Observation",
        "id": str(OBSERVATION),
        "status": "final",
        "code": coded("http://loinc.org", "8480-6"),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "effectiveDateTime": moment(minutes=5),
        "performer": [reference("PractitionerRole", ACTOR)],
        "valueQuantity": {"value": 142, "unit": "mmHg"},
    }
    accepted = scene(
        "SPECIALIST",
        "encounter.record",
        states={
            PATIENT: person(),
            EPISODE: episode(),
            REFERRAL: redeemed_referral(),
        },
        resources=[encounter, condition, observation],
    )
    year = date(2026, 1, 1), date(2026, 12, 31)
    price = TariffInForce(TariffId(an_id("tariff")), PACKAGE, Kopiykas(15_000))
    buys = ContractInForce(ContractId(CONTRACT), LegalEntityId(an_id("payer")))
    accepted.lookups.tariffs.known[SERVICE] = [(*year, price)]
    accepted.lookups.contracts.known[ENTITY] = [(*year, PACKAGE, buys)]
    return accepted


def cancel_encounter() -> Scene:
    """Cancel the whole package of the scene above, whose charge accrued in an open month."""
    recorded = record_encounter()
    facts = recorded.judge()
    original = recorded.content["resources"]
    resource = {
        "encounter": str(ENCOUNTER),
        "patient": str(PATIENT),
        "reason": "typo",
        "explanatory_letter": "Внесено не тому пацієнту",
    }
    states: dict[UUID, object | None] = {EPISODE: episode()}
    for fact in facts:
        states[fact.stream_id] = evolve(states.get(fact.stream_id), fact)
    accepted = scene(
        "SPECIALIST",
        "encounter.cancel",
        states=states,
        resource=resource,
        resources=cancelled(original),
    )
    accepted.lookups.originals.signed[ENCOUNTER] = deepcopy(original)
    return accepted


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "encounter.record": record_encounter,
    "encounter.cancel": cancel_encounter,
}
