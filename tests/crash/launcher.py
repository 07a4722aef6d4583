"""Start the service again and again, each time armed to kill itself at one exact point.

Reads lines `<point> <countdown>` from standard input and forks a service for each: the imports are
paid for once. A service counts only what happens after SIGUSR1, so that a test can first hand in
again what the one before may have lost. The product knows nothing of this: only its own calls are
wrapped, here.

    before_copy    the batch is judged, no row has been sent
    before_commit  every row is written, nothing is committed
    after_commit   everything is durable, nobody has been answered
    key_destroyed  an erased patient's key is gone, the blobs are still there
    corrupt        the committer finds damage
    never          nothing happens by itself
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.entrypoints.http import logs, server
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.intake import committer
from ehealth_ledger.settings import Settings
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.vault import Vault

HOST: Final = "127.0.0.1"


class Fuse:
    """Count how often a point is passed, once armed, and kill the process at the last."""

    def __init__(self, point: str, countdown: int) -> None:
        self._point = point
        self._left = countdown
        self.armed = False
        self.has_rows = False  # whether the transaction has rows to send

    def passes(self, point: str) -> None:
        if not self.armed or point != self._point:
            return
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(self) -> None:
        """Put the fuse into the calls that mark the points."""
        fuse = self
        copy: Callable[..., None] = Conveyor.copy
        commit: Callable[..., None] = Conveyor.commit
        begin: Callable[..., Any] = committer.begin_under_lock

        def beginning(*arguments: Any) -> Any:
            if fuse.armed and fuse._point == "corrupt":
                raise LedgerCorrupt("record.altered", "records", 7, "made up by a test")
            fuse.has_rows = False
            return begin(*arguments)

        def copying(conveyor: Conveyor, *arguments: Any) -> None:
            if not fuse.has_rows:
                fuse.passes("before_copy")
            fuse.has_rows = True
            copy(conveyor, *arguments)

        def committing(conveyor: Conveyor) -> None:
            if fuse.has_rows:
                conveyor.drain()
                fuse.passes("before_commit")
            commit(conveyor)
            if fuse.has_rows:
                fuse.passes("after_commit")

        destroy: Callable[..., None] = Vault.destroy

        def destroying(vault: Vault, key_ids: Iterable[UUID]) -> None:
            wanted = list(key_ids)
            destroy(vault, wanted)
            if wanted:
                fuse.passes("key_destroyed")

        Vault.destroy = destroying  # type: ignore[method-assign]
        committer.begin_under_lock = beginning
        Conveyor.copy = copying  # type: ignore[method-assign]
        Conveyor.commit = committing  # type: ignore[method-assign]

    def arm(self, *_: object) -> None:
        self.armed = True


def _serve(point: str, countdown: int, port: int) -> None:
    fuse = Fuse(point, countdown)
    fuse.wrap()
    signal.signal(signal.SIGUSR1, fuse.arm)
    logs.set_up(access=False)
    server.serve(
        Settings(),
        host=HOST,
        port=port,
        with_projections=False,
        announce=lambda url: _say("at", url),
    )


def _say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def main() -> None:
    """Serve what is asked for, one after the other."""
    port = int(sys.argv[1])
    for line in sys.stdin:
        point, countdown = line.split()
        child = os.fork()
        if child == 0:
            _serve(point, int(countdown), port)
            os._exit(0)
        _say("pid", child)
        _, status = os.waitpid(child, 0)
        _say("ended", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
