"""Set accepted scenes of reports, procedures, specimens and conclusions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.composition import Composition
from ehealth_ledger.aggregates.diagnostic_report import DiagnosticReport
from ehealth_ledger.aggregates.encounter import Encounter
from ehealth_ledger.aggregates.procedure import Procedure
from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.aggregates.specimen import Specimen
from ehealth_ledger.commands.fhir.composition import CancelledComposition
from ehealth_ledger.commands.fhir.digest import digest
from ehealth_ledger.commands.fhir.standalone.diagnostic_report import (
    CancelledDiagnosticReport,
    CancelledObservation,
)
from ehealth_ledger.commands.fhir.standalone.procedure import CancelledProcedure
from ehealth_ledger.commands.service import DIAGNOSTIC_PROCEDURE, LABORATORY
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.values.identifiers import (
    CompositionId,
    ContractId,
    DiagnosticReportId,
    EncounterId,
    EpisodeId,
    LegalEntityId,
    ObservationId,
    PatientId,
    ProcedureId,
    SpecimenId,
    TariffId,
)
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.money import Kopiykas
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    ENCOUNTER,
    ENTITY,
    NEW,
    OBSERVATION,
    PACKAGE,
    PATIENT,
    REFERRAL,
    SYSTEM,
    coded,
    moment,
    reference,
    referral,
    scene,
)
from tests.laws.scenes.patient import person

REPORT, PROCEDURE, COMPOSITION = NEW, NEW, NEW
SPECIMEN, PARENT, OTHER_REPORT = an_id("specimen"), an_id("parent"), an_id("other report")
BLOOD_COUNT, ELECTROCARDIOGRAM = "A34001", "A11712"
YEAR: Final = (date(2026, 1, 1), date(2026, 12, 31))


def redeemed_referral(**other: Any) -> Referral:
    """Make the state of a referral that the acting institution redeemed."""
    return referral(redeemed_by=LegalEntityId(ENTITY), **other)


def specimen(**other: Any) -> Specimen:
    """Make the state of a specimen that can be used."""
    fields: dict[str, Any] = {
        "id": SpecimenId(SPECIMEN),
        "patient": PatientId(PATIENT),
        "legal_entity": LegalEntityId(ENTITY),
        "day": date(2026, 11, 22),
    }
    return Specimen(**(fields | other))


def report_resource(status: str = "final") -> Json:
    """Write a laboratory's report on one observation."""
    return {
        "resourceType": "DiagnosticReport",
        "id": str(REPORT),
        "basedOn": [reference("ServiceRequest", REFERRAL)],
        "status": status,
        "category": [coded("eHealth/diagnostic_report_categories", LABORATORY)],
        "code": coded(SYSTEM, BLOOD_COUNT),
        "subject": reference("Patient", PATIENT),
        "effectiveDateTime": moment(hours=3),
        "issued": moment(hours=1),
        "performer": [reference("PractitionerRole", ACTOR)],
        "specimen": [reference("Specimen", SPECIMEN)],
        "result": [reference("Observation", OBSERVATION)],
        "conclusion": "Без відхилень",
        "conclusionCode": [coded("http://hl7.org/fhir/sid/icd-10-am", "D50.9")],
    }


def observation_resource(status: str = "final") -> Json:
    """Write the observation of the report."""
    return {
        "resourceType": "Observation",
        "id": str(OBSERVATION),
        "status": status,
        "category": [coded("eHealth/observation_categories", "laboratory")],
        "code": coded("http://loinc.org", "718-7"),
        "subject": reference("Patient", PATIENT),
        "effectiveDateTime": moment(hours=3),
        "valueQuantity": {"value": 128, "system": "http://unitsofmeasure.org", "code": "g/L"},
        "specimen": reference("Specimen", SPECIMEN),
    }


def procedure_resource(status: str = "completed") -> Json:
    """Write a procedure that a referral asked for."""
    return {
        "resourceType": "Procedure",
        "id": str(PROCEDURE),
        "basedOn": [reference("ServiceRequest", REFERRAL)],
        "status": status,
        "category": coded("eHealth/procedure_categories", DIAGNOSTIC_PROCEDURE),
        "code": coded(SYSTEM, ELECTROCARDIOGRAM),
        "subject": reference("Patient", PATIENT),
        "performedDateTime": moment(hours=2),
        "performer": [{"actor": reference("PractitionerRole", ACTOR)}],
        "bodySite": [coded("eHealth/body_sites", "chest")],
        "outcome": coded("eHealth/procedure_outcomes", "successful"),
        "note": [{"text": "Без ускладнень"}],
    }


def specimen_resource() -> Json:
    """Write a specimen of blood."""
    return {
        "resourceType": "Specimen",
        "id": str(NEW),
        "status": "available",
        "type": coded("eHealth/specimen_types", "blood"),
        "subject": reference("Patient", PATIENT),
        "parent": [reference("Specimen", PARENT)],
        "request": [reference("ServiceRequest", REFERRAL)],
        "collection": {
            "collector": reference("PractitionerRole", ACTOR),
            "collectedDateTime": moment(hours=4),
            "quantity": {"value": 5, "system": "http://unitsofmeasure.org", "code": "mL"},
            "method": coded("eHealth/specimen_collection_methods", "venipuncture"),
            "bodySite": coded("eHealth/body_sites", "left_arm"),
        },
    }


def composition_resource(status: str = "final") -> Json:
    """Write a conclusion on a temporary disability."""
    return {
        "resourceType": "Composition",
        "id": str(COMPOSITION),
        "status": status,
        "type": coded("eHealth/composition_types", "TEMPORARY_DISABILITY"),
        "category": [coded("eHealth/composition_categories", "GENERAL")],
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "date": moment(minutes=5),
        "author": [reference("PractitionerRole", ACTOR)],
        "title": "Медичний висновок про тимчасову непрацездатність",
        "custodian": reference("Organization", ENTITY),
        "event": [{"period": {"start": moment(hours=12), "end": moment(days=-6)}}],
        "section": [{"code": coded("eHealth/composition_sections", "recommendations")}],
    }


