"""Build a model again beside the live one, compare, and put it in the live one's place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg

from projections.projectors import shares
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import place_of
from projections.projectors.shares import Workers
from projections.projectors.source import BATCH_RECORDS, Log, Progress
from projections.projectors.writer import Writer
from projections.read_models import checkpoint, digest, schema
from projections.read_models.checkpoint import Checkpoint, ModelMissing
from projections.read_models.database import connect
from projections.read_models.model import Model


class RebuildRunning(Exception):  # noqa: N818 - the name is the finding
    """Report that another process rebuilds this model now."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Say what a rebuild came to: where the new rows stand, and whether the old ones were the same.

    `compared_at` is the position at which both were compared: where the live model stood.
    `outdated` says that the old tables were of another version of the model: they differ by right.
    """

    model: str
    position: int
    rows: int
    equal: bool
    compared_at: int
    outdated: bool = False

    @property
    def was_wrong(self) -> bool:
        """Tell whether the old rows were not what the log says, and should have been."""
        return bool(self.compared_at) and not self.equal and not self.outdated


def rebuild(
    notifications: Log,
    read_url: str,
    model: str,
    progress: Progress,
    *,
    workers: Workers | None = None,
) -> Rebuilt:
    """Rebuild a model in the shadow and swap it in; the old rows are kept for `roll_back`.

    With `workers`, most of the log is read in shares, side by side; the rest, and all of it without
    them, here and in order. The rebuilt rows replace the live ones whether they are equal or not:
    they are what the log says. Raise RebuildRunning where the model is being rebuilt already.
    """
    projector = MODELS[model]
    described = projector.model
    with connect(read_url, name="rebuild") as live:
        _claim(live, described)
        schema.create_shadow(live, described)
        with connect(read_url, schema=schema.shadow_schema(described), name="rebuild") as shadow:
            # Nobody reads the shadow yet; a crash means beginning again in any case.
            shadow.execute("SET synchronous_commit = off")
            writer = Writer(shadow, projector)
            # Where the live model stands now, without holding it up.
            standing = _standing(live, described).position
            erased = workers is not None and _build_shares(
                notifications, workers, read_url, shadow, described, standing, progress
            )
            _build(notifications, writer, standing, progress)
            with live.transaction(), live.cursor() as cursor:
                # From here on a follower waits; what is left to read is what came in meanwhile.
                cursor.execute("SELECT FROM checkpoint WHERE model = %s FOR UPDATE", (model,))
                old = _standing(live, described)
                same, _ = _build(notifications, writer, old.position, progress)
                equal = (same.digest, same.rows) == (old.digest, old.rows)
                head = max(old.position, notifications.head().position)
                reached, erases = _build(notifications, writer, head, progress)
                schema.swap(live, described)
                if erases or erased:  # somebody who stands in the replaced tables
                    schema.drop(live, schema.previous_schema(described))
    outdated = old.version != described.version
    return Rebuilt(model, reached.position, reached.rows, equal, old.position, outdated)


def roll_back(read_url: str, model: str) -> Checkpoint:
    """Bring back the rows that the last rebuild of a model replaced; return where they stand.

    A second time brings back the rebuilt ones. The follower goes on from there. Raise
    NothingToRollBack where none are kept, RebuildRunning where the model is being rebuilt now.
    """
    described = MODELS[model].model
    with connect(read_url, name="roll-back") as live:
        _claim(live, described)  # a rebuild's shadow would be dropped
        schema.roll_back(read_url, described)
        return _standing(live, described)


def _build(
    notifications: Log, writer: Writer, position: int, progress: Progress
) -> tuple[Checkpoint, bool]:
    """Bring the shadow to a position; tell whether a patient was erased on the way.

    Raise LookupError where the log ends before it.
    """
    reached, erases = writer.checkpoint(), False
    while reached.position < position:
        place = place_of(notifications, reached)
        batch = notifications.read(place, BATCH_RECORDS, upto=position)
        if not batch:
            raise LookupError(f"{notifications.log} has no position {position}")
        reached = writer.apply(place, batch)
        erases = erases or any(each.erased_streams for each in batch)
        progress(reached.position, position)
    return reached, erases


def _build_shares(
    notifications: Log,
    workers: Workers,
    read_url: str,
    shadow: psycopg.Connection,
    model: Model,
    position: int,
    progress: Progress,
) -> bool:
    """Bring the empty shadow to a position in shares; tell whether a patient was erased before."""
    if position == 0:
        return False
    beginning = notifications.beginning()
    loosened = schema.loosen(shadow, model)
    built = shares.build(workers, read_url, model.name, beginning, position, progress)
    schema.tighten(shadow, loosened)
    chain_value, recorded_at = notifications.standing_at(position)
    with shadow.transaction(), shadow.cursor() as cursor:
        before = checkpoint.lock(cursor, model)
        reached = replace(
            before,
            position=position,
            chain_value=chain_value,
            recorded_at=recorded_at,
            digest=digest.moved(before.digest, built.difference),
            rows=built.rows,
        )
        checkpoint.advance(cursor, before, reached)
    return built.erases


def _standing(live: psycopg.Connection, model: Model) -> Checkpoint:
    """Read where the live model stands, whatever version its tables are of."""
    with live.cursor() as cursor:
        found = checkpoint.find(cursor, model.name)
    if found is None:
        raise ModelMissing(model.name)
    return found


def _claim(live: psycopg.Connection, model: Model) -> None:
    """Keep every other rebuild of the model away for as long as this session lasts."""
    name = schema.shadow_schema(model)
    row = live.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (name,)).fetchone()
    if row != (True,):
        raise RebuildRunning(model.name)
