"""Found a ledger in a folder of its own, to be measured and thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.founding import Founding, found
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import EmbeddedServer

LISTS_VALID: Final = timedelta(days=60)  # however far a benchmark moves its clock


@dataclass(frozen=True, slots=True)
class Ground:
    """Hold a running service on a server of its own; `peer` is a database beside its three."""

    settings: Settings
    urls: Databases
    peer: str
    founding: Founding
    service: bootstrap.Service


@contextmanager
def ground(now: Callable[[], int] = bootstrap.clock) -> Iterator[Ground]:
    """Start the server, found the ledger, start the service; fsync is on, as ever.

    `now` is the service's clock, microseconds UTC.
    """
    with TemporaryDirectory(prefix="ehealth-bench-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedServer(Path(folder)).running() as server:
            urls = Databases.on(server.url(), "bench")
            for url in urls:
                server.ensure_database(str(conninfo_to_dict(url)["dbname"]))
            server.ensure_database("bench_peer")
            settings = Settings(
                data_dir=Path(folder),
                ledger_url=urls.ledger,
                vault_url=urls.vault,
                read_url=urls.read,
            )
            founding = found(settings, urls, now=now, lists_valid=LISTS_VALID)
            with bootstrap.service(settings, urls, on_fatal=_fatal, now=now) as service:
                bootstrap.tune_runtime()
                yield Ground(settings, urls, server.url("bench_peer"), founding, service)


def _fatal(fault: BaseException) -> None:
    raise fault
