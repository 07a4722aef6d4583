"""Found a ledger in a folder of its own, to be measured and thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.founding import Founding, found
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import EmbeddedServer


@dataclass(frozen=True, slots=True)
class Ground:
    """Hold a running service on a server of its own; `peer` is a database beside its three."""

    urls: Databases
    peer: str
    founding: Founding
    service: bootstrap.Service


@contextmanager
def ground() -> Iterator[Ground]:
    """Start the server, found the ledger, start the service; fsync is on, as ever."""
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
            founding = found(settings, urls)
            with bootstrap.service(settings, urls, on_fatal=_fatal) as service:
                bootstrap.tune_runtime()
                yield Ground(urls, server.url("bench_peer"), founding, service)


def _fatal(fault: BaseException) -> None:
    raise fault
