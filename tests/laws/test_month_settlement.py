"""A month that waited for a tariff is judged again, once, as it stood when it began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ehealth_ledger.aggregates.contract_month import ReckonedMonth
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.events.capitation import CapitationSettled, CountedPackage
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.contract import Correction
from ehealth_ledger.events.global_rate import GlobalRateSettled, RatedPackage
from ehealth_ledger.values.identifiers import TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import NamedFactor
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import BASIS, Change, Scene, without
from tests.laws.scenes.common import ACTOR, CONTRACT, PACKAGE
from tests.laws.scenes.contract_month import (
    MONTH,
    TARIFF,
    capitation_terms,
    declared,
    released,
    run_capitation,
    run_global_rate,
    settle_global_rate,
    settle_month,
)
from tests.laws.tables import refused, row

_AT = "$.resource.period"


def _packages(*packages: Any, settled: frozenset[str] = frozenset()) -> Change:
    """Let the month have come to something else."""

    def change(scene: Scene) -> None:
        month: Any = scene.states[MONTH]
        reckoned = month.reckoned.model_copy(update={"packages": packages})
        scene.states[MONTH] = ReckonedMonth(reckoned, settled)

    return change


def _suspended(scene: Scene) -> None:
    stood = scene.lookups.billing.stood
    stood[CONTRACT] = replace(stood[CONTRACT], suspended=True)


def _no_terms(scene: Scene) -> None:
    scene.lookups.billing.terms.clear()


_PAID = CountedPackage(package="1", tariff=TariffId(TARIFF), counted=3, amount=Kopiykas(1))
_WITHHELD = CountedPackage(package="1", withheld="no_tariff")
_RESTED = CountedPackage(package="1", tariff=TariffId(TARIFF), withheld="contract_suspended")
_DONE = frozenset({"1"})
TABLE = [
    row("no such contract", "contract.unknown", "$.resource.contract", without(CONTRACT)),
    row("the month was never reckoned", "contract_month.not_reckoned", _AT, without(MONTH)),
    row("the month has its price", "contract_month.nothing_withheld", _AT, _packages(_PAID)),
    row("the contract rested then", "contract_month.nothing_withheld", _AT, _packages(_RESTED)),
    row(
        "it was settled before",
        "contract_month.already_settled",
        _AT,
        _packages(_WITHHELD, settled=_DONE),
    ),
    row("it rested and had no tariff", "contract_month.contract_suspended", _AT, _suspended),
    row("still no tariff", "contract_month.still_no_tariff", _AT, _no_terms),
]


@pytest.mark.parametrize(("change", "code", "path"), TABLE)
def test_a_month_is_not_settled(change: Change, code: str, path: str) -> None:
    """Each row differs from an accepted scene by one thing."""
    assert refused(settle_month, change) == (code, path)


_RATED = RatedPackage(package=PACKAGE, tariff=TariffId(TARIFF), amount=Kopiykas(1))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_no_terms, "contract_month.still_no_tariff"),
        (_suspended, "contract_month.contract_suspended"),
        (_packages(settled=frozenset({PACKAGE})), "contract_month.already_settled"),
        (_packages(_RATED), "contract_month.nothing_withheld"),
    ],
)
def test_a_month_at_the_global_rate_is_not_settled(change: Change, code: str) -> None:
    """Whichever of its packages a rate could come for."""
    assert refused(settle_global_rate, change) == (code, _AT)


def _judged(scene: Scene) -> tuple[Any, list[ChargeAccrued]]:
    first, *charges = scene.judge()
    return first, [each for each in charges if isinstance(each, ChargeAccrued)]


def test_a_settled_month_is_what_the_run_would_have_come_to() -> None:
    """The same charges under the same ids, of the act that settles; who settled it is named."""
    settled, charges = _judged(settle_month())
    counted, others = _judged(run_capitation())
    assert isinstance(settled, CapitationSettled)
    assert settled.settled_by == ACTOR
    assert (settled.packages, settled.as_of, settled.declared) == (
        counted.packages,
        counted.as_of,
        counted.declared,
    )
    assert charges == others
    assert {each.act_position for each in charges} == {BASIS + 1}


def test_a_settled_month_at_the_global_rate_is_what_the_run_would_have_come_to() -> None:
    """A package that nobody named is charged as if its rate had been there."""
    settled, charges = _judged(settle_global_rate())
    reckoned, others = _judged(run_global_rate())
    assert isinstance(settled, GlobalRateSettled)
    assert (settled.packages, charges) == (reckoned.packages, others)


@pytest.mark.parametrize("accepted", [settle_month, settle_global_rate])
def test_a_settled_month_is_paid_in_the_month_that_is_open(
    accepted: Callable[[], Scene],
) -> None:
    """The month's own statement is closed by then."""
    scene = accepted()
    scene.lookups.cut_offs.known["2026-11"] = microseconds(scene.now)
    assert {each.period for each in _judged(scene)[1]} == {"2026-12"}


def test_what_still_has_no_tariff_can_be_settled_later() -> None:
    """One package finds its tariff, another waits; none is counted twice."""
    scene = settle_month()
    _packages(_WITHHELD, CountedPackage(package="2", withheld="no_tariff"))(scene)
    first, _ = _judged(scene)
    assert [each.package for each in first.packages] == ["1"]
    scene.states[MONTH] = evolve(scene.states[MONTH], first)
    assert refused(lambda: scene, lambda _: None) == ("contract_month.still_no_tariff", _AT)
    other = released(capitation_terms(base=12_000), "2")
    scene.lookups.billing.terms["ehealth/tariffs/capitation|2"] = [other]
    second, charges = _judged(scene)
    assert [each.package for each in second.packages] == ["2"]
    assert {each.package for each in charges} == {"2"}
    scene.states[MONTH] = evolve(scene.states[MONTH], second)
    assert refused(lambda: scene, lambda _: None) == ("contract_month.already_settled", _AT)


def test_a_patient_who_was_erased_since_is_named_and_not_guessed() -> None:
    """Nobody can tell the age any more, so the settlement pays for the others."""
    scene = settle_month()
    scene.lookups.billing.roll[0] = declared(10, None)
    settled, charges = _judged(scene)
    assert [(each.reason, each.acts) for each in settled.uncounted] == [("erased", (10,))]
    assert sorted(act for each in charges for act in each.acts) == [11, 12]


def test_corrections_are_those_that_the_contract_named_when_the_month_began() -> None:
    """The tariff is as published now, the agreement as it stood then."""
    scene = settle_month()
    terms = capitation_terms(corrections=(NamedFactor(code="rural", value="1.1"),))
    scene.lookups.billing.terms["ehealth/tariffs/capitation|1"] = [released(terms, "1")]
    stood = scene.lookups.billing.stood[CONTRACT]
    agreed = stood.terms.model_copy(
        update={"corrections": (Correction(package="1", code="rural"),)}
    )
    scene.lookups.billing.stood[CONTRACT] = replace(stood, terms=agreed)
    _, charges = _judged(scene)
    assert {each.coefficients[-1].code for each in charges} == {"rural"}
    assert [each.amount for each in charges] == [13_567, 8_140]
