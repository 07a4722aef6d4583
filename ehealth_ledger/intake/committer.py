"""Commit whatever is waiting in one transaction, and give every caller its own answer.

One thread owns one connection. It takes the commands that queued up while the last commit ran (no timer: batches form
by themselves), locks the log's head, judges each command in order, writes, commits, answers. Other processes do the
same; the head's row orders them all.

A lost connection is never answered blindly and never retried blindly: the batch runs again under the head's lock,
which the lost transaction must have released, and begins by looking its command ids up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Condition, Thread
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.chain.receipt import Placement, Receipt, ReceiptBatch
from ehealth_ledger.errors import LedgerCorrupt, Refusal, Refused, Undecided
from ehealth_ledger.intake.answers import Accepted, Answer
from ehealth_ledger.intake.judgement import Bench, Submission
from ehealth_ledger.store.batch import (
    Head,
    SealedCommand,
    append,
    lock_head,
    write_receipts,
)
from ehealth_ledger.store.charges import PeriodFolder
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.evidence import EvidenceStore
from ehealth_ledger.store.guards import refusal as guard_refusal
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.receipts import read_receipts
from ehealth_ledger.store.secrets import SigningKey
from ehealth_ledger.store.streams import StreamCache
from ehealth_ledger.store.vault import Vault

RECONNECT_S_MAX: Final = 30.0  # after this a caller is told that the outcome is unknown
RECONNECT_PAUSE_S: Final = 0.1

_log = logging.getLogger(__name__)

Clock = Callable[[], int]
"""Read the time: microseconds UTC."""


class Ticket:
    """Hold one waiting caller's place: the submission, the loop it awaits in, its future."""

    __slots__ = ("future", "loop", "submission")

    def __init__(
        self, submission: Submission, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Answer]
    ) -> None:
        self.submission = submission
        self.loop = loop
        self.future = future


