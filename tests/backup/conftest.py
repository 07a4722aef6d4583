"""Give backup tests a deployment on three servers, its command line, and a story in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.cli.app import app
from ehealth_ledger.entrypoints.demo.founding import Founding, found
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import EmbeddedServer
from tests.conftest import MEMORY_DISK
from tests.signing import sign
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World, founded, serving


@dataclass
class Site:
    """Run commands as the operator of one deployment; `folder` is open to the servers' account."""

    world: World
    folder: Path

    def run(self, *arguments: str | Path, **environment: str) -> Any:
        """Run a command; the result has its exit code, standard output and standard error."""
        urls = self.world.urls
        given = {
            "EHEALTH_LEDGER_URL": urls.ledger,
            "EHEALTH_VAULT_URL": urls.vault,
            "EHEALTH_READ_URL": urls.read,
        }
        return run_in(self.world.folder, *arguments, **{**given, **environment})

    def backed_up(self, name: str, *options: str) -> Path:
        """Take a backup and return its folder."""
        folder = self.folder / name
        result = self.run("backup", folder, *options)
        assert result.exit_code == 0, result.output
        return folder

    def checks(
        self, *arguments: str | Path, status: int = 0, **environment: str
    ) -> dict[str, tuple[str, str]]:
        """Restore or drill; return outcome and detail of each check by name."""
        result = self.run(*arguments, "--json", **environment)
        assert result.exit_code == status, result.output
        found = orjson.loads(result.stdout)
        assert found["well"] is (status == 0)
        return {each["check"]: (each["outcome"], each["detail"]) for each in found["checks"]}


async def story(world: World) -> None:
    """Let an act be done, priced and stated."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
    await world.tariff()
    await world.contract(hospital)
    patient = await world.patient(doctor)
    referral = await world.referral(doctor, patient)
    await world.redemption(specialist, patient, referral)
    await world.encounter(specialist, patient, referral)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Found a deployment whose ledger, vault and read models have a server each."""
    memory = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="ehealth-backup-", dir=memory))
    folder.chmod(0o711)
    try:
        with ExitStack() as servers:
            urls = []
            for name in ("ledger", "vault", "read"):
                server = servers.enter_context(EmbeddedServer(folder / name).running())
                urls.append(server.ensure_database(f"ehealth_{name}"))
            files = folder / "files"
            files.mkdir()
            # An option makes it a founding of its own: a template is of one server.
            world = servers.enter_context(founded(files, Databases(*urls), max_batch=256))
            with serving(world):
                asyncio.run(story(world))
            assert sign(world) is not None
            yield Site(world, folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def place(site: Site) -> Iterator[Path]:
    """Name a folder that is not there yet."""
    folder = Path(tempfile.mkdtemp(prefix="restored-", dir=site.folder))
    folder.chmod(0o711)
    yield folder / "here"
    shutil.rmtree(folder)


@pytest.fixture
def one_server() -> Iterator[Path]:
    """Make a folder in which one deployment has a server that starts by itself."""
    memory = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="ehealth-one-", dir=memory))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def founding(one_server: Path) -> Founding:
    """Found that deployment in the folder `live`; nobody runs it."""
    settings = Settings(data_dir=one_server / "live")
    settings.data_dir.mkdir()
    with bootstrap.databases(settings) as urls:
        return found(settings, urls)


def run_in(data_dir: Path, *arguments: str | Path, **environment: str) -> Any:
    """Run a command in a data folder, with no settings but these."""
    absent = {name: None for name in os.environ if name.startswith("EHEALTH_")}
    given = {"EHEALTH_DATA_DIR": str(data_dir), **environment}
    return CliRunner().invoke(app, [str(each) for each in arguments], env={**absent, **given})
