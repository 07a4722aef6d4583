"""Compare a live model with the log: every row, recomputed from position 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ehealth_ledger.errors import LedgerCorrupt
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import check_place
from projections.projectors.replay import fold_as_of
from projections.projectors.source import Log, Progress
from projections.read_models import checkpoint, digest, rows
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.database import connect, moment
from projections.read_models.document import Document
from projections.read_models.model import Key, Model, Table


@dataclass(frozen=True, slots=True)
class Comparison:
    """Say what differs between a live model and its log; no findings mean equal, row for row."""

    model: str
    position: int
    rows: int
    findings: list[str]

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class LiveRow:
    """Hold what a live row is: the hash of its key and document, and its copied columns as text."""

    hash: int
    columns: list[str | None]


def compare(notifications: Log, read_url: str, model: str, progress: Progress) -> Comparison:
    """Compare the live rows of a model with a fold of the log in memory.

    Live reads and writes go on. Each altered, missing or surplus row is named by its key. The live
    rows themselves are hashed, since a stored digest stays as it was when somebody alters a row. An
    empty model is a finding: it equals nothing worth comparing.
    """
    projector = MODELS[model]
    found, live = _live(read_url, projector.model)
    findings = list(_own_findings(found, live))
    try:
        check_place(notifications, found)
    except LedgerCorrupt as fault:
        # The one place where a fault of the log is a finding: this model was read from another log
        # or a longer one.
        return Comparison(model, found.position, len(live), [*findings, str(fault)])
    folded = fold_as_of(notifications, model, found.position, progress)
    expected = folded.texts()
    findings += _row_findings(projector.model, live, expected, folded.documents)
    return Comparison(model, found.position, len(live), findings)


def _live(read_url: str, model: Model) -> tuple[Checkpoint, dict[Key, LiveRow]]:
    live: dict[Key, LiveRow] = {}
    with (
        connect(read_url, name="compare") as connection,
        moment(connection, *(table.name for table in model.tables)) as cursor,
    ):
        found = checkpoint.current(cursor, model)
        for table in model.tables:
            with connection.cursor(name=f"live_{table.name}") as scrolling:
                for row_id, columns, text in rows.stream(scrolling, table):
                    hashed = digest.row_hash(table.name, row_id, text)
                    live[Key(table.name, row_id)] = LiveRow(hashed, columns)
    return found, live


def _own_findings(found: Checkpoint, live: dict[Key, LiveRow]) -> Iterator[str]:
    """Hold a model against its own checkpoint."""
    if not live:
        yield f"read_model is empty: {found.model}"
    if found.rows != len(live):
        yield f"{found.model}: the checkpoint counts {found.rows} rows, there are {len(live)}"
    recomputed = digest.moved(digest.EMPTY, sum(row.hash for row in live.values()))
    if recomputed != found.digest:
        yield (
            f"{found.model}: the stored digest is {found.digest.hex()}, "
            f"that of the rows {recomputed.hex()}"
        )


def _row_findings(
    model: Model,
    live: dict[Key, LiveRow],
    expected: Iterable[tuple[Key, str]],
    documents: dict[Key, Document],
) -> Iterator[str]:
    for key, text in expected:
        row = live.get(key)
        if row is None:
            yield f"missing: {key.table} {key.id}"
        elif row.hash != digest.row_hash(key.table, key.id, text):
            yield f"altered: {key.table} {key.id}"
        elif row.columns != _copies(model.by_name[key.table], documents[key]):
            yield f"altered: {key.table} {key.id}: a column says other than its document"
    for key in live.keys() - documents.keys():
        yield f"surplus: {key.table} {key.id}"


def _copies(table: Table, document: Document) -> list[str | None]:
    return [None if value is None else str(value) for value in table.copies(document)]
