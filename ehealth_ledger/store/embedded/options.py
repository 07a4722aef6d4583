"""Say how the embedded server is set up: durable first, then modest."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ehealth_ledger.store.embedded.failure import EmbeddedServerError

SHARED_BUFFERS_MB_MAX: Final = 512
SHARED_BUFFERS_MB_MIN: Final = 32
ARCHIVE_S: Final = 60  # what a lost disk takes with it, at the most, where the archive is elsewhere
PLAIN_PATH: Final = re.compile(r"[\w./-]+")
CONTAINER_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")


def options(port: int, logs: Path, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the settings for the command line, which outrank every file and ALTER SYSTEM."""
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        # No socket file: loopback measures the same, and a socket's path ends at 107 bytes.
        "unix_socket_directories": "",
        "max_connections": "100",
        "shared_buffers": f"{shared_buffers_mb()}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": str(logs),
        "log_filename": "postgresql-%Y-%m-%dT%H%M%S.log",
        "log_file_mode": "0600",
        "log_rotation_age": "0",
        "log_rotation_size": "16MB",
        **overrides,
    }


def archiving(folder: Path) -> dict[str, str]:
    """Return the settings that keep the write-ahead log in a folder of the server's account.

    A segment has its name only when it is whole and on the disk, and none is written over.
    """
    to = _plain(folder)
    return {
        "archive_mode": "on",
        "archive_timeout": f"{ARCHIVE_S}s",
        "archive_command": (
            f'test ! -f "{to}/%f" && cp "%p" "{to}/%f.part" && sync "{to}/%f.part" '
            f'&& mv "{to}/%f.part" "{to}/%f"'
        ),
    }


def replaying(folder: Path) -> str:
    """Write the settings file of a copy that goes on with what was archived, to its end."""
    return (
        f'restore_command = \'cp "{_plain(folder)}/%f" "%p"\'\n'
        "recovery_target_timeline = 'latest'\nhot_standby = off\n"
    )


def _plain(folder: Path) -> str:
    """Return a path that means itself to PostgreSQL and to the shell that it asks."""
    if not PLAIN_PATH.fullmatch(str(folder)):
        raise EmbeddedServerError(
            f"{folder} cannot hold an archive: use letters, digits and . _ - / in its path"
        )
    return str(folder)


def shared_buffers_mb() -> int:
    """Return an eighth of the memory of this machine or container, within bounds."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = CONTAINER_LIMIT.read_text().strip() if CONTAINER_LIMIT.is_file() else "max"
    if limit != "max":
        memory = min(memory, int(limit))
    return max(SHARED_BUFFERS_MB_MIN, min(SHARED_BUFFERS_MB_MAX, memory // 8 // 2**20))