def _priced(accepted: Scene, service: str) -> Scene:
    price = TariffInForce(TariffId(an_id("tariff")), PACKAGE, Kopiykas(15_000))
    buys = ContractInForce(ContractId(CONTRACT), LegalEntityId(an_id("payer")))
    accepted.lookups.tariffs.known[f"{SYSTEM}|{service}"] = [(*YEAR, price)]
    accepted.lookups.contracts.known[ENTITY] = [(*YEAR, PACKAGE, buys)]
    return accepted


def record_report() -> Scene:
    states = {
        PATIENT: person(),
        REFERRAL: redeemed_referral(services=("eHealth/service_groups|B1",)),
        SPECIMEN: specimen(),
    }
    resources = [report_resource(), observation_resource()]
    accepted = scene("SPECIALIST", "diagnostic_report.record", states=states, resources=resources)
    return _priced(accepted, BLOOD_COUNT)


def _digest(kind: Any, resource: Json) -> str:
    return digest(kind.model_validate_json(canonical(resource)))


def recorded_report() -> DiagnosticReport:
    """Make the state that recording the report leaves."""
    seen = (
        ObservationId(OBSERVATION),
        _digest(CancelledObservation, observation_resource()),
    )
    return DiagnosticReport(
        DiagnosticReportId(REPORT),
        PatientId(PATIENT),
        LegalEntityId(ENTITY),
        _digest(CancelledDiagnosticReport, report_resource()),
        (seen,),
    )


CANCELLATION: Final = {"reason": "typo", "explanation": "Помилка у значенні"}


def cancel_report() -> Scene:
    return scene(
        "SPECIALIST",
        "diagnostic_report.cancel",
        states={REPORT: recorded_report()},
        cancellation=deepcopy(CANCELLATION),
        resources=[report_resource("entered-in-error"), observation_resource("entered-in-error")],
    )


def record_procedure() -> Scene:
    states = {
        PATIENT: person(),
        REFERRAL: redeemed_referral(services=(f"{SYSTEM}|{ELECTROCARDIOGRAM}",)),
    }
    accepted = scene("SPECIALIST", "procedure.record", states=states, resource=procedure_resource())
    return _priced(accepted, ELECTROCARDIOGRAM)


def cancel_procedure() -> Scene:
    known = Procedure(
        ProcedureId(PROCEDURE),
        PatientId(PATIENT),
        LegalEntityId(ENTITY),
        _digest(CancelledProcedure, procedure_resource("entered-in-error")),
    )
    return scene(
        "SPECIALIST",
        "procedure.cancel",
        states={PROCEDURE: known},
        cancellation=deepcopy(CANCELLATION),
        resource=procedure_resource("entered-in-error"),
    )


def register_specimen() -> Scene:
    states = {
        PATIENT: person(),
        REFERRAL: redeemed_referral(),
        PARENT: specimen(id=SpecimenId(PARENT)),
    }
    return scene("DOCTOR", "specimen.register", states=states, resource=specimen_resource())


def _of_specimen(command: str, **asked: Any) -> Scene:
    resource = {"specimen": str(SPECIMEN), "patient": str(PATIENT), **asked}
    return scene("SPECIALIST", command, states={SPECIMEN: specimen()}, resource=resource)


def process_specimen() -> Scene:
    return _of_specimen("specimen.process", received_at=moment(hours=2))


def invalidate_specimen() -> Scene:
    return _of_specimen("specimen.invalidate", reason="used_up")


def reject_specimen() -> Scene:
    return _of_specimen("specimen.reject", reason="hemolysed", explanation="Гемоліз")


def cancel_specimen() -> Scene:
    return _of_specimen("specimen.cancel", cancellation=deepcopy(CANCELLATION))


def encounter() -> Encounter:
    """Make the state of the encounter a conclusion follows from."""
    return Encounter(
        EncounterId(ENCOUNTER),
        PatientId(PATIENT),
        EpisodeId(an_id("episode")),
        LegalEntityId(ENTITY),
    )


def sign_composition() -> Scene:
    states = {PATIENT: person(), ENCOUNTER: encounter()}
    return scene("DOCTOR", "composition.sign", states=states, resource=composition_resource())


def known_composition(wanted: UUID = COMPOSITION, **other: Any) -> Composition:
    """Make the state of a conclusion on a temporary disability."""
    fields: dict[str, Any] = {
        "id": CompositionId(wanted),
        "patient": PatientId(PATIENT),
        "legal_entity": LegalEntityId(ENTITY),
        "type": "TEMPORARY_DISABILITY",
        "digest": _digest(CancelledComposition, composition_resource("entered-in-error")),
    }
    return Composition(**(fields | other))


def cancel_composition() -> Scene:
    return scene(
        "DOCTOR",
        "composition.cancel",
        states={COMPOSITION: known_composition()},
        cancellation=deepcopy(CANCELLATION),
        resource=composition_resource("entered-in-error"),
    )


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "diagnostic_report.record": record_report,
    "diagnostic_report.cancel": cancel_report,
    "procedure.record": record_procedure,
    "procedure.cancel": cancel_procedure,
    "specimen.register": register_specimen,
    "specimen.process": process_specimen,
    "specimen.invalidate": invalidate_specimen,
    "specimen.reject": reject_specimen,
    "specimen.cancel": cancel_specimen,
    "composition.sign": sign_composition,
    "composition.cancel": cancel_composition,
}
