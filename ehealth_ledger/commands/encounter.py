"""Record encounter packages.

A package is one signed command with the encounter, its conditions and observations.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.fhir.condition import Condition
from ehealth_ledger.commands.fhir.encounter import Encounter
from ehealth_ledger.commands.fhir.observation import Observation

Member = Annotated[Encounter | Condition | Observation, Field(discriminator="resource_type")]


def _encounter_comes_first_and_alone(resources: tuple[Member, ...]) -> tuple[Member, ...]:
    kinds = [member.resource_type for member in resources]
    if kinds[0] != "Encounter" or kinds.count("Encounter") != 1:
        raise ValueError("a package begins with its one Encounter")
    return resources


class RecordEncounter(StaffCommand):
    """Ask to record a package, all or nothing.

    An encounter based on a referral closes it and earns a charge.
    """

    NAME: ClassVar[str] = "encounter.record"
    VERSION: ClassVar[int] = 1

    command: Literal["encounter.record"]
    version: Literal[1]
    resources: Annotated[
        tuple[Member, ...],
        Field(min_length=1, max_length=200),
        AfterValidator(_encounter_comes_first_and_alone),
    ]

    @property
    def encounter(self) -> Encounter:
        """Return the package's encounter."""
        first = self.resources[0]
        if not isinstance(first, Encounter):
            raise TypeError("a package begins with its Encounter")
        return first

    @property
    def conditions(self) -> dict[str, Condition]:
        """Return the package's conditions by their JSON Pointer in the signed content."""
        return {
            f"/resources/{at}": member
            for at, member in enumerate(self.resources)
            if isinstance(member, Condition)
        }

    @property
    def observations(self) -> dict[str, Observation]:
        """Return the package's observations by their JSON Pointer in the signed content."""
        return {
            f"/resources/{at}": member
            for at, member in enumerate(self.resources)
            if isinstance(member, Observation)
        }


COMMANDS: Final = (RecordEncounter,)
