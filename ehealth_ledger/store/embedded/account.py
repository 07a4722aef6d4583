"""Choose the account the server runs under: one's own, or an unprivileged one where root asks.

PostgreSQL refuses to run as root, so that a hole in it is not a hole in the machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ehealth_ledger.store.embedded.failure import EmbeddedServerError

OWN_ACCOUNT: Final = "ehealth-ledger"
ACCOUNTS: Final = ("postgres", OWN_ACCOUNT)  # the first one there is taken


@dataclass(frozen=True, slots=True)
class Account:
    """Know the user and group the server runs under, and whether becoming them takes root."""

    uid: int
    gid: int
    dropped: bool

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments of `subprocess` that start a child as this account alone."""
        if not self.dropped:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def barrier(self, path: Path) -> Path | None:
        """Return the first folder on the way to `path`, itself included, closed to the account."""
        way = [*reversed(path.parents), path] if self.dropped else []
        return next((folder for folder in way if not self._may_enter(folder)), None)

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def account_for(home: Path) -> Account:
    """Return the account for the server in `home`: oneself, or for root its owner or another."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), dropped=False)
    if home.exists() and home.stat().st_uid != 0:
        return Account(home.stat().st_uid, home.stat().st_gid, dropped=True)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, dropped=True)
    return _created_account()


def _created_account() -> Account:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and there is no other account for it. Start this "
            f"program as an ordinary user, or create a system account {OWN_ACCOUNT} and try again."
        )
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    done = subprocess.run(
        [useradd, *options, OWN_ACCOUNT], capture_output=True, text=True, check=False
    )
    try:
        entry = pwd.getpwnam(OWN_ACCOUNT)
    except KeyError:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and no account could be made for it "
            f"({done.stderr.strip()}). Start this program as an ordinary user."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, dropped=True)
