"""Run `ehealth-ledger serve` as a process of its own, as an operator would, and stop it cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Final

import httpx

from ehealth_ledger.entrypoints.demo.place import ServiceNote
from ehealth_ledger.settings import Settings
from ehealth_ledger.store.file_lock import take_lock

START_S_MAX: Final = 60.0
STOP_S_MAX: Final = 60.0
POLL_S: Final = 0.05
LOG_LINES: Final = 25
DEATH_S: Final = 0.3  # a dying process closes its connections a moment before it is gone
_COMMAND: Final = ("-P", "-m", "ehealth_ledger.entrypoints.cli", "serve")
_PREFIX: Final = "EHEALTH_"


class Terminated(BaseException):
    """Unwind the demo when the system asks it to end; `number` is the signal."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextmanager
def signals_unwind() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception, so that whatever was started is stopped."""

    def unwind(number: int, _: FrameType | None) -> None:
        raise Terminated(number)

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class ServiceFailed(Exception):  # noqa: N818 - the name is the finding
    """Report that the service did not start, or ended by itself."""


def settings_in(folder: Path) -> Settings:
    """Return the settings of one run: everything in its folder, whatever the environment says.

    The environment may describe a real deployment, whose databases and keys are not to be touched.
    """
    return Settings(
        data_dir=folder,
        master_key_file=folder / "master.key",
        signing_key_file=folder / "signing.key",
        checkpoint_key_file=folder / "checkpoint.key",
        checkpoint_state_file=folder / "last.checkpoint",
        super_state_file=folder / "last.super.checkpoint",
        trust_store_file=folder / "trust-store.json",
        crl_dir=folder / "crls",
        database_url=None,
        database_prefix="ehealth",
        ledger_url=None,
        vault_url=None,
        read_url=None,
        host="127.0.0.1",
        port=_free_port(),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(settings: Settings) -> dict[str, str]:
    """Write what the service reads: the folder, whose files have default names, and the address."""
    inherited = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    return {
        **inherited,
        f"{_PREFIX}DATA_DIR": str(settings.data_dir),
        f"{_PREFIX}HOST": settings.host,
        f"{_PREFIX}PORT": str(settings.port),
    }


def _is_setting(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """Hold the running service."""

    process: subprocess.Popen[bytes]
    folder: Path
    note: ServiceNote

    @property
    def url(self) -> str:
        """Return the address it answers at."""
        return self.note.url

    @property
    def log(self) -> Path:
        """Return the file it writes its log to."""
        return self.folder / "service.log"

    def last_words(self) -> str:
        """Return the last lines of the log, and how the service ended where it did."""
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            tail = "".join(deque(lines, LOG_LINES)).rstrip()
        try:
            status = self.process.wait(DEATH_S)
        except subprocess.TimeoutExpired:
            return tail
        return f"{tail}\n(The service ended with status {status}.)"

    def await_ready(self) -> None:
        """Return when the service says it is ready; raise ServiceFailed where it does not."""
        deadline = time.monotonic() + START_S_MAX
        with httpx.Client(base_url=self.url, trust_env=False, timeout=5) as client:
            while (obstacle := _obstacle(client)) is not None:
                if self.process.poll() is not None:
                    raise ServiceFailed(
                        f"the service ended with status {self.process.returncode} while starting"
                    )
                if time.monotonic() > deadline:
                    raise ServiceFailed(
                        f"the service was not ready within {START_S_MAX:.0f} s: {obstacle}"
                    )
                time.sleep(POLL_S)

    def keep(self) -> None:
        """Note for later runs that this service is to stay."""
        replace(self.note, kept=True).write(self.folder)

    def stop(self) -> None:
        """Ask the service to end, and wait until it has."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServiceFailed(
                f"the service did not end within {STOP_S_MAX:.0f} s and was killed"
            ) from None


def _obstacle(client: httpx.Client) -> str | None:
    """Return what keeps the service from taking commands; None where nothing does."""
    try:
        answer = client.get("/ready")
    except httpx.TransportError as fault:
        return str(fault)  # it does not listen yet
    return None if answer.status_code == httpx.codes.OK else answer.text


@contextmanager
def serving(settings: Settings, *, keep: bool, last_words: list[str]) -> Iterator[ServiceProcess]:
    """Start the service and stop it at the end, or leave it running where `keep` and all went well.

    Where anything failed meanwhile, the end of the service's log is put into `last_words`.
    """
    service = _started(settings)
    try:
        service.await_ready()
        yield service
        if keep:
            service.keep()
    except BaseException:
        last_words.append(service.last_words())
        keep = False
        raise
    finally:
        if not keep:
            service.stop()


def _started(settings: Settings) -> ServiceProcess:
    folder = settings.data_dir
    lock = take_lock(folder / "service.lock")
    if lock is None:
        raise ServiceFailed(f"a service runs in {folder} already")
    try:
        with (folder / "service.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *_COMMAND],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(settings),
                pass_fds=(lock,),  # the service keeps it as long as it lives
                start_new_session=True,  # Ctrl-C is for the demo, and a kept service outlives it
            )
    finally:
        os.close(lock)
    note = ServiceNote(process.pid, f"http://{settings.host}:{settings.port}", kept=False)
    note.write(folder)
    return ServiceProcess(process, folder, note)
