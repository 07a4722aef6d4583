"""The law of replacing a tariff, or rules of grouping: no day without, and none told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.values.identifiers import GroupingId, TariffId
from ehealth_ledger.values.money import Kopiykas
from tests.laws.bench import Change, Scene, asks, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, NEW, employee
from tests.laws.scenes.grouping import RELEASE, YEAR, release_grouping, released, replace_grouping
from tests.laws.scenes.money import ELDER, publish_tariff, replace_release, replace_tariff
from tests.laws.tables import refused, row

_REPLACES: Final = "$.resource.replaces"
_FIRST: Final = "$.resource.first_day"
_LAST: Final = "$.resource.last_day"
_SCENES: Final = (replace_tariff, replace_release, replace_grouping)


def _left(first: date, last: date) -> Change:
    """Let the elder tariff have these days left."""

    def change(scene: Scene) -> None:
        ((service, held),) = scene.lookups.tariffs.known.items()
        scene.lookups.tariffs.known[service] = [(first, last, each) for *_, each in held]

    return change


def _none_left(scene: Scene) -> None:
    scene.lookups.tariffs.known = {}


def _beside(first: date, last: date) -> Change:
    """Let a third tariff of the service hold beside the elder one."""

    def change(scene: Scene) -> None:
        (held,) = scene.lookups.tariffs.known.values()
        third = TariffInForce(TariffId(an_id("third tariff")), "any", Kopiykas(1))
        held.append((first, last, third))

    return change


def _rules_left(*known: tuple[date, date, GroupingId]) -> Change:
    def change(scene: Scene) -> None:
        scene.lookups.groupings.known = {str(at): each for at, each in enumerate(known)}

    return change


def _with(**fields: Any) -> Change:
    """Let what is replaced say something else."""

    def change(scene: Scene) -> None:
        elder: Any = scene.states[ELDER]
        scene.states[ELDER] = elder.model_copy(update=fields)

    return change


TARIFFS = [
    row("the new id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("nothing has this id", "tariff.unknown", _REPLACES, without(ELDER)),
    row("it is an id of rules", "tariff.unknown", _REPLACES, given(ELDER, released())),
    row("of another package", "tariff.of_other_subject", _REPLACES, _with(package="77")),
    row("it ended long before", "tariff.already_over", _REPLACES, _left(YEAR[0], YEAR[1])),
    row(
        "it ended the day before",
        "tariff.already_over",
        _REPLACES,
        _left(YEAR[0], date(2027, 6, 30)),
    ),
    row("it was replaced for all its days", "tariff.already_over", _REPLACES, _none_left),
    row(
        "its last day would have none",
        "tariff.leaves_gap",
        _LAST,
        asks("resource", "last_day", value="2027-12-30"),
    ),
    row(
        "another begins after it",
        "tariff.overlaps",
        _FIRST,
        _beside(date(2027, 12, 31), date(2028, 12, 31)),
    ),
    row(
        "another ends before it",
        "tariff.overlaps",
        _FIRST,
        _beside(date(2026, 1, 1), date(2027, 7, 1)),
    ),
    row(
        "it ends before it begins",
        "tariff.period_invalid",
        _LAST,
        asks("resource", "last_day", value="2027-06-30"),
    ),
]
PUBLISHED = [
    row(
        "of another service",
        "tariff.of_other_subject",
        _REPLACES,
        _with(service="eHealth/services|other"),
    ),
]
RELEASED = [
    row(
        "it pays something else",
        "tariff.of_other_subject",
        _REPLACES,
        asks("resource", "terms", value={"kind": "global", "rate": 1}),
    ),
]
RULES = [
    row("the new id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("nothing has this id", "grouping.unknown", _REPLACES, without(RELEASE)),
    row(
        "it is an id of a tariff",
        "grouping.unknown",
        _REPLACES,
        lambda scene: scene.states.update({RELEASE: replace_tariff().states[ELDER]}),
    ),
    row(
        "it ended the day before",
        "grouping.already_over",
        _REPLACES,
        _rules_left((YEAR[0], date(2026, 6, 30), RELEASE)),
    ),
    row("it was replaced for all its days", "grouping.already_over", _REPLACES, _rules_left()),
    row(
        "its last day would have none",
        "grouping.leaves_gap",
        _LAST,
        asks("resource", "last_day", value="2026-12-30"),
    ),
    row(
        "others hold after it",
        "grouping.overlaps",
        _FIRST,
        _rules_left(
            (*YEAR, RELEASE), (date(2027, 12, 31), date(2028, 1, 1), GroupingId(an_id("third")))
        ),
    ),
    row(
        "its version is the elder one's",
        "grouping.version_taken",
        "$.resource.version",
        asks("resource", "version", value="2026"),
    ),
]
ROWS = [
    pytest.param(accepted, *each.values, id=f"{accepted.__name__}: {each.id}")
    for accepted, rows in (
        (replace_tariff, [*TARIFFS, *PUBLISHED]),
        (replace_release, [*TARIFFS, *RELEASED]),
        (replace_grouping, RULES),
    )
    for each in rows
]


@pytest.mark.parametrize(("accepted", "change", "code", "path"), ROWS)
def test_replace(accepted: Callable[[], Scene], change: Change, code: str, path: str) -> None:
    """What is replaced is known, of the same subject, not over; no day is lost or told twice."""
    assert refused(accepted, change) == (code, path)


@pytest.mark.parametrize("accepted", _SCENES)
def test_only_the_payer_replaces(accepted: Callable[[], Scene]) -> None:
    """The second version is the payer's like the first."""
    assert refused(accepted, given(ACTOR, employee("OWNER"))) == (
        *("actor.role_not_allowed", "$.employee"),
    )


