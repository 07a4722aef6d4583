"""Write the signed content of every command, as a hospital system would, and sign it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.authority import Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.resources import patient as people
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.time import from_microseconds

SERVICE_SYSTEM: Final = "eHealth/services"
CATEGORY_SYSTEM: Final = "eHealth/SNOMED/service_request_categories"
COUNSELLING: Final = "409063005"  # its category (SNOMED CT)
CONSULTATION: Final = "A67003"  # the invented service of the demo: a specialist's consultation
CARDIOLOGIST: Final = (CONSULTATION, "Консультація кардіолога")
patient, confidant, preperson = people.patient, people.confidant, people.preperson
declaration = people.declaration
PACKAGE: Final = "9"  # a package of outpatient services


@dataclass(frozen=True, slots=True)
class Actor:
    """Hold one employee with the credential that signs."""

    employee: UUID
    legal_entity: UUID
    credential: Credential
    name: str = ""

    @property
    def division(self) -> UUID:
        """Return the one division of the institution, where everybody works."""
        return uuid5(self.legal_entity, "division")


@dataclass(frozen=True, slots=True)
class Signed:
    """Hold a signed command ready to be posted."""

    command: str
    command_id: UUID
    content: bytes
    container: bytes


@dataclass(slots=True)
class Author:
    """Write commands for one deployment.

    `seed` names a record of its past: what a declaration's preview is frozen at.
    """

    ledger: UUID
    now: Callable[[], int] = bootstrap.clock  # microseconds UTC
    head: Json = field(default_factory=dict)  # overrides of the head, for wrong commands
    seed: Json = field(default_factory=dict)

    def content(self, command: str, actor: Actor, **body: Any) -> bytes:
        """Write a command's content; `body` gives `resource` or `resources`."""
        document: Json = {
            "command": command,
            "version": 1,
            "command_id": str(uuid4()),
            "ledger": str(self.ledger),
            "issued_at": from_microseconds(self.now()).isoformat(timespec="microseconds"),
            "legal_entity": str(actor.legal_entity),
            "employee": str(actor.employee),
            **body,
            **self.head,
        }
        return canonical(document)

    def sign(self, command: str, actor: Actor, **body: Any) -> Signed:
        """Write a command's content and sign it as the actor (CAdES)."""
        content = self.content(command, actor, **body)
        read = json.loads(content)
        return Signed(
            command, UUID(read["command_id"]), content, sign_cades(content, actor.credential)
        )

    def sign_as_patient(
        self, command: str, patient: UUID, credential: Credential, **body: Any
    ) -> Signed:
        """Write what a patient orders for himself and sign it with his own certificate (CAdES)."""
        command_id = uuid4()
        document: Json = {
            "command": command,
            "version": 1,
            "command_id": str(command_id),
            "ledger": str(self.ledger),
            "issued_at": from_microseconds(self.now()).isoformat(timespec="microseconds"),
            "patient": str(patient),
            **body,
        }
        content = canonical(document)
        return Signed(command, command_id, content, sign_cades(content, credential))


def codings(system: str, code: str, display: str | None = None) -> Json:
    """Write a CodeableConcept of one coding."""
    coding = {"system": system, "code": code}
    return {"coding": [coding if display is None else {**coding, "display": display}]}


def reference(resource_type: str, resource_id: UUID) -> Json:
    """Write a reference."""
    return {"reference": f"{resource_type}/{resource_id}"}


def service_request(
    referral_id: UUID,
    patient_id: UUID,
    requester: Actor,
    *,
    authored_on: datetime,
    days: float = 365,
    service: tuple[str, str] = CARDIOLOGIST,
    category: str = COUNSELLING,
    **more: Any,
) -> Json:
    """Write a ServiceRequest, by default for a consultation; `service` is code and name."""
    return {
        "resourceType": "ServiceRequest",
        "id": str(referral_id),
        "status": "active",
        "intent": "order",
        "category": [codings(CATEGORY_SYSTEM, category)],
        "code": codings(SERVICE_SYSTEM, *service),
        "subject": reference("Patient", patient_id),
        "requester": reference("PractitionerRole", requester.employee),
        "authoredOn": authored_on.isoformat(),
        "occurrencePeriod": {
            "start": authored_on.isoformat(),
            "end": (authored_on + timedelta(days=days)).isoformat(),
        },
        **more,
    }


def encounter_package(
    patient_id: UUID,
    performer: Actor,
    *,
    at: datetime,
    episode: UUID,
    encounter_class: str = "AMB",
    diagnosis: tuple[str, str] = ("http://hl7.org/fhir/sid/icd-10-am", "I10"),
    referral: UUID | None = None,
    systolic: str = "142.50",
    service: tuple[str, str] = CARDIOLOGIST,
) -> list[Json]:
    """Write an encounter with one condition and one observation; `systolic` keeps its decimals.

    Primary care says why and what in ICPC-2; other care names its service.
    """
    encounter_id, condition_id, observation_id = uuid4(), uuid4(), uuid4()
    encounter: Json = {
        "resourceType": "Encounter",
        "id": str(encounter_id),
        "status": "finished",
        "class": {"system": "eHealth/encounter_classes", "code": encounter_class},
        "type": [codings("eHealth/encounter_types", "service_delivery_location")],
        "subject": reference("Patient", patient_id),
        "episodeOfCare": [reference("EpisodeOfCare", episode)],
        "participant": [{"individual": reference("PractitionerRole", performer.employee)}],
        "period": {
            "start": (at - timedelta(minutes=20)).isoformat(),
            "end": (at - timedelta(minutes=5)).isoformat(),
        },
        "diagnosis": [
            {
                "condition": reference("Condition", condition_id),
                "use": codings("eHealth/diagnosis_roles", "primary"),
                "rank": 1,
            }
        ],
        "serviceProvider": reference("Organization", performer.legal_entity),
    }
    if encounter_class == "PHC":
        action = codings("eHealth/ICPC2/actions", "A31", "Часткове медичне обстеження")
        encounter["extension"] = [
            {"url": "eHealth/extensions/action", "valueCodeableConcept": action}
        ]
        encounter["reasonCode"] = [codings("eHealth/ICPC2/reasons", "A04", "Загальна слабкість")]
    else:
        encounter["serviceType"] = codings(SERVICE_SYSTEM, *service)
    if encounter_class == "INPATIENT":
        encounter["priority"] = codings("eHealth/encounter_priority", "routine")
    if referral is not None:
        encounter["basedOn"] = [reference("ServiceRequest", referral)]
    condition: Json = {
        "resourceType": "Condition",
        "id": str(condition_id),
        "clinicalStatus": codings(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        "verificationStatus": codings(
            "http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"
        ),
        "code": codings(*diagnosis),
        "subject": reference("Patient", patient_id),
        "encounter": reference("Encounter", encounter_id),
        "recordedDate": at.isoformat(),
        "asserter": reference("PractitionerRole", performer.employee),
    }
    observation: Json = {
        "resourceType": "Observation",
        "id": str(observation_id),
        "status": "final",
        "code": codings("http://loinc.org", "8480-6", "Systolic blood pressure"),
        "subject": reference("Patient", patient_id),
        "encounter": reference("Encounter", encounter_id),
        "effectiveDateTime": at.isoformat(),
        "performer": [reference("PractitionerRole", performer.employee)],
        "valueQuantity": {
            "value": Decimal(systolic),
            "unit": "mmHg",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }
    return [encounter, condition, observation]
