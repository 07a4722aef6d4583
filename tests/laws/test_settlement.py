"""What was withheld is priced later, by what is published then for the day of the act."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.charge import (
    ATTEMPTS_MAX,
    Charge,
    charge_id,
    charges_of,
    successor_of,
)
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeFlagged,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheldV1,
)
from ehealth_ledger.events.contract import PlannedMonth
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.parameters.monitoring import DIAGNOSES_BY_SERVICE, RULES
from tests.laws.bench import Change, Scene, altered, both, given, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    ENTITY,
    MONTH,
    PACKAGE,
    PATIENT,
    SERVICE,
)
from tests.laws.scenes.encounter import record_encounter
from tests.laws.scenes.grouping import settle_discharge
from tests.laws.scenes.medication import PRODUCT, PROGRAM
from tests.laws.scenes.money import CHARGE, accrued, settle_charge, withheld
from tests.laws.scenes.prescription import DRUGSTORE, reimbursed, treated
from tests.laws.tables import refused, row

_AT = "$.resource.charge"


def _withdrawn() -> ChargeWithdrawn:
    return ChargeWithdrawn(charge=CHARGE, act_log="records", act_position=88, reason="act_in_error")


def _settled() -> ChargeSettled:
    return ChargeSettled(
        charge=CHARGE, provider=ENTITY, successor=successor_of(CHARGE), settled_by=ACTOR
    )


def _other_days(lookup: str) -> Change:
    """Let a tariff or a contract begin on the day after the act."""

    def change(scene: Scene) -> None:
        known = getattr(scene.lookups, lookup).known
        for key, found in known.items():
            known[key] = [(date(2026, 10, 6), *each[1:]) for each in found]

    return change


def _medicine(**other: Any) -> Change:
    """Let a medicine wait for its contract, which there is by now."""
    fields: dict[str, Any] = {
        "kind": "medicine",
        "service": f"eHealth/medications|{PRODUCT}",
        "reason": "no_contract",
        "package": str(PROGRAM),
        "division": DRUGSTORE,
        "quantity": 60,
        "amount": 12_000,
    }

    def bought(scene: Scene) -> None:
        known = scene.lookups.contracts.known
        known[ENTITY] = [(*each[:2], str(PROGRAM), each[3]) for each in known[ENTITY]]

    return both(given(CHARGE, withheld(**fields | other)), given(CONTRACT, reimbursed()), bought)


SETTLEMENTS = [
    row("no such charge", "charge.unknown", _AT, without(CHARGE)),
    row("it has its price", "charge.not_withheld", _AT, given(CHARGE, Charge(accrued()))),
    row("settled already", "charge.already_settled", _AT, given(CHARGE, _settled())),
    row("its act was an error", "charge.act_in_error", _AT, given(CHARGE, _withdrawn())),
    row(
        "still no tariff",
        "charge.still_no_tariff",
        _AT,
        lambda scene: scene.lookups.tariffs.known.clear(),
    ),
    row(
        "a tariff from the next day on",
        "charge.still_no_tariff",
        _AT,
        _other_days("tariffs"),
    ),
    row(
        "still no contract",
        "charge.still_no_contract",
        _AT,
        lambda scene: scene.lookups.contracts.known.clear(),
    ),
    row(
        "a contract from the next day on",
        "charge.still_no_contract",
        _AT,
        _other_days("contracts"),
    ),
    row(
        "a medicine, and a contract that does not name the division",
        "charge.still_no_contract",
        _AT,
        both(_medicine(), altered(CONTRACT, divisions=frozenset())),
    ),
    row(
        "a medicine whose worth nothing says",
        "charge.still_no_price",
        _AT,
        _medicine(amount=None, reason="no_price"),
    ),
    row(
        "a month of capitation",
        "charge.settled_otherwise",
        _AT,
        given(CHARGE, withheld(kind="capitation", service=None, reason="no_tariff")),
    ),
    row(
        "a treated case whose package went with its patient's key",
        "patient.erased",
        _AT,
        given(CHARGE, withheld(kind="case", service=None, reason="no_group")),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), SETTLEMENTS)
def test_settle(change: Change, code: str, path: str) -> None:
    """Only what waits still is settled, and only when nothing is missing any more."""
    assert refused(settle_charge, change) == (code, path)


@pytest.mark.parametrize("version", [1, 2])
def test_a_service_is_settled_in_the_open_month(version: int) -> None:
    """The day, the act and the people are those withheld; the month is the one that is open."""
    scene = settle_charge()
    state = withheld()
    if version == 1:
        old = state.model_dump(
            exclude=set(type(state).model_fields) - set(ChargeWithheldV1.model_fields)
        )
        scene.states[CHARGE] = ChargeWithheldV1(**old)
    settled, charge = scene.judge()
    assert isinstance(settled, ChargeSettled)
    assert isinstance(charge, ChargeAccrued)
    assert (settled.charge, settled.successor) == (CHARGE, charge.charge)
    assert charge.charge == successor_of(CHARGE)
    assert (charge.kind, charge.attempt, charge.act_position) == ("service", 1, 88)
    assert (charge.provider, charge.service, charge.day) == (
        *(ENTITY, SERVICE),
        state.day,
    )
    assert (charge.amount, charge.package, charge.contract) == (5_000, PACKAGE, CONTRACT)
    assert (MONTH, charge.period) == ("2026-10", "2026-11")  # the act's month is closed
    assert evolve(state, settled) == settled  # nobody settles it again


def test_a_medicine_is_settled_at_its_grant() -> None:
    """What it is worth was known; only the contract was missing."""
    scene = settle_charge()
    _medicine()(scene)
    charge = scene.judge()[-1]
    assert isinstance(charge, ChargeAccrued)
    assert (charge.kind, charge.quantity, charge.unit_price) == ("medicine", 60, 200)
    assert (charge.amount, charge.package, charge.tariff) == (12_000, str(PROGRAM), PROGRAM)


def test_what_is_settled_beyond_the_plan_is_flagged() -> None:
    """A ceiling counts what is paid late as well."""
    scene = settle_charge()
    plan = (PlannedMonth(package=PACKAGE, period="2026-11", amount=Kopiykas(4_999)),)
    altered(CONTRACT, plan=plan)(scene)
    flag = scene.judge()[-1]
    assert isinstance(flag, ChargeFlagged)
    assert flag.rule == "over_ceiling"


def _dead_and_elsewhere_diagnosed(scene: Scene) -> None:
    """Let the patient have died on the eve of the act, and its service be for other diagnoses."""
    (charge,) = (each for each in scene.judge() if isinstance(each, ChargeAccrued))
    died_on = charge.day - timedelta(days=1)
    scene.states[PATIENT] = replace(treated(), active=False, deceased=True, died_on=died_on)
    on = {"patient_deceased_before": 1, "diagnosis_against_service": 1}
    table = {charge.service: ("Z9",)}
    scene.states.update([valued(RULES, on), valued(DIAGNOSES_BY_SERVICE, table)])


def _recorded(scene: Scene, **changed: str) -> None:
    """Let the act be an encounter whose package can be read still; or change its first part."""
    first, *others = read_object(record_encounter().wish().signed_bytes)["resources"]
    resources = [first | changed, *others]
    scene.lookups.originals.recorded[withheld().act_position] = resources


def _flagged(scene: Scene) -> list[str]:
    return [each.rule for each in scene.judge() if isinstance(each, ChargeFlagged)]


def test_what_is_priced_late_is_watched_as_what_is_priced_at_once() -> None:
    """Its package is read again: who it was, and for what the service was given."""
    service, case = settle_charge(), settle_discharge()
    _recorded(service)
    for scene in (service, case):
        assert _flagged(scene) == []
        _dead_and_elsewhere_diagnosed(scene)
        assert _flagged(scene) == ["diagnosis_against_service", "patient_deceased_before"]


@pytest.mark.parametrize("known", ["no package", "no encounter"])
def test_what_cannot_be_read_any_more_is_not_guessed(known: str) -> None:
    """A package that went with its key, and an act outside encounters, are priced unwatched."""
    scene = settle_charge()
    if known == "no encounter":
        _recorded(scene, resourceType="DiagnosticReport")
    _dead_and_elsewhere_diagnosed(scene)
    assert _flagged(scene) == []


def test_a_settled_charge_is_among_those_of_its_act() -> None:
    """An act that turns out to be an error finds it, with every attempt that may follow."""
    act = an_id("act")
    first = charge_id(act, 1)
    known = charges_of(act)
    assert known[:2] == (first, successor_of(first))
    last = successor_of(first)  # settled
    for _ in range(ATTEMPTS_MAX - 1):  # and claimed again as often as any payer may allow
        last = successor_of(last)
    assert last == known[-1]


def test_a_duplicate_of_a_settled_charge_is_found() -> None:
    """A price that came late counts as one that came at once."""
    scene = record_encounter()
    like = next(each for each in scene.judge() if isinstance(each, ChargeAccrued))
    earlier = successor_of(charge_id(an_id("earlier"), 1))
    scene.states[earlier] = Charge(like.model_copy(update={"charge": earlier}))
    patient = UUID(scene.content["resources"][0]["subject"]["reference"].partition("/")[2])
    scene.lookups.resources.acts[patient] = (an_id("earlier"),)
    scene.states.update([valued("monitoring.rules", {"duplicate_service": 1})])
    assert isinstance(scene.judge()[-1], ChargeFlagged)
