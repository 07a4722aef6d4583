"""Map the setting of parameters to its law."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import parameter
from ehealth_ledger.commands.parameter import SetParameters
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.values.identifiers import parameter_stream

LAWS: Final[LawTable] = {
    SetParameters: Law(
        parameter.set_parameters,
        streams=lambda c: (parameter_stream(each.name) for each in c.resource.settings),
    ),
}