class Committer:
    """Own the writing connection of this process."""

    def __init__(
        self,
        url: str,
        *,
        log: str,
        mapper: FactMapper,
        vault: Vault,
        signing_key: SigningKey,
        evidence: EvidenceStore,
        clock: Clock,
        max_batch: int,
        queue_limit: int,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        self._url = url
        self._log_name = log
        self._mapper = mapper
        self._vault = vault
        self._signing_key = signing_key
        self._evidence = evidence
        self._clock = clock
        self._max_batch = max_batch
        self._queue_limit = queue_limit
        self._on_fatal = on_fatal
        self._streams = StreamCache(mapper)
        self._folder = PeriodFolder(mapper)
        self._connection: psycopg.Connection | None = None
        self._waiting: deque[Ticket] = deque()
        self._in_progress: set[UUID] = set()
        self._ready = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="committer", daemon=True)

    @property
    def folder(self) -> PeriodFolder:
        """Fold closed periods before their statement is judged."""
        return self._folder

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def stop(self) -> None:
        """Answer everything that was accepted into the queue, then end."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        if self._thread.is_alive():
            self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def submit(self, submission: Submission) -> asyncio.Future[Answer]:
        """Queue a command; await the returned future for its answer. Call from an event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        with self._ready:
            if self._stopping:
                raise Undecided("service.stopping")
            if len(self._waiting) >= self._queue_limit:
                raise Undecided("service.busy")
            self._waiting.append(Ticket(submission, loop, future))
            self._in_progress.add(submission.command_id)
            self._ready.notify()
        return future

    def is_in_progress(self, command_id: UUID) -> bool:
        """Tell whether a command waits or is being judged in this process."""
        return command_id in self._in_progress

    def commit(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Judge and commit now, on the caller's thread; for start-up, before the committer's own thread runs."""
        return self._settle(submissions)

    # The thread

    def _run(self) -> None:
        try:
            while True:
                tickets = self._take()
                if not tickets:
                    return
                answers = self._settle([ticket.submission for ticket in tickets])
                self._deliver(tickets, answers)
        except BaseException as fault:  # nothing is swallowed: the process is told to end, loudly
            self._on_fatal(fault)
            raise

    def _take(self) -> list[Ticket]:
        """Take what is waiting, at most a batch; an id that stands in the batch already waits for the next."""
        with self._ready:
            while not self._waiting:
                if self._stopping:
                    return []
                self._ready.wait()
            taken: list[Ticket] = []
            again: list[Ticket] = []
            ids: set[UUID] = set()
            while self._waiting and len(taken) < self._max_batch:
                ticket = self._waiting.popleft()
                if ticket.submission.command_id in ids:
                    again.append(ticket)
                else:
                    ids.add(ticket.submission.command_id)
                    taken.append(ticket)
            self._waiting.extendleft(reversed(again))
            return taken

    def _deliver(self, tickets: Sequence[Ticket], answers: Sequence[Answer]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
        for ticket, answer in zip(tickets, answers, strict=True):
            by_loop.setdefault(ticket.loop, []).append((ticket.future, answer))
        with self._ready:
            still_waiting = {ticket.submission.command_id for ticket in self._waiting}
            for ticket in tickets:
                if ticket.submission.command_id not in still_waiting:
                    self._in_progress.discard(ticket.submission.command_id)
        for loop, resolved in by_loop.items():
            if not loop.is_closed():  # a caller's loop may be gone; the receipt is stored all the same
                loop.call_soon_threadsafe(_resolve, resolved)

    # One batch

    def _settle(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Bring a batch to an end whatever the connection does; halve it where a guard finds a culprit."""
        deadline = time.monotonic() + RECONNECT_S_MAX
        while True:
            try:
                return self._attempt(submissions)
            except psycopg.errors.IntegrityError as fault:
                return self._without_culprit(submissions, fault)
            except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
                self._drop_connection()
                if time.monotonic() > deadline:
                    _log.error("the ledger's database is out of reach: %s", type(fault).__name__)
                    return [Undecided("service.outcome_unknown") for _ in submissions]
                time.sleep(RECONNECT_PAUSE_S)

    def _without_culprit(
        self, submissions: Sequence[Submission], fault: psycopg.errors.IntegrityError
    ) -> list[Answer]:
        refused = guard_refusal(fault)
        if refused is None:
            raise LedgerCorrupt(
                "database.refused_record", self._log_name, 0, str(fault.diag.message_primary)
            ) from fault
        if len(submissions) == 1:
            return [refused]
        middle = len(submissions) // 2
        return self._settle(submissions[:middle]) + self._settle(submissions[middle:])

    def _attempt(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Judge and write one batch in one transaction."""
        connection = self._connected()
        with connection.transaction(), connection.cursor() as cursor:
            head = lock_head(cursor, self._log_name)
            self._streams.catch_up(cursor, head)
            answers: dict[UUID, Answer] = self._repeats(cursor, submissions)
            fresh = [each for each in submissions if each.command_id not in answers]
            now_us = max(self._clock(), head.recorded_at)
            bench = Bench(
                cursor,
                head,
                now_us,
                fresh,
                streams=self._streams,
                mapper=self._mapper,
                vault=self._vault,
                fold=self._folder.complete,
            )
            sealed: list[SealedCommand] = []
            accepted: list[Submission] = []
            for submission in fresh:
                judged = bench.judge(submission)
                if isinstance(judged, Refusal):
                    answers[submission.command_id] = judged
                else:
                    sealed.append(judged)
                    accepted.append(submission)
            head, receipts = self._write(cursor, head, sealed, accepted, now_us)
            bench.lookups.write()
        self._streams.keep(head, bench.loaded)
        self._evidence.committed()
        for receipt in receipts:
            answers[receipt.placement.command_id] = Accepted(receipt)
        return [answers[each.command_id] for each in submissions]

    def _write(
        self,
        cursor: psycopg.Cursor,
        head: Head,
        sealed: Sequence[SealedCommand],
        accepted: Iterable[Submission],
        now_us: int,
    ) -> tuple[Head, list[Receipt]]:
        if not sealed:
            return head, []
        self._evidence.write(cursor, (each.verified.evidence for each in accepted))
        head, placements = append(cursor, head, sealed, now_us)
        receipts = self._sign(placements)
        write_receipts(cursor, receipts)
        return head, receipts

    def _sign(self, placements: Sequence[Placement]) -> list[Receipt]:
        batch = ReceiptBatch(placements)
        return batch.receipts(self._signing_key.sign(batch.signed_bytes()))

    def _repeats(
        self, cursor: psycopg.Cursor, submissions: Sequence[Submission]
    ) -> dict[UUID, Answer]:
        """Answer the commands that stand in the ledger already: same bytes, the stored receipt; others, a conflict."""
        known = read_receipts(cursor, [each.command_id for each in submissions])
        if not known:
            return {}
        by_id = {each.command_id: each for each in submissions}
        return {
            command_id: self._repeat(cursor, by_id[command_id], receipt)
            for command_id, receipt in known.items()
        }

    def _repeat(self, cursor: psycopg.Cursor, submission: Submission, receipt: Receipt) -> Answer:
        placed = receipt.placement
        row = cursor.execute(
            "SELECT key_id, blob FROM envelopes WHERE log = %s AND position = %s",
            (placed.log, placed.first_position),
        ).fetchone()
        key = None if row is None else self._vault.key(row[0])
        if row is None or key is None:
            return Accepted(receipt, repeated=True, erased=True)
        plaintext = self._mapper.open_envelope(
            key, submission.command_id, row[1], placed.first_position
        )
        if Envelope.from_bytes(plaintext).content != submission.verified.signed_bytes:
            return Refused("command.conflict", "$.command_id")
        return Accepted(receipt, repeated=True)

    # The connection

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(
                self._url, schema=LEDGER_SCHEMA, role="ledger_writer", name="committer"
            )
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _resolve(resolved: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    for future, answer in resolved:
        if not future.done():  # the caller may have gone away
            future.set_result(answer)
