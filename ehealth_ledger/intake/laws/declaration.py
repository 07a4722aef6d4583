"""Map commands about declarations to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import declaration
from ehealth_ledger.commands.declaration import SignDeclaration
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted


def _of_declaration(command: SignDeclaration, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)


LAWS: Final[LawTable] = {
    SignDeclaration: Law(
        declaration.sign,
        streams=lambda c: (c.resource.patient,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_declaration,
    ),
}
