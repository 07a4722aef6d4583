"""Map the rules of grouping to their law, and say what charging a treated case looks up."""

from __future__ import annotations

from datetime import date
from typing import Final

from ehealth_ledger.aggregates import grouping
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.encounter import read_package
from ehealth_ledger.commands.grouping import ReleaseGrouping, ReplaceGrouping
from ehealth_ledger.events.charge import ChargeWithheld
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted


def _of_release(_: ReleaseGrouping | ReplaceGrouping, wanted: Wanted) -> None:
    wanted.groupings = True


def streams_of_case(day: date, lookups: Lookups) -> Ids:
    """Name what groups and prices a case that ends on a day: the rules, and weights by package."""
    release = lookups.groupings.in_force(day)
    return (*lookups.case_tariffs.mixes(day), *(() if release is None else (release,)))


def of_withheld_case(withheld: ChargeWithheld, wanted: Wanted) -> None:
    """Announce what pricing a withheld case at last looks up."""
    wanted.acts.add(withheld.act_position)
    wanted.case_days.add(withheld.day)
    wanted.providers.add(withheld.provider)
    wanted.cut_offs = True


def streams_of_withheld_case(withheld: ChargeWithheld, lookups: Lookups) -> Ids:
    """Name what prices a withheld case at last: its patient and encounter, rules and weights."""
    resources = lookups.originals.of_act(withheld.act_position)
    if resources is not None:
        encounter, _ = read_package(resources)
        yield from (encounter.id, encounter.subject.reference)
    yield from streams_of_case(withheld.day, lookups)


LAWS: Final[LawTable] = {
    ReleaseGrouping: Law(grouping.release, brings=lambda c: (c.resource.id,), lookups=_of_release),
    ReplaceGrouping: Law(
        grouping.release,
        streams=lambda c: (c.resource.replaces,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_release,
    ),
}
