"""Measure the rebuild of a read model beside the library's runner of projections.

Ours: `projections rebuild referral_status`, from position 1, as an operator runs it, on every core:
every record of the log read, hashed again and linked, opened under its key, folded, rows written to
the shadow, their indexes made, compared with the live model, swapped in. The other
processes' start is counted; the log is the longer of the two, the service idle. Its first records
came as signed commands; those that make it longer are written by the store's append, without a law.

Theirs: `ProjectionRunner` of `eventsourcing` over an application of its own that holds the same
events, their bodies open, as its recorder stores them. Each event is folded by the very same
function, and its row and the tracking of its position are written in one transaction, as the
library means it. It is timed over a stretch of the events, from its start.

Memory is the most that the process which rebuilds and takes one of the shares held, at two
lengths of the log: what does not grow with the log is the same at both.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, Final
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from rich.console import Console
from rich.progress import track

from ehealth_ledger.entrypoints.reader import opened_log
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import ReferralIssued
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.mapper import RecordedFact
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.store.secrets import read_secret
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.values.identifiers import ReferralId
from ehealth_ledger.values.json import canonical
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.projectors.referral_status import ReferralStatus
from projections.projectors.shares import Workers
from projections.read_models.schema import prepare
from scripts.benchmarks.append import Referrals
from scripts.benchmarks.ground import Ground, ground
from scripts.benchmarks.memory import peak_mib
from scripts.benchmarks.report import Figure
from scripts.benchmarks.writer import Writer

MODEL: Final = ReferralStatus.model.name
RECORDS: Final = 100_000
A_WINDOW: Final = 10_000
A_COMMAND: Final = 500  # referrals written at once, where no law is asked
THEIRS: Final = 3_000  # events the library's runner is timed over
THEIRS_S_MAX: Final = 300.0
LONGER: Final = 20  # times the first length: from 100 thousand records to 2 million

_console = Console(stderr=True)


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; `scale` changes the length of the log."""
    count = max(int(RECORDS * scale), A_WINDOW)
    with ground() as here:
        referrals = Referrals(here.service, here.founding)
        _fill(referrals, count)
        prepare(here.urls.read)
        Follower(here.service.reader.notifications, here.urls.read, [MODEL]).catch_up()
        _, memory = _rebuild(here)
        theirs = _run_theirs(here, min(count, THEIRS))
        _lengthen(here, count * (LONGER - 1))
        Follower(here.service.reader.notifications, here.urls.read, [MODEL]).catch_up()
        ours, later = _rebuild(here)
    return [
        Figure(
            "project.rebuild.vs_runner",
            ours,
            "records/s",
            "ProjectionRunner of eventsourcing, same events and fold",
            theirs,
            "≥ 40",
        ),
        Figure(
            "project.rebuild.memory",
            later,
            "MiB",
            f"the same on a log {LONGER} times shorter",
            memory,
            "≈ 1",
        ),
    ]


def _fill(referrals: Referrals, count: int) -> None:
    for _ in track(range(0, count, A_WINDOW), "referrals", console=_console):
        referrals.submit(A_WINDOW)


