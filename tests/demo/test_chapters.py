"""Play every chapter through the whole write path: each act in it is accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.entrypoints.demo.chapters.play import CHAPTERS
from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.errors import Refusal
from ehealth_ledger.settings import Databases
from ehealth_ledger.values.identifiers import PrescriptionId
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World, founded, serving

# Played by the founding, by the main line of the demo (tests/demo/test_demo.py), or by `tick`.
ELSEWHERE = {
    *("ledger.open", "parameter.set", "directory.publish", "directory.retire_codes"),
    *("service.publish", "tariff.publish", "cut_off.set", "payment.record"),
    *("statement.offset", "refund.record"),
    *("statement.form", "statement.countersign", "statement.accept"),
    *("statement.review", "charge.resubmit", "charge.adjust", "tariff.release", "month.settle"),
    *("contract.decline", "contract.terminate", "grouping.release"),
    *("patient.erase", "patient.erase.countersign"),
}


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger and run its write side."""
    with founded(tmp_path, database) as founding, serving(founding):
        yield founding


async def _stage(world: World, placements: Mapping[UUID, Placement]) -> Stage:
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    for head in (clinic, hospital):
        await world.division(head)
    vault = world.running.reader.vault
    return Stage(
        author=replace(world.author, now=world.clock),  # whose day is the service's
        authority=world.authority,
        payer=world.payer,
        clinic=clinic,
        hospital=hospital,
        doctor=await world.employee(clinic, "DOCTOR", "2000000003"),
        receptionist=await world.employee(clinic, "RECEPTIONIST", "2000000004"),
        specialist=await world.employee(hospital, "SPECIALIST", "2000000005"),
        dispense_code=lambda wanted: vault.dispense_code(PrescriptionId(wanted)),
        placed=placements.__getitem__,
    )


async def _play(
    world: World,
    stage: Stage,
    chapter: Callable[[Stage], Play],
    placements: dict[UUID, Placement],
) -> list[str]:
    played = []
    for signed in chapter(stage):
        try:
            accepted = await world.post(signed)
            placements[signed.command_id] = accepted.receipt.placement
        except Refusal as refusal:
            pytest.fail(
                f"{signed.command} refused: {refusal.code} at {refusal.path} "
                f"{dict(refusal.evidence)}"
            )
        played.append(signed.command)
    return played


def test_every_command_is_played_and_accepted(world: World) -> None:
    """The chapters leave out no command of a person but those of the main line."""

    async def everything() -> set[str]:
        placements: dict[UUID, Placement] = {}
        stage = await _stage(world, placements)
        played = set[str]()
        for _, chapter in CHAPTERS:
            played.update(await _play(world, stage, chapter, placements))
        return played

    played = asyncio.run(everything())
    asked = {each.NAME for each in COMMANDS.values() if not issubclass(each, SystemCommand)}
    assert asked - played == ELSEWHERE
    done = world.tick()
    assert done.recorded >= 1  # who worked where an institution closed is dismissed
