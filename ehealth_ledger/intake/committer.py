"""Commit whatever is waiting in one transaction, and give every caller its own answer.

One thread takes the commands that queued up while the last commit ran, locks the log's head, judges
each command in order, writes, commits, answers. Rows leave in chunks: the server stores and hashes
one while the next is judged (store/conveyor.py). Other processes do the same; the head's row orders
them all.

A lost connection is never answered blindly and never retried blindly: the batch runs again under
the head's lock, which the lost transaction must have released, and begins by looking its command
ids up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Final
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from ehealth_ledger.chain.receipt import Receipt, ReceiptBatch
from ehealth_ledger.commands.signed import Evidence
from ehealth_ledger.errors import LedgerCorrupt, Refused, Undecided
from ehealth_ledger.intake.answers import Accepted, Answer
from ehealth_ledger.intake.judgement import Bench, Submission
from ehealth_ledger.intake.waiting import WaitingRoom
from ehealth_ledger.store.batch import (
    NOTIFY,
    Head,
    SealedCommand,
    begin_under_lock,
    place,
    send,
)
from ehealth_ledger.store.charges import PeriodFolder
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.erasures import Eraser
from ehealth_ledger.store.evidence import EvidenceStore
from ehealth_ledger.store.guards import refusal as guard_refusal
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.receipts import read_receipts, receipted_content
from ehealth_ledger.store.roll import RollCall
from ehealth_ledger.store.secrets import SigningKey
from ehealth_ledger.store.streams import StreamCache
from ehealth_ledger.store.vault import Vault

RECONNECT_S_MAX: Final = 30.0  # after this a caller is told that the outcome is unknown
RECONNECT_PAUSE_S: Final = 0.1
CHUNK_COMMANDS: Final = 128  # sent to the server at once, while the next chunk is judged
POLL_EVERY: Final = 8  # commands judged between two looks at the server

_log = logging.getLogger(__name__)

Clock = Callable[[], int]
"""Read the time: microseconds UTC."""


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
        folder: PeriodFolder,
        clock: Clock,
        max_batch: int,
        queue_limit: int,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        self._log_name = log
        self._mapper = mapper
        self._vault = vault
        self._signing_key = signing_key
        self._evidence = evidence
        self._clock = clock
        self._on_fatal = on_fatal
        self._streams = StreamCache(mapper)
        self._eraser = Eraser(url, vault)
        self._folder = folder
        self._roll = RollCall(mapper, vault)
        self._room = WaitingRoom(max_batch=max_batch, queue_limit=queue_limit)
        self._writing = _Connection(url, "writer")
        # The judge reads on its own connection: under the lock nobody else writes, and the writer's
        # is busy.
        self._looking = _Connection(url, "judge")
        self._thread = Thread(target=self._run, name="committer", daemon=True)

    @property
    def folder(self) -> PeriodFolder:
        """Fold closed periods before their statement is judged."""
        return self._folder

    @property
    def roll(self) -> RollCall:
        """Call the roll of a month before it is judged."""
        return self._roll

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def stop(self) -> None:
        """Answer everything that was accepted into the queue, then end."""
        self._room.close()
        if self._thread.is_alive():
            self._thread.join()
        self._writing.drop()
        self._looking.drop()

    def is_running(self) -> bool:
        """Tell whether commands are being committed."""
        return self._thread.is_alive()

    def submit(self, submission: Submission) -> asyncio.Future[Answer]:
        """Queue a command; await the returned future for its answer. Call from an event loop."""
        return self._room.enter(submission)

    def is_in_progress(self, command_id: UUID) -> bool:
        """Tell whether a command waits or is being judged in this process."""
        return self._room.holds(command_id)

    def commit(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Judge and commit now, on the caller's thread.

        For start-up, before the committer's own thread runs.
        """
        return self._settle(submissions)

    def _run(self) -> None:
        try:
            while tickets := self._room.take():
                self._room.answer(tickets, self._settle([each.submission for each in tickets]))
        except BaseException as fault:  # nothing is swallowed: the process is told to end, loudly
            self._room.close()
            self._on_fatal(fault)
            raise

    # One batch

    def _settle(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Bring a batch to an end whatever the connection does.

        Halve it where a guard finds a culprit.
        """
        deadline = time.monotonic() + RECONNECT_S_MAX
        while True:
            try:
                return self._attempt(submissions)
            except psycopg.errors.IntegrityError as fault:
                return self._without_culprit(submissions, fault)
            except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
                self._writing.drop()
                self._looking.drop()
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
        """Judge and write one batch in one transaction.

        The server stores a chunk while the next is judged.
        """
        writing, looking = self._writing.open(), self._looking.open()
        try:
            head = begin_under_lock(writing, self._log_name)
            with looking.cursor() as cursor:
                return self._write(Conveyor(writing), cursor, head, submissions)
        except BaseException:
            if not writing.closed:
                writing.rollback()
            raise

    def _write(
        self,
        conveyor: Conveyor,
        cursor: psycopg.Cursor,
        head: Head,
        submissions: Sequence[Submission],
    ) -> list[Answer]:
        """Answer every command under the lock, and commit."""
        self._streams.catch_up(cursor, head)
        repeats = self._repeats(cursor, submissions)
        bench = Bench(
            cursor,
            head,
            max(self._clock(), head.recorded_at),
            [each for each in submissions if each.command_id not in repeats]
            if repeats
            else submissions,
            streams=self._streams,
            mapper=self._mapper,
            vault=self._vault,
            fold=self._folder.complete,
            take=self._roll.take,
        )
        answers: list[Answer | None] = []
        chunk: list[SealedCommand] = []
        evidences: list[Evidence] = []
        for submission in submissions:
            answer = repeats.get(submission.command_id) if repeats else None
            judged = answer or bench.judge(submission)
            if isinstance(judged, SealedCommand):
                evidences.append(submission.verified.evidence)
                chunk.append(judged)
                answers.append(None)  # until the chunk's receipts are signed
            else:
                answers.append(judged)
            if len(chunk) == CHUNK_COMMANDS:
                head = self._send(conveyor, head, chunk, bench, answers)
                chunk = []
            elif not len(answers) % POLL_EVERY:
                conveyor.poll()
        if chunk:
            head = self._send(conveyor, head, chunk, bench, answers)
        # Also for an empty batch: it forgets what a rolled-back batch had meant to store.
        self._evidence.send(conveyor, evidences)
        if evidences:
            conveyor.execute(NOTIFY)
        conveyor.commit()
        self._streams.keep(head, bench.loaded)
        self._evidence.committed()
        if bench.erased:
            self._erase(bench.erased)
        return [each for each in answers if each is not None]

    def _erase(self, patients: set[UUID]) -> None:
        """Carry out what was just recorded, before anybody is answered.

        A vault that does not answer is no reason to answer otherwise: the erasure stands, this
        process gives the keys out no more, and the next start or `tick` finishes it.
        """
        self._vault.forget(patients)
        self._streams.look_again()
        try:
            self._eraser.finish(patients)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as fault:
            _log.error("an erasure is still to be carried out: %s", type(fault).__name__)

    def _send(
        self,
        conveyor: Conveyor,
        head: Head,
        chunk: Sequence[SealedCommand],
        bench: Bench,
        answers: list[Answer | None],
    ) -> Head:
        """Place a chunk after the head, sign its receipts, and put everything on its way."""
        placed = place(head, chunk, bench.now_us)
        batch = ReceiptBatch(placed.placements)
        signature = self._signing_key.sign(batch.signed_bytes())
        send(conveyor, placed, signature)
        bench.lookups.send(conveyor)
        conveyor.poll()
        receipts = iter(batch.receipts(signature))
        for at in range(len(answers)):
            if answers[at] is None:
                answers[at] = Accepted(next(receipts))
        return placed.head

    def _repeats(
        self, cursor: psycopg.Cursor, submissions: Sequence[Submission]
    ) -> dict[UUID, Answer]:
        """Answer the commands that stand in the ledger already.

        The same bytes get the stored receipt, others a conflict.
        """
        known = read_receipts(cursor, [each.command_id for each in submissions])
        if not known:
            return {}
        by_id = {each.command_id: each for each in submissions}
        return {
            command_id: self._repeat(cursor, by_id[command_id], receipt)
            for command_id, receipt in known.items()
        }

    def _repeat(self, cursor: psycopg.Cursor, submission: Submission, receipt: Receipt) -> Answer:
        recorded = receipted_content(cursor, self._mapper, self._vault, receipt)
        if recorded is None:
            return Accepted(receipt, repeated=True, erased=True)
        if recorded != submission.verified.signed_bytes:
            return Refused("command.conflict", "$.command_id")
        return Accepted(receipt, repeated=True)


class _Connection:
    """Keep one connection, and open another when it is lost."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: psycopg.Connection | None = None

    def open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(
                self._url, schema=LEDGER_SCHEMA, role="ledger_writer", name=self._name
            )
            # Plans are kept: one made while a table was small would read it whole for ever.
            self._connection.execute("SET enable_seqscan = off")
            # Each look is short: workers would cost more than they do, under the lock.
            self._connection.execute("SET max_parallel_workers_per_gather = 0")
        return self._connection

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
