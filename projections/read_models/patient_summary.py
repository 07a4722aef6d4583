"""Tell what is known of a patient: who, whose, problems, observations, encounters, referrals."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table

PATIENTS: Final = Table("patient_summary", key="patient", copied={})
MODEL: Final = Model("patient_summary", version=1, tables=(PATIENTS,))


def summary(snapshot: Snapshot, patient_id: UUID) -> str | None:
    """Return the document of a patient; None where there is none at this position."""
    return snapshot.text("SELECT document FROM patient_summary WHERE patient = %s", (patient_id,))
