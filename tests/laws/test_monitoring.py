"""Automatic monitoring: what each rule tells of a charge, and that it never stops an act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ehealth_ledger.aggregates.charge import Charge, charge_id
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.employee_role import EmployeeRole
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.monitoring import CATALOGUE
from ehealth_ledger.events.charge import ChargeAccrued, ChargeFlagged
from ehealth_ledger.events.contract import PlannedMonth
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.values.identifiers import (
    ContractId,
    EmployeeId,
    EmployeeRoleId,
    HealthcareServiceId,
    LegalEntityId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.monitoring import VERSIONS
from ehealth_ledger.values.parameters.catalogue import DEFINITIONS
from ehealth_ledger.values.parameters.monitoring import DIAGNOSES_BY_SERVICE, RULES
from ehealth_ledger.values.time import Month
from tests.laws.bench import Change, Scene, altered, asks, both, given
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    ENTITY,
    PACKAGE,
    PATIENT,
    SERVICE,
    contract,
)
from tests.laws.scenes.contract_month import (
    run_capitation,
    run_global_rate,
    settle_global_rate,
    settle_month,
)
from tests.laws.scenes.encounter import record_encounter
from tests.laws.scenes.medication import PROGRAM
from tests.laws.scenes.money import adjust_charge, review_statement
from tests.laws.scenes.prescription import process_dispense, treated
from tests.laws.tables import refused

MONTH = Month("2026-11")
EARLIER, ROLE = an_id("earlier act"), an_id("role")


def _on(*rules: str) -> Change:
    return lambda scene: scene.states.update([valued(RULES, dict.fromkeys(rules, 1))])


def _flags(scene: Scene, *changes: Change) -> list[ChargeFlagged]:
    for change in changes:
        change(scene)
    facts = scene.judge()
    return [each for each in facts if isinstance(each, ChargeFlagged)]


def _said(flag: ChargeFlagged) -> dict[str, str]:
    return {each.name: each.value for each in flag.evidence}


def _accrued(facts: list[Fact]) -> ChargeAccrued:
    (charge,) = (each for each in facts if isinstance(each, ChargeAccrued))
    return charge


def test_every_rule_that_is_written_can_be_turned_on() -> None:
    """The versions that are published are those whose functions stand in the table."""
    published = {(rule, each) for rule, versions in VERSIONS.items() for each in versions}
    assert published == set(CATALOGUE)


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ({}, True),
        ({"over_ceiling": 1}, True),
        ({"over_ceiling": 2}, True),
        ({"over_ceiling": 3}, False),
        ({"whim": 1}, False),
    ],
)
def test_only_a_rule_that_is_written_is_turned_on(value: dict[str, int], fits: bool) -> None:
    """A name or version that nobody wrote would be a rule that silently finds nothing."""
    assert DEFINITIONS[RULES].fits(value) is fits


# over_ceiling


def _plan(planned: int, before: int, package: str = PACKAGE, month: Month = MONTH) -> Change:
    """Plan a month, of which something was charged before."""
    state = Contract(
        ContractId(CONTRACT),
        contract().terms,
        plan=(PlannedMonth(package=package, period=month, amount=Kopiykas(planned)),),
    )

    def change(scene: Scene) -> None:
        scene.states[CONTRACT] = state
        key = StatementKey(ContractId(CONTRACT), PACKAGE, MONTH)
        scene.lookups.charges.totals[key] = before

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_plan(14_999, 0), {"planned": "14999", "total": "15000"}),
        (_plan(15_000, 0), None),
        (_plan(30_000, 15_001), {"planned": "30000", "total": "30001"}),
        (_plan(30_000, 15_000), None),
        (_plan(0, 0), {"planned": "0", "total": "15000"}),
        (_plan(1, 0, package="other"), None),
        (_plan(1, 0, month=Month("2026-12")), None),
        (given(CONTRACT, contract()), None),
    ],
    ids=[
        *("the first goes beyond", "just within", "the third goes beyond", "just within again"),
        *("nothing is planned", "of another package", "of another month", "no plan"),
    ],
)
def test_over_ceiling(change: Change, said: dict[str, str] | None) -> None:
    """What a month comes to with this charge is compared with what the contract plans for it."""
    found = _flags(record_encounter(), _on("over_ceiling"), change)
    assert [_said(each) for each in found] == ([] if said is None else [said])


def test_a_flag_follows_its_charge_and_names_its_provider() -> None:
    """It stands behind the charge, in the same commit; the provider reads it in its feed."""
    scene = record_encounter()
    for change in (_on("over_ceiling"), _plan(1, 0)):
        change(scene)
    facts = scene.judge()
    charge, flag = facts[-2:]
    assert isinstance(charge, ChargeAccrued)
    assert isinstance(flag, ChargeFlagged)
    assert (flag.charge, flag.provider, flag.rule_version) == (charge.charge, ENTITY, 1)
    assert str(PATIENT).encode() not in flag.to_bytes()
    state: Any = evolve(evolve(None, charge), flag)
    assert state == Charge(charge)


def _month_planned(planned: int, package: str) -> Change:
    plan = (PlannedMonth(package=package, period=MONTH, amount=Kopiykas(planned)),)
    return altered(CONTRACT, plan=plan)


def _ceiling(version: int) -> Change:
    return lambda scene: scene.states.update([valued(RULES, {"over_ceiling": version})])


@pytest.mark.parametrize("accepted", [run_capitation, settle_month])
def test_lines_of_capitation_go_beyond_the_plan_one_after_the_other(
    accepted: Callable[[], Scene],
) -> None:
    """The first line is within the plan; the second, which goes beyond it, has the flag behind."""
    scene = accepted()
    *_, first, second = scene.judge()
    assert isinstance(first, ChargeAccrued)
    assert isinstance(second, ChargeAccrued)
    planned = first.amount + second.amount - 1
    for change in (_ceiling(2), _month_planned(planned, "1")):
        change(scene)
    *_, one, two, flag = scene.judge()
    assert (one, two) == (first, second)
    assert isinstance(flag, ChargeFlagged)
    assert (flag.charge, flag.rule_version) == (second.charge, 2)
    assert _said(flag) == {"planned": str(planned), "total": str(planned + 1)}


def test_every_line_beyond_the_plan_has_its_flag_behind_it() -> None:
    """Whoever reviews a line finds its flag, whichever line of the month it is."""
    scene = run_capitation()
    for change in (_ceiling(2), _month_planned(0, "1")):
        change(scene)
    _, first, flag, second, other = scene.judge()
    assert isinstance(flag, ChargeFlagged)
    assert isinstance(other, ChargeFlagged)
    assert (flag.charge, other.charge) == (first.stream_id, second.stream_id)


@pytest.mark.parametrize("accepted", [run_global_rate, settle_global_rate])
@pytest.mark.parametrize(
    ("version", "planned", "flagged"),
    [(2, 14_999_999, True), (2, 15_000_000, False), (1, 14_999_999, False)],
    ids=["beyond the plan", "just within", "beyond it, by the version for acts"],
)
def test_a_global_rate_goes_beyond_its_plan(
    accepted: Callable[[], Scene], version: int, planned: int, flagged: bool
) -> None:
    """A month is asked as an act is, where the version that asks months is on."""
    found = _flags(accepted(), _ceiling(version), _month_planned(planned, PACKAGE))
    assert [each.rule for each in found] == ["over_ceiling"] * flagged


def test_what_a_month_came_to_before_counts_towards_its_ceiling() -> None:
    """Acts of the same package and month, and its month at the global rate, make one sum."""
    scene = run_global_rate()
    key = StatementKey(ContractId(CONTRACT), PACKAGE, MONTH)
    scene.lookups.charges.totals[key] = 1
    (flag,) = _flags(scene, _ceiling(2), _month_planned(15_000_000, PACKAGE))
    assert _said(flag) == {"planned": "15000000", "total": "15000001"}


# duplicate_service


def _earlier(**other: Any) -> Change:
    """Let another act on the patient be charged already."""

    def change(scene: Scene) -> None:
        charge = charge_id(EARLIER, 1)
        like = _accrued(record_encounter().judge())
        state = {name: other.pop(name) for name in ("withdrawn", "denied") if name in other}
        scene.states[charge] = Charge(like.model_copy(update={"charge": charge, **other}), **state)
        scene.lookups.resources.acts[PATIENT] = (EARLIER,)

    return change


def test_duplicate_service() -> None:
    """The same service, to the same patient, by the same provider, on the same day."""
    (flag,) = _flags(record_encounter(), _on("duplicate_service"), _earlier())
    assert (flag.rule, _said(flag)) == ("duplicate_service", {"charge": str(charge_id(EARLIER, 1))})


@pytest.mark.parametrize(
    "changed",
    [
        {"service": "eHealth/services|other"},
        {"provider": an_id("other")},
        {"day": date(2026, 11, 22)},
        {"withdrawn": True},
        {"denied": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_is_no_duplicate(changed: dict[str, Any]) -> None:
    """Each part of the likeness counts, and a charge that does not stand is like none."""
    assert _flags(record_encounter(), _on("duplicate_service"), _earlier(**changed)) == []


# diagnosis_against_service


def _permitted(*beginnings: str, service: str = SERVICE) -> Change:
    return lambda scene: scene.states.update([valued(DIAGNOSES_BY_SERVICE, {service: beginnings})])


@pytest.mark.parametrize(
    ("change", "flagged"),
    [
        (_permitted("Z9"), True),
        (_permitted("Z9", "I"), False),
        (_permitted("I10"), False),
        (_permitted("Z9", service="eHealth/services|other"), False),
    ],
    ids=["for another", "one of two fits", "the whole code", "the table does not name it"],
)
def test_diagnosis_against_service(change: Change, flagged: bool) -> None:
    """The primary diagnosis begins as the table says for the service, and nothing tells which."""
    found = _flags(record_encounter(), _on("diagnosis_against_service"), change)
    assert [each.rule for each in found] == ["diagnosis_against_service"] * flagged
    for each in found:
        assert _said(each) == {"expected": "Z9"}


# patient_deceased_before


def _died(day: date) -> Change:
    return given(PATIENT, replace(treated(), active=False, deceased=True, died_on=day))


@pytest.mark.parametrize(
    ("died_on", "flagged"), [(date(2026, 11, 22), True), (date(2026, 11, 23), False)]
)
def test_patient_deceased_before(died_on: date, flagged: bool) -> None:
    """A medicine held before a death and handed out days after it is told, without the day."""
    found = _flags(process_dispense(), _on("patient_deceased_before"), _died(died_on))
    assert [(each.rule, each.evidence) for each in found] == (
        [("patient_deceased_before", ())] if flagged else []
    )


# performer_without_role


def _role(*, active: bool) -> Change:
    role = EmployeeRole(
        EmployeeRoleId(ROLE),
        LegalEntityId(ENTITY),
        EmployeeId(ACTOR),
        HealthcareServiceId(an_id("care")),
        active=active,
    )
    known = (ACTOR, an_id("care"))
    return both(
        given(ROLE, role),
        lambda scene: scene.lookups.employee_roles.known.update({known: EmployeeRoleId(ROLE)}),
    )


@pytest.mark.parametrize(
    ("change", "flagged"),
    [(lambda _: None, True), (_role(active=False), True), (_role(active=True), False)],
    ids=["no role", "a role that ended", "a role"],
)
def test_performer_without_role(change: Change, flagged: bool) -> None:
    """Whoever performs works in a healthcare service of the institution."""
    found = _flags(record_encounter(), _on("performer_without_role"), change)
    assert len(found) == flagged


def test_what_no_rule_asks_is_not_read() -> None:
    """While a rule is off, nobody looks up the patient's other acts, or who works where."""
    scene = record_encounter()
    _earlier()(scene)
    scene.judge()
    announced = scene.lookups.resources.announced
    assert announced.acts_on == announced.role_employees == set()
    for rule, asked in (
        ("duplicate_service", "acts_on"),
        ("performer_without_role", "role_employees"),
    ):
        scene = record_encounter()
        _on(rule)(scene)
        scene.judge()
        assert getattr(scene.lookups.resources.announced, asked)


