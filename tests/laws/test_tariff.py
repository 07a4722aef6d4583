"""The law of tariffs with coefficients, and the figures that ship with the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from ehealth_ledger.commands.tariff import TariffRelease
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import CapitationTerms, subject_of
from tests.laws.bench import Change, Scene, asks, taken
from tests.laws.lookups import an_id
from tests.laws.scenes.common import NEW
from tests.laws.scenes.money import release_case_mix, release_tariff
from tests.laws.tables import refused, row

_BANDS = "$.resource.terms.bands"
_SUBJECT = "ehealth/tariffs/capitation|1"


def _holds(first: date, last: date) -> Change:
    price = TariffInForce(TariffId(an_id("elder")), "1", Kopiykas(1))
    return lambda scene: scene.lookups.tariffs.known.update({_SUBJECT: [(first, last, price)]})


def _terms(*path: str | int, value: Any) -> Change:
    return asks("resource", "terms", *path, value=value)


RELEASING = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "it ends before it begins",
        "tariff.period_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2026-12-31"),
    ),
    row(
        "another holds on its last day",
        "tariff.overlaps",
        "$.resource.first_day",
        _holds(date(2027, 12, 31), date(2028, 12, 31)),
    ),
    row(
        "nobody weighs the newborn",
        "tariff.bands_invalid",
        f"{_BANDS}[0]",
        _terms("bands", 0, "age_from", value=1),
    ),
    row(
        "two bands hold the age of 17",
        "tariff.bands_invalid",
        f"{_BANDS}[1]",
        _terms("bands", 1, "age_from", value=17),
    ),
    row(
        "no band holds the age of 18",
        "tariff.bands_invalid",
        f"{_BANDS}[1]",
        _terms("bands", 1, "age_from", value=19),
    ),
    row(
        "a band ends before it begins",
        "tariff.bands_invalid",
        f"{_BANDS}[1]",
        _terms("bands", 1, "age_to", value=10),
    ),
    row(
        "the last band ends",
        "tariff.bands_invalid",
        f"{_BANDS}[1].age_to",
        _terms("bands", 1, "age_to", value=120),
    ),
    row(
        "the ladder does not rise",
        "tariff.ladder_invalid",
        "$.resource.terms.over_limit[1].up_to_percent",
        _terms("over_limit", 1, "up_to_percent", value=110),
    ),
    row(
        "two bands of one name",
        "tariff.code_repeated",
        f"{_BANDS}[1].code",
        _terms("bands", 1, "code", value="0-17"),
    ),
    row(
        "two corrections of one name",
        "tariff.code_repeated",
        "$.resource.terms.corrections[1].code",
        _terms("corrections", 1, "code", value="rural"),
    ),
]
WEIGHING = [
    row(
        "two weights of one group",
        "tariff.code_repeated",
        "$.resource.terms.weights[1].code",
        _terms("weights", 1, "code", value="A01"),
    ),
]
ROWS = [
    pytest.param(accepted, *each.values, id=f"{accepted.__name__}: {each.id}")
    for accepted, rows in ((release_tariff, RELEASING), (release_case_mix, WEIGHING))
    for each in rows
]


@pytest.mark.parametrize(("accepted", "change", "code", "path"), ROWS)
def test_release_tariff(
    accepted: Callable[[], Scene], change: Change, code: str, path: str
) -> None:
    """Each age has one weight, each subject one tariff a day, each coefficient its own name."""
    assert refused(accepted, change) == (code, path)


def test_a_tariff_of_the_next_year_may_be_released_today() -> None:
    """Days that only touch do not overlap."""
    scene = release_tariff()
    _holds(date(2026, 1, 1), date(2026, 12, 31))(scene)
    (released,) = scene.judge()
    assert isinstance(released, TariffReleased)
    assert release_case_mix().judge()


def _shipped() -> list[TariffRelease]:
    return [
        TariffRelease.model_validate_json(canonical({**each, "id": str(uuid4())}))
        for each in reference_data.tariffs()
    ]


def test_the_shipped_figures_are_accepted_one_after_another() -> None:
    """Every release is one the law takes, and none holds on a day of another."""
    scene = release_tariff()
    for each in reference_data.tariffs():
        scene.content["resource"] = {**each, "id": str(NEW)}
        (released,) = scene.judge()
        assert isinstance(released, TariffReleased)
        subject = subject_of(released.package, released.terms)
        price = TariffInForce(released.tariff, released.package, Kopiykas(1))
        days = (released.first_day, released.last_day, price)
        scene.lookups.tariffs.known.setdefault(subject, []).append(days)


def test_the_figures_of_2018_are_those_of_the_order() -> None:
    """370 hryvnias a year, and what each age makes of it: 1480, 814, 370, 444, 740."""
    (year,) = [e for e in _shipped() if (e.package, e.first_day.year) == ("1", 2018)]
    assert isinstance(year.terms, CapitationTerms)
    base = year.terms.base
    weighed = [base * Fraction(band.coefficient) for band in year.terms.bands]
    assert weighed == [148_000, 81_400, 37_000, 44_400, 74_000]
    assert (base, year.terms.mountain) == (37_000, "1.25")


def test_every_shipped_figure_says_how_well_it_is_known() -> None:
    """A reader sees at once which figures nobody should be paid by yet."""
    tags = ("CONF", "LAW", "PRESS", "MEM", "INF")
    assert all(each.trust.startswith(tags) for each in _shipped())
