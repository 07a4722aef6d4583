"""Release the rules by which treated cases are grouped: signed, versioned data of the payer."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Day
from ehealth_ledger.values.grouping import Rules
from ehealth_ledger.values.identifiers import GroupingId
from ehealth_ledger.values.tariffs import Name


class GroupingRelease(Element):
    """State the rules for cases that end between two days, both included; the first that fits wins.

    `trust` says how well they are sourced (CONF: the order itself; LAW, PRESS, MEM, INF).
    """

    id: GroupingId
    version: Name
    first_day: Day
    last_day: Day
    order: Annotated[str, Field(min_length=1, max_length=300)]  # the act of the state it rests on
    trust: Annotated[str, Field(min_length=1, max_length=300)]
    rules: Rules


class ReleaseGrouping(StaffCommand):
    """Ask to put the rules of grouping in force; the payer signs."""

    NAME: ClassVar[str] = "grouping.release"
    VERSION: ClassVar[int] = 1

    command: Literal["grouping.release"]
    version: Literal[1]
    resource: GroupingRelease


class ReplacingGroupingRelease(GroupingRelease):
    """State rules that hold in place of an earlier release from their first day on.

    The earlier one ends on the day before; where it began no earlier, it holds on no day at all.
    """

    replaces: GroupingId


class ReplaceGrouping(StaffCommand):
    """Ask to put the rules of grouping in the place of earlier ones; the payer signs."""

    NAME: ClassVar[str] = "grouping.release"
    VERSION: ClassVar[int] = 2

    command: Literal["grouping.release"]
    version: Literal[2]
    resource: ReplacingGroupingRelease


COMMANDS: Final = (ReleaseGrouping, ReplaceGrouping)
