"""Give each run of the demo a folder of its own, and clear away what earlier runs left.

    <home>/run-…/           one deployment: keys, trust store, embedded PostgreSQL, the service log
        demo.lock           held by the demo while it plays
        service.lock        inherited by the service, so held exactly as long as that one lives
        service.json        process id and address of the service, and whether it is to stay

Only folders that hold `demo.lock` are ever removed, so no real deployment can be among them. A run
ended by `kill -9` leaves such a folder and perhaps its service; both locks tell the next run which.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from ehealth_ledger.settings import default_data_dir
from ehealth_ledger.store.embedded.cluster import Cluster
from ehealth_ledger.store.file_lock import alone, take_lock
from ehealth_ledger.values.time import KYIV

LEFTOVER_S_MAX: Final = 40.0
POLL_S: Final = 0.05

Say = Callable[[str], None]
"""Tell the person at the terminal one line."""


@dataclass(frozen=True, slots=True)
class ServiceNote:
    """Remember a run's service."""

    pid: int
    url: str
    kept: bool

    def write(self, folder: Path) -> None:
        """Write the note; replaced whole, so that nobody reads half of it."""
        unfinished = folder / "service.json.unfinished"
        unfinished.write_text(json.dumps(asdict(self)), encoding="utf-8")
        unfinished.replace(folder / "service.json")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the note of a run; None where its service never started."""
        try:
            return cls(**json.loads((folder / "service.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None


def default_home() -> Path:
    """Return the folder beside, never inside, the default data folder of a real deployment."""
    data = default_data_dir()
    return data.with_name(f"{data.name}-demo")


@contextmanager
def new_run(home: Path) -> Iterator[Path]:
    """Make the folder of a new run, locked until the demo ends."""
    home = home.expanduser().resolve()
    stamp = datetime.now(KYIV).strftime("%Y%m%d-%H%M%S")
    folder = home / f"run-{stamp}-{os.getpid()}"
    for missing in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            missing.chmod(0o711)  # PostgreSQL runs under another account and passes through
    with alone(folder / "demo.lock", FileExistsError(f"{folder} is another demo's")):
        yield folder


def clear_earlier_runs(home: Path, say: Say) -> None:
    """Remove the runs nobody uses any more, saying so; a playing or kept one stays."""
    for lock_file in sorted(home.expanduser().resolve().glob("run-*/demo.lock")):
        lock = take_lock(lock_file)
        if lock is None:
            say(f"Another demo is playing in {lock_file.parent}; it is left alone.")
            continue
        try:
            _clear(lock_file.parent, say)
        finally:
            os.close(lock)


def _clear(folder: Path, say: Say) -> None:
    service = take_lock(folder / "service.lock")
    if service is None:
        note = ServiceNote.read(folder)
        if note is None or note.kept:
            where = "" if note is None else f" at {note.url}; stop it with: kill {note.pid}"
            say(f"The service of an earlier demo is still running{where}. It is left alone.")
            return
        say(f"An earlier demo was killed; its service (process {note.pid}) is stopped now.")
        service = _stopped(note, folder)
    try:
        _await_departure(Cluster(folder / "postgresql"))
        say(f"The data of an earlier demo is removed: {folder}")
        shutil.rmtree(folder)
    finally:
        os.close(service)


def _stopped(note: ServiceNote, folder: Path) -> int:
    """Stop a service that holds its lock, and so lives under its noted process id."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):  # it ended after the look at its lock
            os.kill(note.pid, number)
        deadline = time.monotonic() + LEFTOVER_S_MAX
        while time.monotonic() < deadline:
            lock = take_lock(folder / "service.lock")
            if lock is not None:
                return lock
            time.sleep(POLL_S)
    raise TimeoutError(f"process {note.pid} of an earlier demo does not end; stop it by hand")


def _await_departure(cluster: Cluster) -> None:
    """Wait until no server lives in a cluster: it leaves by itself when its last user has gone."""
    deadline = time.monotonic() + LEFTOVER_S_MAX
    while cluster.inhabitants():
        if time.monotonic() > deadline:
            raise TimeoutError(f"a PostgreSQL still runs in {cluster.folder}; stop it by hand")
        time.sleep(POLL_S)
