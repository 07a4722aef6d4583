"""Tell what is known of a patient: who, whose, problems, allergies, medicines, what happened last.

A history grows without end, so each of its parts is a row of its own; the summary is put together
when somebody asks, from the parts that still stand and the last ones of each kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table

PATIENTS: Final = Table("patient_summary", key="patient", copied={})
RESOURCES: Final = Table(
    "patient_resource",
    key="resource",
    copied={
        "patient": "/patient",
        "kind": "/kind",
        "standing": "/standing",
        "place": "/place",
    },
    about="patient",
)
REFERRALS: Final = Table(
    "patient_referral", key="referral", copied={"patient": "/patient", "place": "/place"}
)
MODEL: Final = Model("patient_summary", version=2, tables=(PATIENTS, RESOURCES, REFERRALS))

PACKAGE_PLACES: Final = 1_024  # more than the members of a package: a place within a position
RECENT: Final = 20  # of what happened last
STANDING: Final = 100  # of what still stands

# The parts of a summary: which kind of resource, only what still stands, how many at most.
PARTS: Final[Mapping[str, tuple[str, bool, int]]] = MappingProxyType(
    {
        "problems": ("Condition", True, STANDING),
        "allergies": ("AllergyIntolerance", True, STANDING),
        "medications": ("MedicationStatement", True, STANDING),
        "immunizations": ("Immunization", False, STANDING),
        "devices": ("Device", True, STANDING),
        "encounters": ("Encounter", False, RECENT),
        "observations": ("Observation", False, RECENT),
        "diagnostic_reports": ("DiagnosticReport", False, RECENT),
        "procedures": ("Procedure", False, RECENT),
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a page of rows, each with the place that orders it."""

    rows: list[tuple[int, str]]
    more: bool


def patient(snapshot: Snapshot, patient_id: UUID) -> str | None:
    """Return who a patient is; None where there is none at this position."""
    return snapshot.text("SELECT document FROM patient_summary WHERE patient = %s", (patient_id,))


def part(snapshot: Snapshot, patient_id: UUID, name: str) -> list[str]:
    """Return one part of a summary, in the order in which it was recorded."""
    kind, only_standing, most = PARTS[name]
    found = snapshot.rows(
        "SELECT document FROM patient_resource WHERE patient = %s AND kind = %s "
        "AND (standing = 'live' OR NOT %s) ORDER BY place DESC LIMIT %s",
        (patient_id, kind, only_standing, most),
    )
    return [text for (text,) in reversed(found)]


def referrals(snapshot: Snapshot, patient_id: UUID) -> list[str]:
    """Return the last referrals, in the order in which they were issued."""
    found = snapshot.rows(
        "SELECT document FROM patient_referral WHERE patient = %s ORDER BY place DESC LIMIT %s",
        (patient_id, RECENT),
    )
    return [text for (text,) in reversed(found)]


def resources(snapshot: Snapshot, patient_id: UUID, kind: str, *, after: int, limit: int) -> Page:
    """List a patient's resources of a kind, in the order in which they were recorded."""
    found = snapshot.rows(
        "SELECT place, document FROM patient_resource "
        "WHERE patient = %s AND kind = %s AND place > %s ORDER BY place LIMIT %s",
        (patient_id, kind, after, limit + 1),
    )
    return Page(found[:limit], more=len(found) > limit)
