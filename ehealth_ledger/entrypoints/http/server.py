"""Run the service until it is told to stop: bind, follow, answer what was accepted, leave.

Whoever reads health data must be known, and this version has no way to know him. Until it has, it
listens where only this machine's own users reach it.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import own_keys
from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.following import following
from ehealth_ledger.entrypoints.http.protocol import BoundedProtocol
from ehealth_ledger.entrypoints.http.signing import signing
from ehealth_ledger.entrypoints.http.ticking import ticking
from ehealth_ledger.entrypoints.http.witnessing import witnessing
from ehealth_ledger.settings import Settings

EXIT_CORRUPT: Final = 70  # EX_SOFTWARE of sysexits.h
BACKLOG: Final = 2048
KEEP_ALIVE_S: Final = 75

_log = logging.getLogger(__name__)


class HostRefused(Exception):  # noqa: N818 - the name is the finding
    """Report an address that others than this machine could reach."""


class PortTaken(Exception):  # noqa: N818 - the name is the finding
    """Report a port on which something else listens."""


class Gateway(uvicorn.Server):
    """Serve until SIGTERM or SIGINT, then answer what is open and return."""

    def __init__(self, app: FastAPI, stopping: threading.Event) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # nobody stands in front of a loopback address
                timeout_keep_alive=KEEP_ALIVE_S,
                backlog=BACKLOG,
            )
        )
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Listen to signals on the main thread; unlike the library, do not raise them again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            each: signal.signal(each, self.handle_exit) for each in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking connections; commands at hand are answered first."""
        self._stopping.set()
        super().handle_exit(sig, frame)


def die(fault: BaseException) -> None:
    """End the process now: an answer from damaged bytes is worse than none."""
    _log.critical("the ledger cannot go on: %s", fault if str(fault) else type(fault).__name__)
    logging.shutdown()
    os._exit(EXIT_CORRUPT)


def check_loopback(host: str) -> None:
    """Raise HostRefused unless the address is this machine's own."""
    try:
        is_ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_ours = False
    if not is_ours:
        raise HostRefused(
            f"{host} is not a loopback address: who may read what is not yet decided here, so this "
            "version listens on 127.0.0.1 only"
        )


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Bind the address; port 0 takes a free one."""
    check_loopback(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as fault:
            raise PortTaken(
                f"port {port} of {host} cannot be taken ({fault.strerror}): "
                "choose another with --port"
            ) from fault
        yield listener


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    with_projections: bool,
    announce: Callable[[str], None],
) -> None:
    """Serve until told to stop; `announce` is told the address once commands are taken."""
    policy = bootstrap.witness_policy(settings)
    with (
        listening(host, port) as listener,
        bootstrap.databases(settings) as urls,
        bootstrap.service(settings, urls, on_fatal=die) as service,
        following(service.reader.notifications, urls, die, on=with_projections) as reading,
        ticking(settings, urls, die) as ticked,
        signing(settings, urls, die) as signed,
        witnessing(policy, urls, die) as witnessed,
    ):
        stopping = threading.Event()
        app = create_app(
            service,
            reading.router,
            urls=urls,
            on_fatal=die,
            body_bytes_max=settings.max_body_bytes,
            waiting_max=settings.queue_limit,
            stopping=stopping,
            beside={
                "read models": reading.kept,
                "duties": ticked,
                "checkpoints": signed,
                "witnesses": witnessed,
            },
            policy=policy,
            keys=own_keys(settings, urls),
        )
        bootstrap.tune_runtime()
        name = f"[{host}]" if ":" in host else host
        listener.listen(BACKLOG)  # from here on a caller waits instead of being turned away
        announce(f"http://{name}:{listener.getsockname()[1]}")
        Gateway(app, stopping).run(sockets=[listener])
