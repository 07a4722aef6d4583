"""Tell what became of a model between two positions, row by row, from the log alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ehealth_ledger.values.json import differences, json_path
from projections.projectors.catalogue import MODELS
from projections.projectors.fold import Fold
from projections.projectors.source import Log, Progress, batches
from projections.read_models.document import Document
from projections.read_models.model import Key

# Where a row was written last is no difference of its own: it moves with every other one.
_MOVING = (("position",), ("recorded_at",))


@dataclass(frozen=True, slots=True)
class Difference:
    """Say what became of one row; `paths` are the places that changed, as JSONPath."""

    key: Key
    change: Literal["added", "changed", "removed"]
    paths: tuple[str, ...] = ()


def difference(
    notifications: Log, model: str, first: int, last: int, progress: Progress
) -> list[Difference]:
    """Compare a model as of one position with the same model as of a later one.

    The list is ordered by table and id. Raise LookupError where the log ends before `last`.
    """
    folded = Fold(MODELS[model])
    for batch in batches(notifications, first, progress):
        folded.apply(batch)
    before = dict(folded.documents)
    folded.touched.clear()
    for batch in batches(notifications, last, progress, after=first):
        folded.apply(batch)
    found = [
        each
        for key in folded.touched
        if (each := _between(key, before.get(key), folded.documents.get(key))) is not None
    ]
    return sorted(found, key=lambda each: (each.key.table, str(each.key.id)))


def _between(key: Key, before: Document | None, after: Document | None) -> Difference | None:
    if before is None:
        return None if after is None else Difference(key, "added")
    if after is None:
        return Difference(key, "removed")
    places = [each for each in differences(before, after) if each not in _MOVING]
    return Difference(key, "changed", tuple(map(json_path, places))) if places else None
