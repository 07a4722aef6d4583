"""Build the rows of a model from shares of the log, side by side, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from typing import Final, NamedTuple, Protocol

from ehealth_ledger.store.notifications import Place, Share, Stretch, Wanted
from ehealth_ledger.values.cores import cores
from projections.projectors.catalogue import MODELS
from projections.projectors.source import Progress
from projections.projectors.writer import changes_by
from projections.read_models import rows, schema
from projections.read_models.database import connect

# Below this many records a second process takes longer to start than the first to end.
WORTH_SHARING_RECORDS: Final = 20_000


class Scanned(Protocol):
    """Scan one log; `store.notifications.Notifications` is the real one."""

    def scan(self, after: Place, last: int, wanted: Wanted) -> Iterator[Stretch]:
        """Read what is wanted from a place to a position, in stretches, every record checked."""


OpenLog = Callable[[], AbstractContextManager[Scanned]]


@dataclass(frozen=True, slots=True)
class Workers:
    """Say how a process opens the log, and how many may; the first of them is this one.

    `open_log` is pickled, for processes of their own.
    """

    open_log: OpenLog
    count: int

    @classmethod
    def on_every_core(cls, open_log: OpenLog) -> Workers:
        """Use the cores this process may run on."""
        return cls(open_log, cores())


class Built(NamedTuple):
    """Say what rows were written: what they add to the digest, how many, and whether one erases."""

    difference: int = 0
    rows: int = 0
    erases: bool = False

    def beside(self, other: Built) -> Built:
        """Return what both shares came to."""
        return Built(
            self.difference + other.difference,
            self.rows + other.rows,
            self.erases or other.erases,
        )


@dataclass(frozen=True, slots=True)
class Job:
    """Name a share of the log, from its beginning to a position, and the model it is for."""

    open_log: OpenLog
    read_url: str
    model: str
    beginning: Place
    last: int
    share: Share | None


def build(
    workers: Workers,
    read_url: str,
    model: str,
    beginning: Place,
    last: int,
    progress: Progress,
) -> Built:
    """Write the rows of a model into its shadow, which is empty, from the log up to a position.

    The progress told is this process's: the shares are equal. Raise LedgerCorrupt at the first
    record that is not whole, and what befell another process, whichever is first.
    """
    count = workers.count if last >= WORTH_SHARING_RECORDS else 1
    by = MODELS[model].shared_by
    if by is None or count == 1:
        return build_share(Job(workers.open_log, read_url, model, beginning, last, None), progress)
    own, *others = (
        Job(workers.open_log, read_url, model, beginning, last, Share(by, number, count))
        for number in range(count)
    )
    # Started anew, not forked: this process holds connections and threads.
    strangers = set(active_children())
    with ProcessPoolExecutor(len(others), mp_context=get_context("spawn")) as pool:
        building = [pool.submit(build_share, job) for job in others]

        def tell(done: int, total: int) -> None:
            for each in building:
                if each.done():
                    each.result()  # raises what befell it
            progress(done, total)

        try:
            built = build_share(own, tell)
            for each in building:
                built = built.beside(each.result())
        except BaseException:
            # What they would come to is of no use any more.
            for process in set(active_children()) - strangers:
                process.terminate()
            raise
    return built


def build_share(job: Job, progress: Progress = lambda *_: None) -> Built:
    """Write the rows that one share of the log makes."""
    projector = MODELS[job.model]
    built = Built()
    with (
        job.open_log() as log,
        connect(
            job.read_url, schema=schema.shadow_schema(projector.model), name="rebuild"
        ) as shadow,
    ):
        # Nobody reads the shadow yet; a crash means beginning again in any case.
        shadow.execute("SET synchronous_commit = off")
        for stretch in log.scan(job.beginning, job.last, projector.wanted(job.share)):
            with shadow.transaction(), shadow.cursor() as cursor:
                changes = changes_by(cursor, projector, stretch.notifications)
                rows.write(cursor, projector.model, changes)
            erases = any(each.erased_streams for each in stretch.notifications)
            built = built.beside(Built(changes.difference, changes.rows, erases))
            progress(stretch.place.position, job.last)
    return built
