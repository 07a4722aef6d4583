"""Map commands about the provision of medical programs to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import program_provision
from ehealth_ledger.commands.program_provision import CloseProgramProvision, OpenProgramProvision
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.values.identifiers import provision_stream


def _streams(command: OpenProgramProvision | CloseProgramProvision) -> Ids:
    asked = command.resource
    return (asked.program, asked.division, provision_stream(asked.program, asked.division))


LAWS: Final[LawTable] = {
    OpenProgramProvision: Law(program_provision.open_provision, streams=_streams),
    CloseProgramProvision: Law(program_provision.close_provision, streams=_streams),
}
