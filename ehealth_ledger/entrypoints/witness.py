"""Run a witness until it is told to stop: its key, its folder, its one route."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ehealth_ledger.chain.note import COSIGNATURE, VerifierKey, checked_name
from ehealth_ledger.entrypoints.http.server import BACKLOG, Gateway, die
from ehealth_ledger.entrypoints.http.witness import create_witness_app
from ehealth_ledger.store.file_lock import alone
from ehealth_ledger.store.secrets import SigningKey, make_secret
from ehealth_ledger.store.witness import Witness

KEY_FILE: Final = "witness.key"
LOCK_FILE: Final = "lock"


class FolderOwned(Exception):  # noqa: N818 - the name is the finding
    """Report a folder in which another process witnesses."""


def open_witness(folder: Path, name: str, logs: Sequence[VerifierKey]) -> Witness:
    """Return the witness of a folder; its key is made the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = SigningKey(make_secret(folder / KEY_FILE))
    key = VerifierKey(checked_name(name), COSIGNATURE, secret.public)
    return Witness(folder, logs, key, secret.sign, lambda: int(time.time()))


def run(
    folder: Path,
    name: str,
    logs: Sequence[VerifierKey],
    listener: socket.socket,
    announce: Callable[[str], None],
) -> None:
    """Serve on a bound socket; raise FolderOwned where another process owns the folder."""
    witness = open_witness(folder, name, logs)
    with alone(folder / LOCK_FILE, FolderOwned("another process owns the folder")):
        app = create_witness_app(witness, on_fatal=die)
        announce(str(witness.key))
        listener.listen(BACKLOG)
        address, port = listener.getsockname()[:2]
        announce(f"Witnessing on http://{address}:{port}")
        Gateway(app, threading.Event()).run(sockets=[listener])
