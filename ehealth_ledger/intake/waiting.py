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
    """Queue tickets between any number of event loops and the committer's thread.

    The queue and the list of those being answered are only ever changed by steps the interpreter
    makes whole; the lock is for falling asleep and waking up.
    """

    def __init__(self, *, max_batch: int, queue_limit: int) -> None:
        self._max_batch = max_batch
        self._queue_limit = queue_limit
        self._waiting: deque[Ticket] = deque()
        self._taken: list[Ticket] = []  # handed out and not answered yet
        self._wake_at = 1  # how many have to wait before the committer is woken; 0: it is awake
        self._expected = 0  # how many are likely to wait when the next batch is taken
        self._ready = Condition()
        self._closed = False

    def enter(self, submission: Submission) -> asyncio.Future[Answer]:
        """Queue a submission; raise Undecided when the room is full or closed.

        Call it from an event loop.
        """
        if self._closed:
            raise Undecided("service.stopping")
        if len(self._waiting) >= self._queue_limit:
            raise Undecided("service.busy")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append(Ticket(submission, loop, future))
        if 0 < self._wake_at <= len(self._waiting):
            with self._ready:
                self._ready.notify()
        return future

    def close(self) -> None:
        """Let nobody in any more; those inside are still answered."""
        with self._ready:
            self._closed = True
            self._ready.notify()

    def holds(self, command_id: UUID) -> bool:
        """Tell whether a command waits for its answer."""
        # Copies, made in one step each; between the two, a ticket may stand in both.
        waiting = list(self._waiting)
        return any(each.submission.command_id == command_id for each in (*waiting, *self._taken))

    def take(self) -> list[Ticket]:
        """Take what is waiting, at most a batch; wait for the first.

        The result is empty when the room is closed and nobody is left.

        An id that stands in the batch already stays for the next one.
        """
        with self._ready:
            self._wait_for(1, None)
            if self._expected >= LINGER_MIN:
                # Those just answered are about to come back: one large batch costs less than two.
                self._wait_for(self._expected, LINGER_S_MAX)
        taken: list[Ticket] = []
        again: list[Ticket] = []
        ids: set[int] = set()
        self._taken = taken
        while self._waiting and len(taken) < self._max_batch:
            ticket = self._waiting[0]
            command_id = ticket.submission.command_id.int
            (again if command_id in ids else taken).append(ticket)
            ids.add(command_id)
            self._waiting.popleft()
        self._waiting.extendleft(reversed(again))
        self._expected = min(len(taken) + len(self._waiting), self._max_batch)
        return taken

    def _wait_for(self, count: int, seconds: float | None) -> None:
        self._wake_at = count
        self._ready.wait_for(lambda: self._closed or len(self._waiting) >= count, seconds)
        self._wake_at = 0

    def answer(self, tickets: Sequence[Ticket], answers: Sequence[Answer]) -> None:
        """Wake the callers up, one call into each event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
        for ticket, answer in zip(tickets, answers, strict=True):
            by_loop.setdefault(ticket.loop, []).append((ticket.future, answer))
        self._taken = []
        for loop, resolved in by_loop.items():
            # A caller's loop may be gone; the receipt is stored all the same.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, resolved)


def _resolve(resolved: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    for future, answer in resolved:
        if not future.done():  # the caller may have gone away
            future.set_result(answer)
