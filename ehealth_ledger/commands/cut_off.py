"""Set cut-offs: the moment after which a month takes no more charges."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.values.identifiers import CutOffId
from ehealth_ledger.values.time import Instant, Month


class CutOff(Element):
    """Close `period` at the moment `at`; what is recorded later falls into the next open month."""

    id: CutOffId
    period: Month
    at: Instant


class SetCutOff(StaffCommand):
    """Ask to set or move a cut-off that has not passed; the payer signs."""

    NAME: ClassVar[str] = "cut_off.set"
    VERSION: ClassVar[int] = 1

    command: Literal["cut_off.set"]
    version: Literal[1]
    resource: CutOff


COMMANDS: Final = (SetCutOff,)