def test_a_rule_that_was_turned_on_a_moment_ago_guesses_nothing() -> None:
    """What the batch did not read beforehand is no finding."""
    scene = record_encounter()
    for change in (_on("performer_without_role", "duplicate_service"), _earlier()):
        change(scene)
    scene.lookups.resources.acts_on = lambda _: None  # type: ignore[method-assign] # unread
    scene.lookups.employee_roles.of_employee = lambda _: None  # type: ignore[method-assign] # unread
    assert _flags(scene) == []


def test_a_pharmacist_needs_no_role() -> None:
    """Pharmacies have no healthcare services."""
    assert _flags(process_dispense(), _on("performer_without_role")) == []


# Together


def test_what_is_off_finds_nothing() -> None:
    """Without a value, and with an empty one, an act is charged as it was."""
    for value in ({}, None):
        scene = record_encounter()
        for change in (_plan(1, 0), _earlier()):
            change(scene)
        stream, state = valued(RULES, value or {})
        scene.states[stream] = state if value is not None else None
        assert isinstance(scene.judge()[-1], ChargeAccrued)


def test_several_rules_tell_in_the_order_of_their_names() -> None:
    """One act, one charge, as many flags as there are findings."""
    changes = (_on("over_ceiling", "duplicate_service"), _plan(1, 0), _earlier())
    found = _flags(record_encounter(), *changes)
    assert [each.rule for each in found] == ["duplicate_service", "over_ceiling"]


