"""Run the real service on the region's clock: its own database, its own loopback port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.founding import Founding, found
from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.following import following
from ehealth_ledger.entrypoints.http.server import BACKLOG, Gateway, listening
from ehealth_ledger.intake.tick import Scheduler
from ehealth_ledger.settings import Databases, Settings
from scripts.regional.clock import Clock


@dataclass(frozen=True, slots=True)
class Running:
    """Hold a running region's service."""

    url: str
    settings: Settings
    urls: Databases
    founding: Founding
    service: bootstrap.Service
    scheduler: Scheduler

    def tick(self) -> int:
        """Do by itself what has fallen due; return how many acts were recorded."""
        return self.scheduler.run(self.scheduler.now()).recorded


@contextmanager
def running(folder: Path, clock: Clock, lasting: timedelta) -> Iterator[Running]:
    """Found a ledger in a folder and serve it until the block ends.

    The revocation lists hold as long as the region lasts: its days pass faster than the service
    looks for new ones.
    """
    settings = Settings(data_dir=folder)
    authority = Authority.create("Region Authority", clock.now)
    with bootstrap.databases(settings) as urls:
        founding = found(settings, urls, authority=authority, now=clock, lists_valid=lasting)
        with (
            listening("127.0.0.1", 0) as listener,
            bootstrap.service(settings, urls, on_fatal=_raise, now=clock) as service,
            bootstrap.scheduling(settings, urls, now=clock) as scheduler,
            following(service.reader.notifications, urls, _raise, on=True) as reading,
        ):
            stopping = threading.Event()
            app = create_app(
                service,
                reading.router,
                urls=urls,
                on_fatal=_raise,
                body_bytes_max=settings.max_body_bytes,
                waiting_max=settings.queue_limit,
                stopping=stopping,
                beside={"read models": reading.kept},
            )
            bootstrap.tune_runtime()
            listener.listen(BACKLOG)
            gateway = Gateway(app, stopping)
            thread = threading.Thread(target=gateway.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                address = f"http://127.0.0.1:{listener.getsockname()[1]}"
                yield Running(address, settings, urls, founding, service, scheduler)
            finally:
                gateway.should_exit = True
                thread.join()


def _raise(fault: BaseException) -> None:
    raise fault
