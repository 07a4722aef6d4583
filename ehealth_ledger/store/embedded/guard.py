"""Keep one PostgreSQL server alive exactly as long as somebody holds a lease on it.

The launcher executes this file by its path, as a process of its own:

    python -I -S guard.py <folder> <uid or -> <gid or -> <postgres> <argument>…

A lease is a stream socket: the starter passes one end of the first as standard input, later users
connect to `guard.sock` in the folder and are answered `+`. When the last lease is closed, by
`stop()` or by the kernel for a process that was killed, the server is shut down and this process
ends; so it does when the server dies. The folder's lock, inherited open, lasts until then.

Why a socket and not the parent-death signal: that signal follows the *thread* that started the
child, so a server started from a worker thread would stop with it, and only one process could use
the server. Here it serves one purpose: should this very process be killed, the server still stops.

Only the standard library is imported: the file starts fast, and without the project on the path.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
from typing import Any, Final

SOCKET: Final = "guard.sock"
GRANTED: Final = b"+"
FAST_SHUTDOWN_S: Final = 60.0
PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
# Nothing of the user's environment reaches the server: no PGPORT, PGOPTIONS, locale, libraries.
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C", "TZ": "UTC"}


def main(arguments: list[str]) -> int:
    """Start the server, wait until nobody needs it or it is gone, and shut it down."""
    folder, uid, gid, *command = arguments
    os.umask(0o077)
    os.chdir(folder)  # a relative socket path has no need to fit into 107 bytes
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # all it is to do is write its number to the pipe
    signal.set_wakeup_fd(woken)
    with socket.socket(socket.AF_UNIX) as listener:
        if os.path.lexists(SOCKET):
            os.unlink(SOCKET)  # a killed guard's: the lock is ours, so nobody listens there
        listener.bind(SOCKET)
        listener.listen(64)
        leases = {socket.socket(fileno=0)}
        server = _started(command, uid, gid)
        _serve(server, listener, leases, wake)
    os.unlink(SOCKET)
    _shut_down(server)
    return 0  # only this closes the last lease: whoever waits for that finds the server gone


def _started(command: list[str], uid: str, gid: str) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None)
    guard = os.getpid()

    def follow_the_guard() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != guard:
            os._exit(1)  # killed between fork and prctl: the signal would never come

    identity: dict[str, Any] = (
        {} if uid == "-" else {"user": int(uid), "group": int(gid), "extra_groups": []}
    )
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=ENVIRONMENT,
        preexec_fn=follow_the_guard,  # noqa: PLW1509 - unsafe beside other threads: here are none
        **identity,
    )


def _serve(
    server: subprocess.Popen[bytes], listener: socket.socket, leases: set[socket.socket], wake: int
) -> None:
    """Grant and take back leases until the last is given up, a signal comes, or the server dies."""
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        for watched in (listener, *leases):
            selector.register(watched, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    lease = _granted(listener)
                    if lease is not None:
                        leases.add(lease)
                        selector.register(lease, selectors.EVENT_READ)
                elif isinstance(key.fileobj, socket.socket):
                    if len(leases) == 1:
                        return
                    selector.unregister(key.fileobj)
                    leases.remove(key.fileobj)
                    key.fileobj.close()  # tells the one who leaves that others stay
                elif _is_over(server, os.read(wake, 64)):
                    return


def _is_over(server: subprocess.Popen[bytes], signals: bytes) -> bool:
    """Tell whether somebody asked this process to stop, or the server is no more."""
    return any(number != signal.SIGCHLD for number in signals) or server.poll() is not None


def _granted(listener: socket.socket) -> socket.socket | None:
    lease, _ = listener.accept()
    try:
        lease.send(GRANTED)
    except ConnectionError:
        lease.close()  # asked and left before the answer
        return None
    return lease


def _shut_down(server: subprocess.Popen[bytes]) -> None:
    """Ask for a fast shutdown, then for an immediate one, which costs a recovery and no data."""
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGINT)
    try:
        server.wait(FAST_SHUTDOWN_S)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
