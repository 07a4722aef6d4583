"""Say what judging a command takes: which streams, which new ids, which look-ups, which judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.command import Command, PatientCommand, StaffCommand
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import directory_stream, parameter_stream
from ehealth_ledger.values.json import Location

Ids = Iterable[UUID]


def _nothing(_: Any) -> Ids:
    return ()


def _no_systems(_: Any) -> Iterable[str]:
    return ()


def _no_lookups(_: Any, __: Wanted) -> None:
    return None


def _nothing_found(_: Any, __: Lookups) -> Ids:
    return ()


States = Mapping[UUID, object | None]


@dataclass(frozen=True, slots=True)
class Leads:
    """Say what the states of some streams lead to, where no id in the command tells.

    The states are those before the batch; what an earlier command of it began, that one announced.
    """

    streams: Callable[[Any], Ids]
    lookups: Callable[[Any, States, Wanted], None]
    found: Callable[[Any, States, Lookups], Ids]


@dataclass(frozen=True, slots=True)
class Law:
    """Hold one row: every stream the judge may ask for besides the actor's and the institution's.

    Where a patient acts, the patient's own is among them.
    Any: the table's key gives each function its own command type; `Case` is where the two meet.
    """

    judge: Callable[[Any], list[Fact]]
    streams: Callable[[Any], Ids] = _nothing
    brings: Callable[[Any], Ids] = _nothing  # ids that must be new to the ledger
    lookups: Callable[[Any, Wanted], None] = _no_lookups
    # Streams that no id in the command names, but a look-up does: read with the others.
    found: Callable[[Any, Lookups], Ids] = _nothing_found
    leads: Leads | None = None
    parameters: tuple[str, ...] = ()  # the dated settings the judge asks for
    # The code systems whose directories the judge asks for.
    directories: Callable[[Any], Iterable[str]] = _no_systems
    # Whether what it looks up can be looked up again as it stood at any past position.
    of_the_past: bool = False
    counts_signer: bool = False  # whether it asks how much the person who signs holds in all jobs
    # What signed content may say otherwise than its preview (rule 3), with all that lies below.
    delta: tuple[Location, ...] = (("issued_at",),)

    @property
    def reads_streams_only(self) -> bool:
        """Tell whether the judge can be asked again from streams alone."""
        return (
            self.lookups is _no_lookups
            and self.brings is _nothing
            and self.found is _nothing_found
            and self.leads is None
        )

    def streams_of(self, command: Command) -> set[UUID]:
        """List every stream the judge may read."""
        wanted = {
            *self.streams(command),
            *map(parameter_stream, self.parameters),
            *map(directory_stream, self.directories(command)),
        }
        if isinstance(command, StaffCommand):
            wanted.add(command.employee)
            wanted.add(command.legal_entity)
        elif isinstance(command, PatientCommand):
            wanted.add(command.patient)
        return wanted


LawTable = dict[type[Command], Law]
