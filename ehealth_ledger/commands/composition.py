"""Sign and cancel medical conclusions (медичні висновки)."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.diagnostic_report import Cancellation
from ehealth_ledger.commands.fhir.composition import CancelledComposition, Composition


class SignComposition(StaffCommand):
    """Ask to record a conclusion; the ledger gives it its number."""

    NAME: ClassVar[str] = "composition.sign"
    VERSION: ClassVar[int] = 1

    command: Literal["composition.sign"]
    version: Literal[1]
    resource: Composition


class CancelComposition(StaffCommand):
    """Ask to mark a conclusion as entered in error; the whole content is signed again."""

    NAME: ClassVar[str] = "composition.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["composition.cancel"]
    version: Literal[1]
    cancellation: Cancellation
    resource: CancelledComposition


COMMANDS: Final = (SignComposition, CancelComposition)
