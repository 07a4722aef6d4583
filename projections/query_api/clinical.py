"""Answer about patients: summaries, histories by kind, and episodes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from projections.query_api.answers import answer, one
from projections.query_api.moments import Moments
from projections.query_api.parameters import After, Limit, an_id, page, refuse_others
from projections.read_models import episodes, patient_summary
from projections.read_models.database import Snapshot
from projections.read_models.document import embedded, read
from projections.read_models.episodes import EPISODES
from projections.read_models.patient_summary import PARTS, Page

# The histories a patient has, by the name of their route.
HISTORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "encounters": "Encounter",
        "conditions": "Condition",
        "observations": "Observation",
        "allergies": "AllergyIntolerance",
        "immunizations": "Immunization",
        "medication-statements": "MedicationStatement",
        "medication-administrations": "MedicationAdministration",
        "procedures": "Procedure",
        "diagnostic-reports": "DiagnosticReport",
        "specimens": "Specimen",
        "devices": "Device",
        "clinical-impressions": "ClinicalImpression",
        "risk-assessments": "RiskAssessment",
        "detected-issues": "DetectedIssue",
    }
)

PatientId = Annotated[str, Path(alias="id", description="the patient's id")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about care."""

    @routes.get("/patients/{id}/summary", summary="Summarise a patient", response_class=Response)
    def summary(request: Request, patient: PatientId) -> Response:
        """Return what still stands and what happened last, parts as signed, no error among them."""
        refuse_others(request)
        patient_id = an_id(patient, "id")
        with moments.of(request, patient_summary.MODEL, patient=patient_id) as seen:
            text = one(seen, patient_summary.patient(seen, patient_id))
            parts = {name: patient_summary.part(seen, patient_id, name) for name in PARTS}
            parts["referrals"] = patient_summary.referrals(seen, patient_id)
        lists = {name: [embedded(each) for each in found] for name, found in parts.items()}
        return answer(seen.checkpoint, {"patient": {**read(text), **lists}})

    for name, kind in HISTORIES.items():
        _add_history(routes, moments, name, kind)

    @routes.get("/patients/{id}/episodes", summary="List episodes", response_class=Response)
    def of_patient(
        request: Request, patient: PatientId, after: After = None, limit: Limit = None
    ) -> Response:
        """List a patient's episodes in the order in which they were opened."""
        refuse_others(request, "after", "limit")
        patient_id = an_id(patient, "id")
        begin, rows = page(after, limit)
        with moments.of(request, episodes.MODEL, patient=patient_id) as seen:
            found = episodes.episodes(seen, patient_id, after=begin, limit=rows)
        return _listed(seen, "episodes", found)

    @routes.get("/episodes/{id}", summary="Return an episode", response_class=Response)
    def episode(
        request: Request, wanted: Annotated[str, Path(alias="id", description="the episode's id")]
    ) -> Response:
        """Return where an episode stands, its current diagnoses and what came before them."""
        refuse_others(request)
        episode_id = an_id(wanted, "id")
        with moments.of(request, episodes.MODEL, thing=(EPISODES, episode_id)) as seen:
            text = one(seen, episodes.episode(seen, episode_id))
            history = episodes.history(seen, episode_id)
            last = episodes.current(seen, episode_id)
        current = [] if last is None else read(last)["diagnoses"]
        listed = [embedded(each) for each in history]
        shown = {**read(text), "current_diagnoses": current, "diagnoses_history": listed}
        return answer(seen.checkpoint, {"episode": shown})


def _add_history(routes: APIRouter, moments: Moments, name: str, kind: str) -> None:
    """Add the list of a patient's resources of one kind."""

    @routes.get(
        f"/patients/{{id}}/{name}",
        summary=f"List {name.replace('-', ' ')}",
        response_class=Response,
        name=name,
        operation_id=f"list_{name.replace('-', '_')}",
    )
    def history(
        request: Request, patient: PatientId, after: After = None, limit: Limit = None
    ) -> Response:
        """List a patient's resources of this kind, as signed, in the order of the log."""
        refuse_others(request, "after", "limit")
        patient_id = an_id(patient, "id")
        begin, rows = page(after, limit)
        with moments.of(request, patient_summary.MODEL, patient=patient_id) as seen:
            found = patient_summary.resources(seen, patient_id, kind, after=begin, limit=rows)
        return _listed(seen, name.replace("-", "_"), found)


def _listed(seen: Snapshot, name: str, found: Page) -> Response:
    members: dict[str, Any] = {
        name: [embedded(text) for _, text in found.rows],
        "next": found.rows[-1][0] if found.more else None,
    }
    return answer(seen.checkpoint, members)