def test_a_medicine_goes_beyond_its_plan() -> None:
    """A program's month has a ceiling as a package's has."""
    plan = (PlannedMonth(package=str(PROGRAM), period=MONTH, amount=Kopiykas(11_999)),)
    (flag,) = _flags(process_dispense(), _on("over_ceiling"), altered(CONTRACT, plan=plan))
    assert _said(flag) == {"planned": "11999", "total": "12000"}


@pytest.mark.parametrize(
    ("cited", "code"),
    [
        ({"id": "duplicate_service", "version": 1}, None),
        ({"id": "duplicate_service", "version": 2}, "charge.rule_unknown"),
        ({"id": "whim", "version": 1}, "charge.rule_unknown"),
    ],
    ids=["known", "charge.rule_unknown: another version", "charge.rule_unknown: no such rule"],
)
def test_a_cited_rule_is_one_that_was_written(cited: dict[str, Any], code: str | None) -> None:
    """Whoever denies or corrects by a rule names one that anybody can look up."""
    denied = asks("resource", "denied", 0, "rule", value=cited)
    corrected = asks("resource", "rule", value=cited)
    for scene, change, path in (
        (review_statement, denied, "$.resource.denied[0].rule"),
        (adjust_charge, corrected, "$.resource.rule"),
    ):
        if code is None:
            accepted = scene()
            change(accepted)
            assert accepted.judge()
        else:
            assert refused(scene, change) == (code, path)
