"""Own the processes that fold statements beside this one: start, ask and end them.

A fold computes as long as it reads, and Python computes on one core a process. Sequential work
stays in this process; only what comes while it is busy starts another, which then stays.

Nothing depends on one of them: where one dies or cannot read, its statement is folded here, and
what was wrong is met here if it was not the process itself. What a process answers is believed as
far as a fold of this process is: `PeriodFolder.complete` holds both against the log.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import LifoQueue
from threading import Lock
from typing import IO, Any, Final
from uuid import UUID

from ehealth_ledger.pricing.statement import FoldedStatement, StatementKey
from ehealth_ledger.values.json import canonical

HERE: Final = 2  # folded in this process at once: one computes while the other reads
END_S: Final = 5.0
# The same modules from the same folders, whatever the environment says.
_START: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from ehealth_ledger.store.folding.process import main; main()"
)

_log = logging.getLogger(__name__)

Here = Callable[[], FoldedStatement | None]


class ProcessLost(Exception):  # noqa: N818 - the name is the finding
    """Report that a process ended, or could not read, before it answered."""


class FoldingProcess:
    """Hold one process; one thread at a time asks it."""

    def __init__(self, told: bytes) -> None:
        """Start it; raise ProcessLost where the system cannot."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # what a keyboard interrupts is the service, which ends this
            )
        except OSError as fault:
            raise ProcessLost(f"it could not be started: {type(fault).__name__}") from fault
        self._send(told)

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    def fold(self, key: StatementKey) -> FoldedStatement | None:
        """Have a set folded; raise ProcessLost where that did not come to a statement."""
        asked = {"contract": str(key.contract), "package": key.package, "period": key.period}
        self._send(canonical(asked))
        line = self._pipe(self._process.stdout).readline()
        if not line.endswith(b"\n"):
            raise ProcessLost(f"it ended with {self.end()}")
        answer: dict[str, Any] = json.loads(line)
        if answer["asked"] != asked:
            raise ProcessLost("it answered what was not asked")
        if "corrupt" in answer:
            raise ProcessLost(f"it met damage: {answer['corrupt']}")
        if "unreachable" in answer:
            raise ProcessLost(f"it cannot read: {answer['unreachable']}")
        found = answer["folded"]
        return None if found is None else FoldedStatement(*found)

    def end(self) -> int:
        """End it, and return how it ended: an exit code, or a signal below zero."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # it had not read everything: it is ending by itself
                self._pipe(pipe).close()
        try:
            return self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _send(self, line: bytes) -> None:
        pipe = self._pipe(self._process.stdin)
        try:
            pipe.write(line + b"\n")
            pipe.flush()
        except OSError as fault:
            raise ProcessLost(f"it ended with {self.end()}") from fault

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise TypeError("both ends are pipes")
        return pipe


class _Seat:
    """Stand for one fold at a time: in this process, or in another once it was started."""

    __slots__ = ("elsewhere", "process")

    def __init__(self, *, elsewhere: bool) -> None:
        self.elsewhere: Final = elsewhere
        self.process: FoldingProcess | None = None


class FoldingProcesses:
    """Fold statements in `count` processes, this one among them; threads share it."""

    def __init__(self, url: str, ledger: UUID, log: str, key: bytes, *, count: int) -> None:
        """Take what a process is told: the ledger's URL, and the extracted key of its money."""
        told = {"url": url, "ledger": ledger, "log": log, "key": key.hex()}
        self._told: Final = canonical(told)
        self._lock = Lock()
        self._running: set[FoldingProcess] = set()
        others = [_Seat(elsewhere=True) for _ in range(count - 1)]
        here = [_Seat(elsewhere=False) for _ in range(HERE)]
        self._free: LifoQueue[_Seat] = LifoQueue()
        for seat in (*here[1:], *others, here[0]):  # the last is taken first
            self._free.put(seat)

    @property
    def pids(self) -> list[int]:
        """Return the ids of the processes that run now, without this one."""
        with self._lock:
            return [each.pid for each in self._running]

    def fold(self, key: StatementKey, here: Here) -> FoldedStatement | None:
        """Fold a set where there is room, waiting until there is; `here` folds it in this process.

        Raise what `here` raises.
        """
        seat = self._free.get()
        try:
            if seat.elsewhere:
                try:
                    return self._process(seat).fold(key)
                except ProcessLost as fault:
                    _log.error("a statement is folded without its process: %s", fault)
                    self._end(seat)
            return here()
        finally:
            self._free.put(seat)

    def close(self) -> None:
        """End every process; call it when nobody folds any more."""
        with self._lock:
            running, self._running = self._running, set()
        for process in running:
            process.end()

    def _process(self, seat: _Seat) -> FoldingProcess:
        if seat.process is None:
            seat.process = FoldingProcess(self._told)
            with self._lock:
                self._running.add(seat.process)
        return seat.process

    def _end(self, seat: _Seat) -> None:
        process, seat.process = seat.process, None
        if process is not None:
            with self._lock:
                self._running.discard(process)
            process.end()
