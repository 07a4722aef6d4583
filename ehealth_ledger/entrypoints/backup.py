"""Take a backup of the ledger's server, of the vault's, or of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.backup import place
from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.backup.manifest import Held, Mark, Part
from ehealth_ledger.store.backup.take import take, whole
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.servers import Server, server_of
from ehealth_ledger.values.time import from_microseconds

ONE_SERVER: Final = "server"  # the part's name where ledger and vault cannot be copied apart
HELD: Final[tuple[Held, ...]] = ("ledger", "vault", "read")  # in the order of `Databases`
WHAT: Final[dict[str, tuple[Held, ...]]] = {
    "ledger": ("ledger",),
    "vault": ("vault",),
    "all": ("ledger", "vault"),
}
Told = Callable[[str], None]
"""Be told what is being done."""


class Shared(BackupError):  # noqa: N818 - the name is the finding
    """Report databases that a copy would hold beside those asked for."""


def take_backup(
    urls: Databases,
    folder: Path,
    what: str,
    *,
    one_server: bool,
    told: Told,
    policy: Policy | None = None,
) -> list[Part]:
    """Copy the ledger's server, the vault's, or both, each into a folder of its own.

    The manifest's checkpoint is the newest that the policy's witnesses have cosigned.
    Raise Shared where a copy would hold more than was asked for, unless `one_server` says that it
    may. Where one of two copies fails neither is left: half a backup is none.
    """
    place.refuse_full(folder)
    servers: dict[Held, Server] = {held: _server(url) for held, url in zip(HELD, urls, strict=True)}
    wanted = WHAT[what]
    beside = [each for each in HELD if each not in wanted and _shares(servers, each, wanted)]
    both = servers["ledger"].is_one_with(servers["vault"])
    if (beside or both) and not one_server:
        raise Shared(_said(servers))
    taken: list[Part] = []
    with whole(folder):
        for held in (
            wanted[:1] if both else wanted
        ):  # the ledger first: a key without a record is harmless
            name = ONE_SERVER if both else held
            with connect(urls.ledger, schema=LEDGER_SCHEMA, name="backup") as connection:
                mark = Mark.of(connection, RECORDS, policy)
            told(f"copying {name}")
            databases: dict[Held, str] = {
                each: str(conninfo_to_dict(url)["dbname"])
                for each, url in zip(servers, urls, strict=True)
                if servers[each].is_one_with(servers[held])
            }
            url = getattr(urls, held)
            now = from_microseconds(bootstrap.clock())
            taken.append(take(url, folder / name, mark, databases, taken_at=now))
    return taken


def _server(url: str) -> Server:
    with connect(url, schema="public", name="backup") as connection:
        return server_of(connection)


def _shares(servers: dict[Held, Server], held: Held, wanted: Sequence[Held]) -> bool:
    return any(servers[held].is_one_with(servers[each]) for each in wanted)


def _said(servers: dict[Held, Server]) -> str:
    said = []
    if servers["ledger"].is_one_with(servers["vault"]):
        said.append(
            "ledger and vault share one server, and a copy of it holds the keys beside what they "
            "open: whoever restores it brings erased keys back, and who also has the master key "
            "reads every record"
        )
    if _shares(servers, "read", ("ledger", "vault")):
        said.append("the read models lie there too, in plain text")
    return "; ".join(said)
