"""Say which backups still hold keys that an erasure may have destroyed since.

A copy of the vault brings back every key that was destroyed after it was taken, so its life is
short: so many days, counted from `taken_at` of its manifest.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.backup.manifest import FILE, UNFINISHED, Held, Part, parts_of

Life = Literal["kept", "short", "overdue", "unfinished", "unreadable"]
"""Without keys; with keys and within its days; beyond them; killed half-way; not understood."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Say of one folder what it holds and how long it may; `ends_at` is None without keys."""

    folder: Path
    life: Life
    holds: tuple[Held, ...] = ()
    position: int | None = None
    taken_at: datetime | None = None
    ends_at: datetime | None = None
    is_newest: bool = False  # of those that hold the vault: the one that can bring keys back at all
    fault: str | None = None  # why it is not understood

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is to be done about it."""
        return self.life in ("kept", "short")


def copies_below(folder: Path, days: int, now: datetime) -> list[Copy]:
    """Find every backup in or below a folder, oldest first; those not understood come last."""
    parts: list[Part] = []
    bad: list[Copy] = []
    for backup in _backups(folder):
        if (backup / UNFINISHED).exists():
            bad.append(Copy(backup, "unfinished"))
            continue
        try:
            found = list(parts_of(backup))
        except BackupError as fault:
            bad.append(Copy(backup, "unreadable", fault=str(fault)))
        else:
            parts.extend(found)
    parts.sort(key=lambda each: (each.manifest.taken_at, str(each.folder)))
    newest = next((each for each in reversed(parts) if each.holds("vault")), None)
    return [*(_copy(each, days, now, is_newest=each is newest) for each in parts), *bad]


def prune(copies: list[Copy]) -> list[Copy]:
    """Remove the copies that have outlived their days and return them.

    The newest that holds the vault stays, however old: without it a lost vault is lost for good.
    """
    removed = [each for each in copies if each.life == "overdue" and not each.is_newest]
    for each in removed:
        shutil.rmtree(each.folder)
        above = each.folder.parent
        if not any(above.iterdir()):
            above.rmdir()
    return removed


def _copy(part: Part, days: int, now: datetime, *, is_newest: bool) -> Copy:
    manifest = part.manifest
    ends_at = manifest.taken_at + timedelta(days=days) if part.holds("vault") else None
    life: Life = "kept" if ends_at is None else "short" if now < ends_at else "overdue"
    return Copy(
        part.folder,
        life,
        tuple(manifest.databases),
        manifest.mark.position,
        manifest.taken_at,
        ends_at,
        is_newest,
    )


def _backups(folder: Path) -> Iterator[Path]:
    """Walk to the folders whose parts have a manifest; what was copied is not walked through."""
    for name, folders, files in os.walk(folder, onerror=_unreadable):
        here = Path(name)
        if UNFINISHED in files or any((here / each / FILE).is_file() for each in folders):
            folders.clear()
            yield here


def _unreadable(fault: OSError) -> None:
    raise BackupError(f"{fault.filename} cannot be read: {fault.strerror}") from fault
