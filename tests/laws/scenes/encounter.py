"""Set accepted scenes of encounter packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

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
from tests.laws.scenes.patient import person


def record_encounter() -> Scene:
    encounter = {
        "resourceType": "Encounter",
        "id": str(ENCOUNTER),
        "status": "finished",
        "class": {"system": "eHealth/encounter_classes", "code": "AMB"},
        "serviceType": coded(SYSTEM, CODE),
        "subject": reference("Patient", PATIENT),
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
    }
    observation = {
        "resourceType": "Observation",
        "id": str(OBSERVATION),
        "status": "final",
        "code": coded("http://loinc.org", "8480-6"),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "effectiveDateTime": moment(minutes=5),
        "valueQuantity": {"value": 142, "unit": "mmHg"},
    }
    accepted = scene(
        "SPECIALIST",
        "encounter.record",
        states={
            PATIENT: person(),
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


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "encounter.record": record_encounter,
}
