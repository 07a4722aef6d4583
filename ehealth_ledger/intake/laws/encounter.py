"""Map encounter packages and their cancellation to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import encounter, referral, unreferred
from ehealth_ledger.aggregates.charge import charges_of
from ehealth_ledger.aggregates.encounter.treated import last_day
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.encounter import CANCELLATION_REASONS, CancelEncounter, RecordEncounter
from ehealth_ledger.commands.service import SERVICES
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.intake.laws import priced
from ehealth_ledger.intake.laws.grouping import streams_of_case
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import PatientId, service_stream
from ehealth_ledger.values.parameters.charge import CASE_ENCOUNTER_TYPES
from ehealth_ledger.values.parameters.encounter import (
    ENCOUNTER_CLASSES_BY_EMPLOYEE_TYPE,
    ENCOUNTER_DAYS_PASSED_MAX,
    ENCOUNTER_DIAGNOSIS_RANK_MAX,
    ENCOUNTER_DIVISION_CLASSES,
    ENCOUNTER_MEMBER_DAYS_MAX,
    ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND,
    ENCOUNTER_SPECIALITIES_BY_CODE,
    ENCOUNTER_TYPES_BY_CLASS,
)


def _of_encounter(command: RecordEncounter, wanted: Wanted) -> None:
    resource = command.encounter
    for _, member in command.children:
        wanted.resources.update(evidence.target for _, evidence in member.references())
    if resource.based_on:
        services = referral.service_codes(resource.service_type)
        priced.announce(command, services, wanted)
    wanted.services.update(each.service for each in unreferred.acts(command))
    # Whether it ends a treated case is a parameter's matter, so a case's money is always asked for.
    wanted.case_days.add(last_day(resource))
    wanted.providers.add(command.legal_entity)
    wanted.cut_offs = True


def _priced_on(command: RecordEncounter, free: frozenset[str]) -> PatientId | None:
    earns = command.may_earn or any(each.service in free for each in unreferred.acts(command))
    return command.encounter.subject.reference if earns else None


def _streams_of_encounter(command: RecordEncounter) -> Ids:
    resource = command.encounter
    asserters = (member.asserted_by for _, member in command.children)
    return (
        resource.subject.reference,
        *(each.reference for each in resource.episode_of_care),
        *(each.reference for each in resource.based_on),
        *(each.location.reference for each in resource.location),
        *(each for each in asserters if each is not None),
        *(
            service_stream(each.system, each.code)
            for each in encounter.coded(command)
            if each.system == SERVICES
        ),
    )


def _streams_of_case(command: RecordEncounter, lookups: Lookups) -> Ids:
    return streams_of_case(last_day(command.encounter), lookups)


def _systems_of_encounter(command: RecordEncounter) -> set[str]:
    return {each.system for each in encounter.coded(command)} - {SERVICES}


def _of_cancellation(command: CancelEncounter, wanted: Wanted) -> None:
    wanted.originals.add(command.resource.encounter)
    wanted.cut_offs = True


def _streams_of_cancellation(command: CancelEncounter) -> Ids:
    cancelled = command.resource.encounter
    procedures = (
        each.id
        for each in command.resources
        if each.in_error and each.resource_type == encounter.PRICED_KIND
    )
    return (cancelled, *(each for act in (cancelled, *procedures) for each in charges_of(act)))


LAWS: Final[LawTable] = {
    RecordEncounter: Law(
        encounter.record,
        streams=_streams_of_encounter,
        leads=priced.watching(_priced_on),
        brings=lambda c: tuple(member.id for member in c.resources),
        lookups=_of_encounter,
        found=_streams_of_case,
        directories=_systems_of_encounter,
        parameters=(
            ENCOUNTER_DAYS_PASSED_MAX,
            ENCOUNTER_CLASSES_BY_EMPLOYEE_TYPE,
            ENCOUNTER_TYPES_BY_CLASS,
            ENCOUNTER_DIAGNOSIS_RANK_MAX,
            ENCOUNTER_MEMBER_DAYS_MAX,
            ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND,
            ENCOUNTER_DIVISION_CLASSES,
            ENCOUNTER_SPECIALITIES_BY_CODE,
            CASE_ENCOUNTER_TYPES,
            *priced.PARAMETERS,
        ),
    ),
    CancelEncounter: Law(
        encounter.cancel,
        streams=_streams_of_cancellation,
        lookups=_of_cancellation,
        directories=lambda _: (CANCELLATION_REASONS,),
    ),
}
