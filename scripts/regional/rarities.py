"""Play the acts that months of ordinary care leave out, and count what the ledger did by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from ehealth_ledger.aggregates.consequences import MAY_LEAD_TO
from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.entrypoints.demo.chapters.play import CHAPTERS
from ehealth_ledger.values.identifiers import PrescriptionId
from scripts.regional.mis import Act
from scripts.regional.service import Running
from scripts.regional.slips import RememberingStage
from scripts.regional.year import Year


def stage_of(year: Year, placed: Callable[[UUID], Placement]) -> RememberingStage:
    """Set the chapters' stage among the region's institutions."""
    clinic, hospital = year.stage.clinics[0], year.stage.hospital
    if hospital is None:
        raise TypeError("the region has a hospital")
    vault = year.running.service.reader.vault
    return RememberingStage(
        author=year.author,
        authority=year.running.founding.authority,
        payer=year.running.founding.payer,
        clinic=clinic.head,
        hospital=hospital.head,
        doctor=clinic.staff["DOCTOR"][0],
        receptionist=clinic.staff["RECEPTIONIST"][0],
        specialist=hospital.staff["SPECIALIST"][0],
        dispense_code=lambda wanted: vault.dispense_code(PrescriptionId(wanted)),
        placed=placed,
    )


def rarities(stage: RememberingStage) -> Iterator[Act]:
    """Give every other act of the system once; each rests on the ones before."""
    for _, chapter in CHAPTERS:
        for signed in chapter(stage):
            yield Act(signed)


def done_by_itself(running: Running) -> Iterator[str]:
    """Name each command that the ledger signed because something was due, from the log."""
    due = {each.NAME: each for each in COMMANDS.values() if issubclass(each, SystemCommand)}
    topics = sorted({fact.TOPIC for each in due.values() for fact in MAY_LEAD_TO[each]})
    door = running.service.reader.notifications
    seen: set[UUID] = set()
    for record in door.select(topics, upto=door.head().position, subject=None):
        if record.command_id not in seen:
            seen.add(record.command_id)
            name = record.content()["command"]
            if name in due:
                yield name
