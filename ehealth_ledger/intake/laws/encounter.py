"""Map encounter packages to their law."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import encounter, referral
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.encounter import ENCOUNTER_DAYS_PASSED_MAX


def _of_encounter(command: RecordEncounter, wanted: Wanted) -> None:
    resource = command.encounter
    if resource.based_on:
        wanted.services.update(referral.service_codes(resource.service_type))
        wanted.providers.add(command.legal_entity)
        wanted.cut_offs = True


def _streams_of_encounter(command: RecordEncounter) -> Ids:
    resource = command.encounter
    return (resource.subject.reference, *(each.reference for each in resource.based_on))


LAWS: Final[LawTable] = {
    RecordEncounter: Law(
        encounter.record,
        streams=_streams_of_encounter,
        brings=lambda c: tuple(member.id for member in c.resources),
        lookups=_of_encounter,
        parameters=(ENCOUNTER_DAYS_PASSED_MAX,),
    ),
}
