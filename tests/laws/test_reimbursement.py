"""What a dispensed medicine earns the pharmacy: the grant to the kopiyka, or why not yet."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.contract import ContractAmended, ContractConcluded
from ehealth_ledger.pricing.charge import Price, amount
from ehealth_ledger.pricing.reimbursement import per_unit
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.parameters.dispense import PRICED_FUNDING_SOURCES
from ehealth_ledger.values.reimbursement import FixedReimbursement, PercentageReimbursement
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import BASIS, NOW, Change, Scene, altered, asks, both, given
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import ACTOR, CONTRACT, ENTITY, PATIENT
from tests.laws.scenes.medication import PRODUCT, PROGRAM, participation, program
from tests.laws.scenes.prescription import (
    PRESCRIPTION,
    dispense,
    prescription,
    process_dispense,
    reimbursed,
)


def _charge(*changes: Change) -> Any:
    """Hand out what is held, and return what it earned."""
    scene = process_dispense()
    for change in changes:
        change(scene)
    return scene.judge()[-1]


def _terms(term: Any, discount: int) -> Change:
    """Let the program pay otherwise, and the patient be spared as much."""
    return both(
        given(PROGRAM, program(participation(reimbursement=term))),
        asks("prices", "discount_amount", value=discount),
        asks("prices", "payment_amount", value=18_000 - discount),
    )


def _set(name: str, value: Any) -> Change:
    return lambda scene: scene.states.update([valued(name, value)])


def _no_contract(scene: Scene) -> None:
    scene.lookups.contracts.known.clear()


def test_a_dispense_earns_what_its_program_grants() -> None:
    """Sixty tablets at 200 kopiykas, under the pharmacy's contract, for the day they left."""
    charge = _charge()
    assert isinstance(charge, ChargeAccrued)
    assert (charge.kind, charge.attempt, charge.act_position) == ("medicine", 1, BASIS + 1)
    assert (charge.provider, charge.performer) == (ENTITY, ACTOR)
    assert (charge.contract, charge.package, charge.payer) == (
        *(CONTRACT, str(PROGRAM)),
        an_id("payer"),
    )
    assert charge.service == f"eHealth/medications|{PRODUCT}"
    assert (charge.day, charge.period) == (date(2026, 11, 23), "2026-11")
    assert (charge.quantity, charge.unit_price, charge.amount) == (60, 200, 12_000)
    assert [each.amount for each in charge.postings] == [12_000, -12_000]


def test_a_charge_of_a_medicine_says_nothing_of_the_patient() -> None:
    """Neither the patient nor the prescription can be read from it."""
    said = _charge().to_bytes()
    for each in (PATIENT, PRESCRIPTION, dispense().id):
        assert str(each).encode() not in said


@pytest.mark.parametrize(
    ("term", "discount", "price"),
    [
        (FixedReimbursement(type="FIXED", amount=Kopiykas(5_999)), 11_998, (11_998, 60)),
        (PercentageReimbursement(type="PERCENTAGE", percentage=50), 9_000, (150, 1)),
        (PercentageReimbursement(type="PERCENTAGE", percentage=33), 5_940, (99, 1)),
    ],
    ids=["no whole price of a unit", "half of the price", "a third"],
)
def test_the_price_of_a_unit_makes_the_grant(term: Any, discount: int, price: Any) -> None:
    """Quantity times price is the grant, whether a unit costs whole kopiykas or not."""
    charge = _charge(_terms(term, discount))
    assert isinstance(charge, ChargeAccrued)
    assert (charge.price.base, charge.price.per) == price
    assert charge.amount == discount == amount(charge.quantity, charge.price)


@for_all(some.integers(1, 10**15), some.integers(1, 10**6))
def test_every_grant_is_made_again_from_the_price_of_a_unit(grant: int, quantity: int) -> None:
    """No grant is lost to rounding, so none is withheld for it."""
    base, per = per_unit(Kopiykas(grant), quantity)
    assert amount(quantity, Price(base, per)) == grant


@pytest.mark.parametrize(
    "change",
    [
        _no_contract,
        altered(CONTRACT, divisions=frozenset()),
        given(CONTRACT, reimbursed(kind="MEDICAL_SERVICES")),
    ],
    ids=["none", "of other divisions meanwhile", "of services"],
)
def test_without_a_contract_the_medicine_is_handed_out_and_its_charge_waits(
    change: Change,
) -> None:
    """Care is never refused for money; what it is worth is kept for whoever settles it."""
    withheld = _charge(change)
    assert isinstance(withheld, ChargeWithheld)
    assert (withheld.kind, withheld.reason) == ("medicine", "no_contract")
    assert (withheld.package, withheld.quantity, withheld.amount) == (str(PROGRAM), 60, 12_000)


@pytest.mark.parametrize(
    ("since", "earns"), [(date(2026, 11, 24), ChargeAccrued), (date(2026, 11, 23), ChargeWithheld)]
)
def test_the_divisions_are_those_of_the_day(since: date, earns: type) -> None:
    """An amendment that leaves the drugstore out pays for it up to the day before it counts."""
    state: Any = reimbursed()
    concluded = ContractConcluded(
        contract=CONTRACT,
        terms=state.terms,
        request=an_id("request"),
        divisions=tuple(state.divisions),
        employees=(),
        plan=(),
    )
    amended = ContractAmended(
        **dict(concluded) | {"divisions": (), "removed": (), "counts_from": since}
    )
    charge = _charge(given(CONTRACT, evolve(evolve(None, concluded), amended)))
    assert isinstance(charge, earns)


def test_without_prices_nothing_says_what_it_is_worth() -> None:
    """Where the payer asks for no prices, a dispense that names none is not guessed."""
    withheld = _charge(
        _set(PRICED_FUNDING_SOURCES, ("LOCAL",)), lambda scene: scene.content.pop("prices")
    )
    assert isinstance(withheld, ChargeWithheld)
    assert (withheld.reason, withheld.quantity, withheld.amount) == ("no_price", 60, None)


@pytest.mark.parametrize(
    "change",
    [
        altered(PROGRAM, funding_source="LOCAL"),
        _terms(FixedReimbursement(type="FIXED", amount=Kopiykas(0)), 0),
        both(
            given(PRESCRIPTION, prescription(dispense(program=None), program=None)),
            asks("resource", "extension", value=[]),
        ),
    ],
    ids=["a community pays", "the program grants nothing", "no program"],
)
def test_the_payer_owes_nothing(change: Change) -> None:
    """Only what the payer's own program grants becomes a charge."""
    assert not isinstance(_charge(change), ChargeAccrued | ChargeWithheld)


def test_a_dispense_after_the_cut_off_falls_into_the_next_month() -> None:
    """The day stays; the month is the one that is open."""
    charge = _charge(
        lambda scene: scene.lookups.cut_offs.known.__setitem__("2026-11", microseconds(NOW))
    )
    assert (charge.day, charge.period) == (date(2026, 11, 23), "2026-12")


def test_a_check_beforehand_of_a_program_that_is_not_there_tells_only_that() -> None:
    """What nobody could price is no fault of its own."""
    scene = process_dispense()
    del scene.states[PROGRAM]
    assert [each.code for each in scene.violations()] == ["medical_program.unknown"]
    with pytest.raises(RuleBroken):
        scene.judge()
