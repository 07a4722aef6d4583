"""Map commands about institutions and their staff to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import employee, legal_entity
from ehealth_ledger.commands.employee import RegisterEmployee
from ehealth_ledger.commands.legal_entity import RegisterLegalEntity
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted


def _of_entity(command: RegisterLegalEntity, wanted: Wanted) -> None:
    wanted.edrpous.add(command.resource.edrpou)


LAWS: Final[LawTable] = {
    RegisterLegalEntity: Law(
        legal_entity.register,
        brings=lambda c: (c.resource.id, c.resource.head.id),
        lookups=_of_entity,
    ),
    RegisterEmployee: Law(employee.register, brings=lambda c: (c.resource.id,)),
}
