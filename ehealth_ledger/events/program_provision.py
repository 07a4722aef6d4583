"""Facts about the divisions that provide a medical program."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    DivisionId,
    LegalEntityId,
    MedicalProgramId,
    provision_stream,
)


class ProvisionFact(Fact):
    """Share the stream of what a division provides of a program."""

    program: MedicalProgramId
    division: DivisionId
    legal_entity: LegalEntityId

    @property
    def stream_id(self) -> UUID:
        """Name the pair of program and division."""
        return provision_stream(self.program, self.division)

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return


class ProgramProvisionOpened(ProvisionFact):
    """A division provides a program from a day on."""

    TOPIC: ClassVar[str] = "program_provision.opened.v1"

    first_day: date


class ProgramProvisionClosed(ProvisionFact):
    """A division provides a program no longer from a day on."""

    TOPIC: ClassVar[str] = "program_provision.closed.v1"

    from_day: date


FACTS: Final = (ProgramProvisionOpened, ProgramProvisionClosed)
