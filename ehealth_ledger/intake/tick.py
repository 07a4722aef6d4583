"""Do what is due: read it in order, sign it as the ledger, commit it like every other command.

Nothing is remembered between two runs. A run that is cut off anywhere leaves a ledger in which what
was committed is no longer due; running again, or twice at once, repeats bytes that the ledger knows
and answers with the receipt they have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final
from uuid import UUID

from psycopg_pool import ConnectionPool

from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.errors import Refusal, Undecided
from ehealth_ledger.intake.answers import Accepted, Answer
from ehealth_ledger.intake.due import DUTIES, contents
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.store.batch import read_head
from ehealth_ledger.store.deadlines import BEGINNING, Due, Place, count_due, read_due
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.roll import RollCall
from ehealth_ledger.values.time import day_begins, first_day, from_microseconds
from ehealth_ledger.verification.ledger_key import LedgerVerifier, Sign, contain

CLIENT: Final = "tick"

Commit = Callable[[Sequence[Submission]], list[Answer]]
Progress = Callable[[int, int], None]
"""Be told how many are done, and of how many."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Done:
    """Count what a run came to; `refused` and `undecided` name what is still due, and why."""

    recorded: int = 0
    repeated: int = 0
    passed: int = 0  # due, but of an erased person: nothing can be recorded
    refused: list[tuple[Due, Refusal]] = field(default_factory=list)
    undecided: list[tuple[Due, Refusal]] = field(default_factory=list)


class Scheduler:
    """Find what is due and commit it; any number of them may run at once."""

    def __init__(
        self,
        ledger: UUID,
        *,
        public_key: bytes,
        sign: Sign,
        mapper: FactMapper,
        reading: ConnectionPool,
        commit: Commit,
        roll: RollCall,
        tidy: Callable[[], None],
        erase: Callable[[], object],
        clock: Callable[[], int],
        batch: int,
    ) -> None:
        self._ledger = ledger
        self._public_key = public_key
        self._sign = sign
        self._verifier = LedgerVerifier(public_key)
        self._mapper = mapper
        self._reading = reading
        self._commit = commit
        self._roll = roll
        self._tidy = tidy
        self._erase = erase
        self._clock = clock
        self._batch = batch

    def run(self, until: int, progress: Progress = lambda *_: None) -> Done:
        """Do everything due by a moment (microseconds UTC), which must not lie ahead.

        What is done may make something else due: passes follow until one records nothing. Previews
        whose time has passed go first, then the keys and blobs of whoever was erased.
        """
        if until > self.now():
            raise ValueError("what is not due yet cannot be done")
        self._tidy()
        self._erase()
        done, given_up = Done(), set[Place]()
        while True:
            before = done.recorded
            self._pass(until, done, given_up, progress)
            if done.recorded == before:
                return done

    def now(self) -> int:
        """Return the ledger's time: the clock's, but never before the last record's."""
        with self._reading.connection() as connection, connection.cursor() as cursor:
            return max(self._clock(), read_head(cursor, self._mapper.log).recorded_at)

    def _pass(self, until: int, done: Done, given_up: set[Place], progress: Progress) -> None:
        with self._reading.connection() as connection, connection.cursor() as cursor:
            total = done.recorded + count_due(cursor, until)
        after = BEGINNING
        while found := self._read(until, after):
            after = found[-1].place
            todo = [each for each in found if each.place not in given_up]
            self._settle(todo, done, given_up)
            progress(done.recorded + done.repeated, max(total, done.recorded))

    def _read(self, until: int, after: Place) -> list[Due]:
        with self._reading.connection() as connection, connection.cursor() as cursor:
            return read_due(cursor, self._mapper, until=until, after=after, limit=self._batch)

    def _settle(self, todo: Sequence[Due], done: Done, given_up: set[Place]) -> None:
        asked: list[tuple[Due, Submission]] = []
        for due in todo:
            if due.fact is None:
                given_up.add(due.place)
                done.passed += 1
            elif due.kind not in DUTIES:
                given_up.add(due.place)
                done.undecided.append((due, Undecided("system.duty_unknown", kind=due.kind)))
            else:
                asked += [(due, each) for each in self._submissions(due)]
        answers: list[Answer] = []
        for part in self._parts(asked):
            for _, submission in part:
                self._prepare(submission)
            answers += self._commit([submission for _, submission in part])
        for (due, submission), answer in zip(asked, answers, strict=True):
            match answer:
                case Accepted(repeated=True):
                    done.repeated += 1
                case Accepted():
                    done.recorded += 1
                case Undecided():
                    given_up.add(due.place)
                    done.undecided.append((due, answer))
                case _:
                    given_up.add(due.place)
                    done.refused.append((due, answer))
                    _log.warning("%s: %s", submission.verified.body.NAME, answer.code)

    def _parts(self, asked: list[tuple[Due, Submission]]) -> Iterator[list[tuple[Due, Submission]]]:
        """Cut what is asked into batches, in order; what a duty hands in alone is one by itself."""
        for alone, each in groupby(asked, key=lambda one: DUTIES[one[0].kind].alone):
            run, size = list(each), 1 if alone else self._batch
            yield from (run[at : at + size] for at in range(0, len(run), size))

    def _prepare(self, submission: Submission) -> None:
        """Read outside the lock what the law of a month would read for long under it."""
        command = submission.verified.body
        if isinstance(command, RunCapitation):
            asked, began = command.resource, day_begins(first_day(command.resource.period))
            with self._reading.connection() as connection, connection.cursor() as cursor:
                self._roll.prepare(cursor, asked.contract, began, command.reason.position)

    def _submissions(self, due: Due) -> list[Submission]:
        at = from_microseconds(self._clock())
        return [
            Submission(
                self._verifier.verify(contain(content, self._public_key, self._sign), at=at),
                CLIENT,
            )
            for content in contents(due, self._ledger)
        ]
