"""Check what a package codes: each value in a system of its own, by the directory of its day.

Rule 38. Services are judged by their catalogue, everything else by the directories.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.service import code_in_force
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.condition import Condition
from ehealth_ledger.commands.fhir.elements import CodeableConcept
from ehealth_ledger.commands.fhir.encounter import (
    ADMIT_SOURCES,
    DISCHARGE_DEPARTMENTS,
    DISCHARGE_DISPOSITIONS,
    ENCOUNTER_PRIORITIES,
    ENCOUNTER_TYPES,
    ICPC_2_ACTIONS,
    ICPC_2_REASONS,
    Encounter,
    EncounterAction,
)
from ehealth_ledger.commands.service import SERVICES
from ehealth_ledger.values.time import kyiv_day


class Coded(NamedTuple):
    """Name one coded value, where it stands and which systems it may come from.

    Of a condition's code another rule names the systems: its own are left open here.
    """

    path: str
    system: str
    code: str
    systems: tuple[str, ...]


def coded(wish: RecordEncounter) -> Iterator[Coded]:
    """Give every coded value of a package."""
    yield from _of_encounter(wish.encounter)
    for at, member in wish.children:
        path = f"$.resources[{at}]"
        for place, coding, systems in member.codings():
            yield Coded(f"{path}.{place}", coding.system, coding.code, systems)
        if isinstance(member, Condition):
            for number, each in enumerate(member.code.coding):
                place = f"{path}.code.coding[{number}]"
                yield Coded(place, each.system, each.code, (each.system,))


def check_coded(case: Case[RecordEncounter]) -> None:
    """Check each coded value by its system, and its directory on the day of the encounter."""
    wish = case.command.body
    day = kyiv_day(wish.encounter.period.start)
    for each in coded(wish):
        if not case.require(
            each.system in each.systems,
            "encounter.code_system_unexpected",
            f"{each.path}.system",
            expected=", ".join(each.systems),
        ):
            continue
        place = f"{each.path}.code"
        if each.system == SERVICES:
            code_in_force(case, each.system, each.code, day, place)
        else:
            case.require_code(each.system, each.code, day, place)


def _of_encounter(encounter: Encounter) -> Iterator[Coded]:
    at = "$.resources[0]"
    yield from _of_concept(encounter.type[0], f"{at}.type[0]", ENCOUNTER_TYPES)
    yield from _of_concept(encounter.service_type, f"{at}.serviceType", SERVICES)
    yield from _of_concept(encounter.priority, f"{at}.priority", ENCOUNTER_PRIORITIES)
    for number, reason in enumerate(encounter.reason_code):
        yield from _of_concept(reason, f"{at}.reasonCode[{number}]", ICPC_2_REASONS)
    for number, part in enumerate(encounter.extension):
        if isinstance(part, EncounterAction):
            path = f"{at}.extension[{number}].valueCodeableConcept"
            yield from _of_concept(part.value_codeable_concept, path, ICPC_2_ACTIONS)
    stay = encounter.hospitalization
    if stay is not None:
        at = f"{at}.hospitalization"
        yield from _of_concept(stay.admit_source, f"{at}.admitSource", ADMIT_SOURCES)
        left = stay.discharge_disposition
        yield from _of_concept(left, f"{at}.dischargeDisposition", DISCHARGE_DISPOSITIONS)
        for department in stay.extension:
            path = f"{at}.extension[0].valueCodeableConcept"
            yield from _of_concept(department.value_codeable_concept, path, DISCHARGE_DEPARTMENTS)


def _of_concept(concept: CodeableConcept | None, path: str, system: str) -> Iterator[Coded]:
    for at, coding in enumerate(() if concept is None else concept.coding):
        yield Coded(f"{path}.coding[{at}]", coding.system, coding.code, (system,))
