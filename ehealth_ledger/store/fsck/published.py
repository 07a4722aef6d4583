"""Follow what was published about prices and groups, and on which days it holds still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.grouping import ReplaceGrouping
from ehealth_ledger.commands.tariff import ReplaceReleasedTariff, ReplaceTariff
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.tariffs import subject_of

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Held:
    """Hold what an end repeats of what it ends, the price among it, and the days that are left."""

    said: tuple[object, ...]
    first_day: date
    last_day: date | None
    unit_price: int | None = None


class Published:
    """Hold tariffs and rules of grouping as the facts taken in so far leave them."""

    def __init__(self) -> None:
        self._held: dict[UUID, _Held] = {}

    def absorb(self, fact: Fact) -> str | None:
        """Take in the next fact; return what is wrong with it where it ends something else."""
        said: tuple[object, ...]
        match fact:
            case TariffPublished() | TariffReleased():
                said = (fact.package, fact.service, fact.first_day, fact.unit_price)
                days = (fact.first_day, fact.last_day)
                self._held[fact.tariff] = _Held(said, *days, fact.unit_price)
            case GroupingReleased():
                said = (fact.version, fact.first_day)
                self._held[fact.grouping] = _Held(said, fact.first_day, fact.last_day)
            case TariffEnded():
                said = (fact.package, fact.service, fact.first_day, fact.unit_price)
                return self._end(fact, said)
            case GroupingEnded():
                return self._end(fact, (fact.version, fact.first_day))
            case _:
                pass  # nothing is priced or grouped by it
        return None

    def price(self, tariff: UUID) -> int | None:
        """Return what everything else of a tariff multiplies; None where it is not known."""
        held = self._held.get(tariff)
        return None if held is None else held.unit_price

    def holds(self, tariff: UUID, day: date) -> bool:
        """Tell whether a tariff holds on a day, as is known by now."""
        held = self._held.get(tariff)
        if held is None or held.last_day is None:
            return False
        return held.first_day <= day <= held.last_day

    def _end(self, fact: TariffEnded | GroupingEnded, said: tuple[object, ...]) -> str | None:
        held = self._held.get(fact.stream_id)
        if held is None:
            return None  # not revealed, or damaged: that is named where it stands
        left, held.last_day = held.last_day, fact.last_day
        if said != held.said:
            return "the end of something else than was published"
        if left is None or (fact.last_day is not None and fact.last_day >= left):
            return "it ends what was over by then"
        return None


def agrees(command: Command, fact: Fact) -> bool:
    """Tell whether an end says what was signed; other facts do."""
    said: tuple[object, ...]
    match command, fact:
        case ReplaceTariff(resource=asked), TariffEnded():
            said = (fact.tariff, fact.successor, fact.package, fact.service, fact.last_day)
            what = (asked.replaces, asked.id, asked.package, coded(asked.service))
            return said == (*what, _before(asked.first_day, fact.first_day))
        case ReplaceReleasedTariff(resource=asked), TariffEnded():
            said = (fact.tariff, fact.successor, fact.package, fact.service, fact.last_day)
            subject = subject_of(asked.package, asked.terms)
            what = (asked.replaces, asked.id, asked.package, subject)
            return said == (*what, _before(asked.first_day, fact.first_day))
        case ReplaceGrouping(resource=asked), GroupingEnded():
            said = (fact.grouping, fact.successor, fact.last_day)
            return said == (asked.replaces, asked.id, _before(asked.first_day, fact.first_day))
        case _:
            return True


def unended(proved: Proved, facts: Sequence[Fact]) -> str | None:
    """Tell that a command does not end what it replaces, or puts nothing in its place.

    Nothing is said where a fact could not be read: that is named where it stands.
    """
    replaces = isinstance(proved.command, ReplaceTariff | ReplaceReleasedTariff | ReplaceGrouping)
    if not replaces or len(facts) < proved.stored.first.fact_count:
        return None
    kinds = {type(each) for each in facts}  # of the two to which it may lead
    return None if len(kinds) == len(facts) == 2 else "not one end and one beginning"


def _before(first_day: date, began: date) -> date | None:
    """Return the day before, where what began earlier holds on it."""
    return first_day - _DAY if began < first_day else None
