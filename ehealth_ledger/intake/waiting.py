"""Hold the callers that wait for an answer: queue them, hand them out in batches, wake them up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from threading import Condition
from typing import Final
from uuid import UUID

from ehealth_ledger.errors import Undecided
from ehealth_ledger.intake.answers import Answer
from ehealth_ledger.intake.judgement import Submission

LINGER_MIN: Final = 32  # below this a batch forms by itself soon enough
LINGER_S_MAX: Final = 0.002


class Ticket:
    """Hold one waiting caller's place: the submission, the loop it awaits in, its future."""

    __slots__ = ("future", "loop", "submission")

    def __init__(
        self,
        submission: Submission,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[Answer],
    ) -> None:
        self.submission = submission
        self.loop = loop
        self.future = future


class WaitingRoom:
    """Queue tickets between any number of event loops and the committer's thread."""

    def __init__(self, *, max_batch: int, queue_limit: int) -> None:
        self._max_batch = max_batch
        self._queue_limit = queue_limit
        self._waiting: deque[Ticket] = deque()
        # How many tickets of a command are not answered yet.
        self._in_progress: dict[UUID, int] = {}
        self._expected = 0  # how many are likely to wait when the next batch is taken
        self._ready = Condition()
        self._closed = False

    def enter(self, submission: Submission) -> asyncio.Future[Answer]:
        """Queue a submission; raise Undecided when the room is full or closed.

        Call it from an event loop.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        command_id = submission.command_id
        with self._ready:
            if self._closed:
                raise Undecided("service.stopping")
            if len(self._waiting) >= self._queue_limit:
                raise Undecided("service.busy")
            self._waiting.append(Ticket(submission, loop, future))
            self._in_progress[command_id] = self._in_progress.get(command_id, 0) + 1
            if len(self._waiting) in (1, self._expected):
                self._ready.notify()
        return future

    def close(self) -> None:
        """Let nobody in any more; those inside are still answered."""
        with self._ready:
            self._closed = True
            self._ready.notify()

    def holds(self, command_id: UUID) -> bool:
        """Tell whether a command waits for its answer."""
        return command_id in self._in_progress

    def take(self) -> list[Ticket]:
        """Take what is waiting, at most a batch; wait for the first.

        The result is empty when the room is closed and nobody is left.

        An id that stands in the batch already stays for the next one.
        """
        with self._ready:
            while not self._waiting:
                if self._closed:
                    return []
                self._ready.wait()
            if self._expected >= LINGER_MIN:
                # Those just answered are about to come back: one large batch costs less than two.
                self._ready.wait_for(
                    lambda: len(self._waiting) >= self._expected or self._closed, LINGER_S_MAX
                )
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
            self._expected = min(len(taken) + len(self._waiting), self._max_batch)
            return taken

    def answer(self, tickets: Sequence[Ticket], answers: Sequence[Answer]) -> None:
        """Wake the callers up, one call into each event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
        for ticket, answer in zip(tickets, answers, strict=True):
            by_loop.setdefault(ticket.loop, []).append((ticket.future, answer))
        with self._ready:
            for ticket in tickets:
                command_id = ticket.submission.command_id
                left = self._in_progress[command_id] - 1
                if left:
                    self._in_progress[command_id] = left
                else:
                    del self._in_progress[command_id]
        for loop, resolved in by_loop.items():
            # A caller's loop may be gone; the receipt is stored all the same.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, resolved)


def _resolve(resolved: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    for future, answer in resolved:
        if not future.done():  # the caller may have gone away
            future.set_result(answer)
