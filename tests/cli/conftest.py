"""Give the command line a deployment: a founded ledger with a story in it, named by environment."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
import psycopg
import pytest
from typer.testing import CliRunner

from ehealth_ledger.entrypoints.cli.app import app
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.embedded import drop_database, ensure_database
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World, founded, serving


@dataclass
class Deployment:
    """Run commands as an operator of one deployment."""

    world: World
    environment: dict[str, str]

    def run(self, *arguments: str, **environment: str) -> Any:
        """Run a command; the result has its exit code, standard output and standard error."""
        given = {**self.environment, **environment}
        absent = {name: None for name in os.environ if name.startswith("EHEALTH_")}
        return CliRunner().invoke(app, arguments, env={**absent, **given})

    def json(self, *arguments: str, status: int = 0) -> Any:
        """Run a command with `--json` and return what it prints."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == status, result.output
        return orjson.loads(result.stdout)


def environment_of(folder: Path, urls: Databases) -> dict[str, str]:
    """Write the settings of a deployment as its environment."""
    return {
        "EHEALTH_DATA_DIR": str(folder),
        "EHEALTH_LEDGER_URL": urls.ledger,
        "EHEALTH_VAULT_URL": urls.vault,
        "EHEALTH_READ_URL": urls.read,
    }


@contextmanager
def fresh_databases(server: str) -> Iterator[Databases]:
    """Make three empty databases, and drop them at the end."""
    urls = Databases.on(server, f"cli_{token_hex(4)}")
    names = [str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]) for url in urls]
    for name in names:
        ensure_database(server, name)
    try:
        yield urls
    finally:
        for name in names:
            drop_database(server, name)


async def _story(world: World) -> None:
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
def deployment(server: str) -> Iterator[Deployment]:
    """Found a deployment in which one act was done and priced."""
    folder = Path(tempfile.mkdtemp(prefix="ehealth-cli-"))
    try:
        with fresh_databases(server) as urls, founded(folder, urls) as world:
            with serving(world):
                asyncio.run(_story(world))
            yield Deployment(world, environment_of(folder, urls))
    finally:
        shutil.rmtree(folder)
