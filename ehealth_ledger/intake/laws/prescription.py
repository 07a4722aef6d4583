"""Map commands about prescriptions to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates.directory import systems_of
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.aggregates.prescription import issue, withdraw
from ehealth_ledger.commands.prescription import (
    BlockPrescription,
    ExpirePrescription,
    IssuePrescription,
    RejectPrescription,
    UnblockPrescription,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters import prescription as parameters
from ehealth_ledger.values.parameters.dispense import LEGAL_ENTITY_KINDS


def _streams_of_issue(command: IssuePrescription) -> Ids:
    asked = command.resource
    named = (
        asked.subject.reference,
        asked.encounter.reference,
        asked.medication_reference.reference,
        asked.division,
    )
    planned = tuple(each.reference for each in asked.based_on)
    return (*named, *planned) if asked.program is None else (*named, *planned, asked.program)


def _of_issue(command: IssuePrescription, wanted: Wanted) -> None:
    asked = command.resource
    wanted.prescription_numbers.update(issue.numbers(command))
    if asked.based_on:
        wanted.approvals.add(asked.subject.reference)
    if asked.program is not None:
        patient = asked.subject.reference
        wanted.declarations.add(patient)
        wanted.treatments.add((patient, asked.medication_reference.reference, asked.program))


def _found_approvals(command: IssuePrescription, lookups: Lookups) -> Ids:
    asked = command.resource
    return lookups.approvals.live_of(asked.subject.reference) if asked.based_on else ()


LAWS: Final[LawTable] = {
    IssuePrescription: Law(
        issue.issue,
        streams=_streams_of_issue,
        brings=lambda c: (c.resource.id,),
        lookups=_of_issue,
        found=_found_approvals,
        directories=lambda c: systems_of(c.resource),
        parameters=tuple(each.name for each in parameters.PARAMETERS),
    ),
    BlockPrescription: Law(
        withdraw.block,
        streams=lambda c: (c.resource.prescription,),
        directories=lambda c: (c.resource.reason.system,),
    ),
    UnblockPrescription: Law(
        withdraw.unblock,
        streams=lambda c: (c.resource.prescription,),
        directories=lambda c: (c.resource.reason.system,),
    ),
    RejectPrescription: Law(
        withdraw.reject,
        streams=lambda c: (c.resource.prescription,),
        directories=lambda c: (c.resource.reason.system,),
        parameters=(LEGAL_ENTITY_KINDS,),
    ),
    ExpirePrescription: Law(withdraw.expire, streams=lambda c: (c.resource.prescription,)),
}