def test_a_tariff_ends_the_day_before_the_new_one_begins() -> None:
    """One commit ends one and begins the other; the end says all that its row needs."""
    ended, published = replace_tariff().judge()
    assert isinstance(ended, TariffEnded)
    assert isinstance(published, TariffPublished)
    elder: Any = replace_tariff().states[ELDER]
    assert ended == TariffEnded(
        tariff=ELDER,
        successor=published.tariff,
        package=elder.package,
        service=elder.service,
        first_day=elder.first_day,
        last_day=date(2027, 6, 30),
        unit_price=elder.unit_price,
    )
    assert (published.first_day, published.unit_price) == (date(2027, 7, 1), 15_000)
    assert ended.subject is None


@pytest.mark.parametrize("first_day", ["2027-01-01", "2026-12-31"])
def test_a_tariff_replaced_from_its_first_day_on_holds_on_none(first_day: str) -> None:
    """A day earlier or that very day: nothing is left, and the end says so."""
    scene = replace_release()
    asks("resource", "first_day", value=first_day)(scene)
    ended, fact = scene.judge()
    assert isinstance(ended, TariffEnded)
    assert isinstance(fact, TariffReleased)
    assert ended.last_day is None
    assert ended.service == fact.service
    assert b"last_day" not in ended.to_bytes()


def test_what_was_replaced_counts_with_the_days_it_has_left() -> None:
    """Its second half went to another tariff; of the first, half is replaced again."""
    scene = replace_tariff()
    _left(date(2027, 1, 1), date(2027, 6, 30))(scene)
    _beside(date(2027, 7, 1), date(2027, 12, 31))(scene)
    asks("resource", "first_day", value="2027-04-01")(scene)
    asks("resource", "last_day", value="2027-06-30")(scene)
    ended, _ = scene.judge()
    assert isinstance(ended, TariffEnded)
    assert ended.last_day == date(2027, 3, 31)


def test_rules_end_the_day_before_others_begin() -> None:
    """The same for the rules of grouping."""
    ended, fact = replace_grouping().judge()
    assert isinstance(fact, GroupingReleased)
    assert ended == GroupingEnded(
        grouping=RELEASE,
        successor=fact.grouping,
        version="2026",
        first_day=YEAR[0],
        last_day=date(2026, 6, 30),
    )
    assert ended.subject is None


@pytest.mark.parametrize("accepted", _SCENES)
def test_what_was_said_stays_the_state_of_its_stream(accepted: Callable[[], Scene]) -> None:
    """Whoever prices an old day by what ended reads its terms as they were published."""
    scene = accepted()
    ended, begun = scene.judge()
    before = scene.states[ended.stream_id]
    assert evolve(before, ended) == before
    assert evolve(None, begun) == begun
    assert type(ended).from_bytes(ended.to_bytes()) == ended


@pytest.mark.parametrize("accepted", [publish_tariff, release_grouping])
def test_the_first_version_replaces_nothing(accepted: Callable[[], Scene]) -> None:
    """Its content has no place for what is replaced, and what it says is one fact."""
    scene = accepted()
    assert len(scene.judge()) == 1
    asks("resource", "replaces", value=str(ELDER))(scene)
    with pytest.raises(Exception, match="replaces"):
        scene.judge()
