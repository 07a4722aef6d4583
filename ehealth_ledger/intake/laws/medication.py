"""Map commands about medications to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import medication
from ehealth_ledger.commands.medication import DeactivateMedication, Product, PublishMedication
from ehealth_ledger.intake.law import Ids, Law, LawTable


def _generic_of(command: PublishMedication) -> Ids:
    asked = command.resource
    return (asked.generic,) if isinstance(asked, Product) else ()


LAWS: Final[LawTable] = {
    PublishMedication: Law(
        medication.publish,
        streams=_generic_of,
        brings=lambda c: (c.resource.id,),
        directories=lambda c: (coding.system for _, coding in medication.codings(c.resource)),
    ),
    DeactivateMedication: Law(medication.deactivate, streams=lambda c: (c.resource.medication,)),
}
