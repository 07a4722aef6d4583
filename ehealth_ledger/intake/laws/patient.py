"""Map commands about people who receive care to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import (
    confidant,
    patient_ending,
    patient_identity,
    patient_merging,
)
from ehealth_ledger.commands.confidant import (
    DeactivateConfidant,
    ExpireConfidant,
    RegisterConfidant,
)
from ehealth_ledger.commands.patient import (
    DeactivatePatient,
    MarkPatientDeceased,
    MergePatient,
    RegisterPatient,
    RegisterPreperson,
    UnmergePatient,
    UpdatePatient,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.patient import (
    ADULT_AGE,
    AGE_YEARS_MAX,
    PHONE_PERSONS_MAX,
    THIRD_PERSON_BELOW_AGE,
)
from ehealth_ledger.values.person_name import spelled_whole

_IDENTITY: Final = (AGE_YEARS_MAX, ADULT_AGE, THIRD_PERSON_BELOW_AGE, PHONE_PERSONS_MAX)


def _of_identity(command: RegisterPatient | UpdatePatient, wanted: Wanted) -> None:
    asked = command.resource
    wanted.patient_tax_ids.update(asked.tax_ids)
    name = asked.name[0]
    wanted.patient_names.add((spelled_whole(name.family, name.given), asked.birth_date))
    if asked.mobile is not None:
        wanted.patient_phones.add(asked.mobile)


def _confidant_named(command: RegisterPatient | UpdatePatient) -> Ids:
    if command.confidant is not None:
        yield command.confidant.person.reference


def _confidant_brought(command: RegisterPatient | UpdatePatient) -> Ids:
    if command.confidant is not None:
        yield command.confidant.id


def _of_patient(command: MarkPatientDeceased | DeactivatePatient, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)


def _of_merged(command: MergePatient, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.merged)


def _both(command: MergePatient | UnmergePatient) -> Ids:
    return command.resource.master, command.resource.merged


LAWS: Final[LawTable] = {
    RegisterPatient: Law(
        patient_identity.register,
        streams=_confidant_named,
        brings=lambda c: (c.resource.id, *_confidant_brought(c)),
        lookups=_of_identity,
        parameters=_IDENTITY,
    ),
    UpdatePatient: Law(
        patient_identity.update,
        streams=lambda c: (c.resource.id, *_confidant_named(c)),
        brings=_confidant_brought,
        lookups=_of_identity,
        parameters=_IDENTITY,
    ),
    RegisterPreperson: Law(
        patient_identity.register_preperson,
        brings=lambda c: (c.resource.id,),
        parameters=(AGE_YEARS_MAX,),
    ),
    MarkPatientDeceased: Law(
        patient_ending.mark_deceased,
        streams=lambda c: (c.resource.patient,),
        lookups=_of_patient,
    ),
    DeactivatePatient: Law(
        patient_ending.deactivate,
        streams=lambda c: (c.resource.patient,),
        lookups=_of_patient,
    ),
    MergePatient: Law(patient_merging.merge, streams=_both, lookups=_of_merged),
    UnmergePatient: Law(patient_merging.unmerge, streams=_both),
    RegisterConfidant: Law(
        confidant.register,
        streams=lambda c: (c.resource.patient.reference, c.resource.person.reference),
        brings=lambda c: (c.resource.id,),
        parameters=(ADULT_AGE,),
    ),
    DeactivateConfidant: Law(confidant.deactivate, streams=lambda c: (c.resource.patient,)),
    ExpireConfidant: Law(confidant.expire, streams=lambda c: (c.resource.patient,)),
}
