"""Map the two commands of an erasure to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import patient_erasure
from ehealth_ledger.commands.erasure import CountersignErasure, ErasePatient
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted


def _of_order(command: ErasePatient, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)


def _of_countersignature(command: CountersignErasure, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)
    wanted.open_matters.add(command.resource.patient)
    wanted.positions.add(command.resource.first.position)


LAWS: Final[LawTable] = {
    ErasePatient: Law(
        patient_erasure.order, streams=lambda c: (c.resource.patient,), lookups=_of_order
    ),
    CountersignErasure: Law(
        patient_erasure.countersign,
        streams=lambda c: (c.resource.patient,),
        lookups=_of_countersignature,
    ),
}
