"""Record and cancel procedures outside an encounter package."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.diagnostic_report import Cancellation
from ehealth_ledger.commands.fhir.standalone.procedure import CancelledProcedure, Procedure


class RecordProcedure(StaffCommand):
    """Ask to record a procedure; one based on a referral completes it."""

    NAME: ClassVar[str] = "procedure.record"
    VERSION: ClassVar[int] = 1

    command: Literal["procedure.record"]
    version: Literal[1]
    resource: Procedure


class CancelProcedure(StaffCommand):
    """Ask to mark a procedure as entered in error; the whole content is signed again."""

    NAME: ClassVar[str] = "procedure.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["procedure.cancel"]
    version: Literal[1]
    cancellation: Cancellation
    resource: CancelledProcedure


COMMANDS: Final = (RecordProcedure, CancelProcedure)
