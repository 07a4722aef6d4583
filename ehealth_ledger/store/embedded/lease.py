"""Hold a share in a running server: the lease of whoever uses it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from ehealth_ledger.store.embedded import guard


def attached(folder: Path) -> socket.socket | None:
    """Ask the guard for a lease; None where there is no guard yet, or it is stopping."""
    place = os.open(folder, os.O_PATH)
    lease = socket.socket(socket.AF_UNIX)
    try:
        lease.connect(f"/proc/self/fd/{place}/{guard.SOCKET}")  # short, wherever the folder lies
        if lease.recv(1) == guard.GRANTED:
            return lease
    except (FileNotFoundError, ConnectionError):
        pass
    finally:
        os.close(place)
    lease.close()
    return None


def has_ended(lease: socket.socket) -> bool:
    """Tell whether the guard has closed the lease; after the grant it never sends anything."""
    try:
        return lease.recv(1, socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def give_up(lease: socket.socket, timeout_s: float) -> None:
    """Give the lease back; return when others go on using the server, or when it has stopped.

    Raises TimeoutError where the server takes longer than that to stop.
    """
    try:
        lease.settimeout(timeout_s)
        lease.shutdown(socket.SHUT_WR)
        lease.recv(1)
    except ConnectionError:
        pass  # the guard was killed, and the server stops without it
    finally:
        lease.close()
