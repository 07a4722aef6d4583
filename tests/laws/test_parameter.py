"""The law of parameters: known, of their form, and never changed for a day that has passed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.errors import Undecided
from ehealth_ledger.values.identifiers import parameter_stream
from ehealth_ledger.values.parameters.catalogue import DEFINITIONS
from ehealth_ledger.values.parameters.encounter import ENCOUNTER_DAYS_PASSED_MAX
from tests.laws.bench import Change, asks, both, given
from tests.laws.scenes.encounter import record_encounter
from tests.laws.scenes.parameter import set_parameters
from tests.laws.tables import refused, row

_FIRST = ("resource", "settings", 0)
SETTINGS = [
    row(
        "a name nobody defined",
        "parameter.unknown",
        "$.resource.settings[0].name",
        asks(*_FIRST, "name", value="encounter.colour"),
    ),
    row(
        "a text where a number belongs",
        "parameter.value_invalid",
        "$.resource.settings[0].value",
        asks(*_FIRST, "value", value="seven"),
    ),
    row(
        "a rule of monitoring in a version that nobody wrote",
        "parameter.value_invalid",
        "$.resource.settings[0].value",
        both(
            asks(*_FIRST, "name", value="monitoring.rules"),
            asks(*_FIRST, "value", value={"over_ceiling": 99}),
        ),
    ),
    row(
        "from yesterday on",
        "parameter.first_day_passed",
        "$.resource.settings[0].first_day",
        asks(*_FIRST, "first_day", value="2026-11-22"),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), SETTINGS)
def test_set_parameters(change: Change, code: str, path: str) -> None:
    """A parameter is one of the catalogue, of its form, and set ahead."""
    assert refused(set_parameters, change) == (code, path)


def test_a_first_value_may_lie_in_the_past() -> None:
    """A new deployment says what has held since the law began."""
    scene = set_parameters()
    given(parameter_stream(ENCOUNTER_DAYS_PASSED_MAX), None)(scene)
    asks(*_FIRST, "first_day", value="2018-01-01")(scene)
    assert scene.judge()


def test_refuses_parameter__unset() -> None:
    """A law without its parameter cannot tell, and says so instead of guessing."""
    scene = record_encounter()
    given(parameter_stream(ENCOUNTER_DAYS_PASSED_MAX), None)(scene)
    with pytest.raises(Undecided) as undecided:
        scene.judge()
    assert undecided.value.code == "parameter.unset"


def test_every_parameter_ships_with_a_value_of_its_form() -> None:
    """A new deployment can judge every command from its first day on."""
    shipped = {each["name"]: each for each in reference_data.parameters()["settings"]}
    assert shipped.keys() == DEFINITIONS.keys()


@for_all(some.lists(some.tuples(some.dates(), some.integers()), max_size=8), some.dates())
def test_the_latest_day_that_has_come_counts(entries: list[tuple[date, int]], day: date) -> None:
    """Whatever the order in which values were set, a day sees the last one begun by then."""
    history: Dated[int] = Dated()
    model: dict[date, int] = {}
    for first_day, value in entries:
        history = history.since(first_day, value)
        model[first_day] = value
    begun = [first_day for first_day in model if first_day <= day]
    assert history.on(day) == (model[max(begun)] if begun else None)
