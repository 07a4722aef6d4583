"""Apply a batch to a live or shadow model: rows and checkpoint in one transaction, or neither."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from ehealth_ledger.store.notifications import Notification, Place
from projections.projectors.fold import Fold
from projections.projectors.projector import Projector
from projections.read_models import checkpoint, digest, rows, schema
from projections.read_models import document as documents
from projections.read_models.checkpoint import Checkpoint, Overtaken
from projections.read_models.rows import Changes


class Writer:
    """Write one model through one connection, whose search path says where its tables are."""

    def __init__(self, connection: psycopg.Connection, projector: Projector) -> None:
        self._connection = connection
        self._projector = projector
        self.model = projector.model.name

    def checkpoint(self) -> Checkpoint:
        """Read how far the model is; raise ModelMissing or ModelOutdated as `current` does."""
        with self._connection.cursor() as cursor:
            return checkpoint.current(cursor, self._projector.model)

    def apply(self, after: Place, batch: Sequence[Notification]) -> Checkpoint:
        """Take in the records that follow a place and move the checkpoint to the last of them.

        Raise Overtaken where the model is not at that place (any more): then nothing is written.
        """
        model = self._projector.model
        with self._connection.transaction(), self._connection.cursor() as cursor:
            before = checkpoint.lock(cursor, model)
            if before.position != after.position:
                raise Overtaken(f"{model.name} is at {before.position}, not {after.position}")
            if any(each.erased_streams for each in batch):
                schema.forget_replaced(self._connection, model)
            changes = changes_by(cursor, self._projector, batch)
            rows.write(cursor, model, changes)
            last = batch[-1]
            reached = Checkpoint(
                model=model.name,
                version=before.version,
                log=before.log,
                position=last.position,
                chain_value=last.chain_value,
                recorded_at=last.recorded_at,
                digest=digest.moved(before.digest, changes.difference),
                rows=before.rows + changes.rows,
            )
            checkpoint.advance(cursor, before, reached)
        return reached


def changes_by(
    cursor: psycopg.Cursor, projector: Projector, batch: Sequence[Notification]
) -> Changes:
    """Fold a batch over the rows it touches, as the tables hold them; write nothing."""
    keyed = [(each, projector.keys(each)) for each in batch]
    loaded = {key for each, keys in keyed for key in keys if projector.may_exist(key, each)}
    texts = rows.load(cursor, projector.model, loaded)
    groups = {group for each in batch if (group := projector.gathers(each)) is not None}
    texts |= rows.load_groups(cursor, projector.model, groups)
    erased = {stream for each in batch for stream in each.erased_streams}
    texts |= rows.load_about(cursor, projector.model, erased)
    fold = Fold(projector)
    for key, text in texts.items():
        fold.put(key, documents.read(text))
    for each, keys in keyed:
        fold.take(each, keys)
    changes = Changes()
    for key in fold.touched:
        document = fold.documents.get(key)
        after = None if document is None else documents.write(document)
        changes.note(key, texts.get(key), document, after)
    return changes