def _lengthen(here: Ground, count: int) -> None:
    """Append so many referrals like those there are, a command a few hundred."""
    like = _facts(here, A_COMMAND)
    with connect(here.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer") as connection:
        writer = Writer(here.service, connection)
        for _ in track(range(0, count, A_COMMAND), "more of them", console=_console):
            writer.write(
                [each.model_copy(update={"referral": ReferralId(uuid4())}) for each in like]
            )


def _facts(here: Ground, count: int) -> list[Fact]:
    """Return the first facts of referrals, opened."""
    with connect(here.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader") as connection:
        rows = connection.execute(_FACTS, (ReferralIssued.TOPIC, count)).fetchall()
    opened = here.service.reader.mapper.open_facts([StoredFact(*row) for row in rows])
    return [each.fact for each in opened if each.fact is not None]


def _rebuild(here: Ground) -> tuple[float, float]:
    """Return records a second, and the memory held, MiB, of a process that does nothing else."""
    master = read_secret(here.settings.master_key_file)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(_rebuild_apart, here.urls, master).result()


def _rebuild_apart(urls: Databases, master: bytes) -> tuple[float, float]:
    open_log = partial(opened_log, urls, master)
    with open_log() as log:
        started = time.perf_counter()
        workers = Workers.on_every_core(open_log)
        rebuilt = rebuild(log, urls.read, MODEL, lambda *_: None, workers=workers)
        seconds = time.perf_counter() - started
    if not rebuilt.equal:
        raise RuntimeError("the rebuilt model differs from the live one")
    return rebuilt.position / seconds, peak_mib()


# Theirs


class _View(PostgresTrackingRecorder):
    """Keep the rows of referrals beside the position they reflect."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {}.referrals (id uuid PRIMARY KEY, document jsonb)"
            ).format(Identifier(self.datastore.schema))
        )
        self._read = SQL("SELECT document FROM {}.referrals WHERE id = %s").format(
            Identifier(self.datastore.schema)
        )
        self._write = SQL(
            "INSERT INTO {}.referrals VALUES (%s, %s) "
            "ON CONFLICT (id) DO UPDATE SET document = excluded.document"
        ).format(Identifier(self.datastore.schema))

    def fold(self, recorded: RecordedFact, tracking: Tracking) -> None:
        """Read the row, fold, write it and its tracking, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            found = cursor.execute(self._read, (recorded.originator_id,), prepare=True).fetchone()
            document = _folded(found["document"] if found else None, recorded)
            cursor.execute(
                self._write, (recorded.originator_id, canonical(document).decode()), prepare=True
            )
            self._insert_tracking(cursor, tracking)


class _Referrals(Projection[_View]):
    """Hand each event to the view."""

    name = "referrals"
    topics = (ReferralIssued.TOPIC,)

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Fold one event."""
        self.view.fold(domain_event, tracking)


def _folded(document: dict[str, Any] | None, recorded: RecordedFact) -> dict[str, Any]:
    fact = recorded.fact
    if fact is None:
        raise RuntimeError("nobody was erased here")
    notification = Notification(
        *("records", recorded.position, 0, b"", recorded.command_id),
        *(recorded.originator_id, recorded.originator_version, fact.TOPIC, fact),
        *(b"", None, _NO_MAPPER),
    )
    folded = _PROJECTOR.evolve(document, fact, notification, ())
    if folded is None:
        raise RuntimeError("a referral that was issued has a row")
    return folded


_PROJECTOR: Final = ReferralStatus()
_NO_MAPPER: Any = None  # this model reads no signed content


class _Mapper(Mapper[UUID]):
    """Read the bodies of facts that the library's recorder stored."""

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Open one event."""
        fact = ReferralIssued.from_bytes(stored_event.state)
        place = (stored_event.originator_version, 1, fact.referral)
        return RecordedFact(fact.referral, *place, fact)


class _Log(Application[UUID]):
    """Be the application that the runner reads."""

    name = "Log"

    def construct_mapper(self) -> Mapper[UUID]:
        """Use the mapper of these events."""
        return _Mapper(transcoder=JSONTranscoder())


def _run_theirs(here: Ground, count: int) -> float:
    """Return the events a second of the library's runner, over a number of referrals."""
    environment = _environment(here.peer)
    log = _Log(environment)
    facts = _facts(here, count)
    log.recorder.insert_events(
        [StoredEvent(fact.stream_id, 1, fact.TOPIC, fact.to_bytes()) for fact in facts]
    )
    started = time.perf_counter()
    with ProjectionRunner(
        application_class=_Log,
        projection_class=_Referrals,
        view_class=_View,
        env=environment,
    ) as runner:
        runner.view.wait(runner.app.name, count, timeout=THEIRS_S_MAX)
        return count / (time.perf_counter() - started)


def _environment(url: str) -> dict[str, str]:
    """Write a connection as the library takes it."""
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts["dbname"],
        "POSTGRES_HOST": parts["host"],
        "POSTGRES_PORT": parts["port"],
        "POSTGRES_USER": parts["user"],
        "POSTGRES_PASSWORD": parts["password"],
    }


_FACTS: Final = """
    SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, r.topic,
           r.key_id, b.blob
    FROM records r JOIN bodies b ON b.log = r.log AND b.position = r.position
    WHERE r.topic = %s ORDER BY r.position LIMIT %s
"""
