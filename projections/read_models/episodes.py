"""Tell episodes of care: where each stands, and which diagnoses its encounters gave.

The current diagnoses are not stored: they are those of the last encounter that still counts.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.patient_summary import Page

EPISODES: Final = Table(
    "episode", key="episode", copied={"opened": "/opened/position", "patient": "/patient"}
)
DIAGNOSES: Final = Table(
    "episode_diagnoses",
    key="encounter",
    copied={"episode": "/episode", "made": "/made/position", "standing": "/standing"},
)
MODEL: Final = Model("episodes", version=1, tables=(EPISODES, DIAGNOSES))

HISTORY: Final = 200  # the last ones of an episode's encounters


def episode(snapshot: Snapshot, episode_id: UUID) -> str | None:
    """Return an episode without its diagnoses; None where there is none at this position."""
    return snapshot.text("SELECT document FROM episode WHERE episode = %s", (episode_id,))


def episodes(snapshot: Snapshot, patient_id: UUID, *, after: int, limit: int) -> Page:
    """List a patient's episodes in the order in which they were opened."""
    found = snapshot.rows(
        "SELECT opened, document FROM episode WHERE patient = %s AND opened > %s "
        "ORDER BY opened LIMIT %s",
        (patient_id, after, limit + 1),
    )
    return Page(found[:limit], more=len(found) > limit)


def history(snapshot: Snapshot, episode_id: UUID) -> list[str]:
    """List what the last encounters diagnosed, the withdrawn ones among them, in their order."""
    found = snapshot.rows(
        "SELECT document FROM episode_diagnoses WHERE episode = %s ORDER BY made DESC LIMIT %s",
        (episode_id, HISTORY),
    )
    return [text for (text,) in reversed(found)]


def current(snapshot: Snapshot, episode_id: UUID) -> str | None:
    """Return what the last encounter that still counts diagnosed."""
    return snapshot.text(
        "SELECT document FROM episode_diagnoses WHERE episode = %s AND standing = 'live' "
        "ORDER BY made DESC LIMIT 1",
        (episode_id,),
    )
