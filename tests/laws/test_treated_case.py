"""What a treated case earns: its group by the rules of its last day, its weight, its contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.case_settlement import settle_case
from ehealth_ledger.aggregates.charge import charge_id, charges_of, successor_of
from ehealth_ledger.aggregates.encounter.treated import ends_case
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeQuestioned,
    ChargeWithdrawn,
    ChargeWithheld,
    ChargeWithheldV1,
)
from ehealth_ledger.intake.laws.grouping import of_withheld_case, streams_of_withheld_case
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId, PatientId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.parameters.charge import CASE_ENCOUNTER_TYPES
from ehealth_ledger.values.tariffs import CaseTerms, NamedFactor
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import BASIS, NOW, Change, Scene, asks, both, given
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    ENCOUNTER,
    ENTITY,
    PATIENT,
    REFERRAL,
    SERVICE,
    coded,
    moment,
    redeemed_referral,
    reference,
)
from tests.laws.scenes.encounter import cancel_encounter, record_encounter
from tests.laws.scenes.grouping import (
    APPENDECTOMY,
    BASE,
    MIX,
    PROCEDURE,
    RATE,
    RELEASE,
    RULES,
    discharge,
    mix_in_force,
    rate_in_force,
    released,
    rule,
    settle_discharge,
)

LAST_DAY = date(2026, 11, 23)
_GROUP = "ehealth/groups/2026|A2"


def _encounter(*path: str | int, value: Any) -> Change:
    return asks("resources", 0, *path, value=value)


def _charge(scene: Scene) -> ChargeAccrued:
    charge = scene.judge()[-1]
    assert isinstance(charge, ChargeAccrued), charge
    return charge


def _withheld(scene: Scene) -> ChargeWithheld:
    charge = scene.judge()[-1]
    assert isinstance(charge, ChargeWithheld), charge
    return charge


def test_a_case_is_priced_in_the_commit_of_its_discharge() -> None:
    """The group names the version of the rules, the weight its tariff; the amount is rounded once.

    1 000 050 kopiykas times 1.333 are 1 333 066.65.
    """
    scene = discharge()
    facts = scene.judge()
    assert [each.TOPIC for each in facts] == [
        "encounter.recorded.v1",
        "episode.diagnosed.v1",
        "charge.accrued.v2",
    ]
    charge = _charge(scene)
    assert (charge.kind, charge.service, charge.package) == (
        *("case", "ehealth/groups/2026|A2"),
        "surgery",
    )
    assert (charge.charge, charge.act_position) == (charge_id(ENCOUNTER, 1), BASIS + 1)
    assert (charge.tariff, charge.unit_price, charge.quantity) == (MIX, BASE, 1)
    assert [(e.code, e.value, e.tariff) for e in charge.coefficients] == [("A2", "1.333", MIX)]
    assert charge.amount == 1_333_067
    assert [posting.amount for posting in charge.postings] == [1_333_067, -1_333_067]
    assert (charge.provider, charge.performer, charge.contract) == (ENTITY, ACTOR, CONTRACT)


def test_a_charge_of_a_case_says_nothing_of_who_it_was() -> None:
    """No patient, no birth date, no diagnosis and no procedure lies under the ledger's key."""
    for charge in (_charge(discharge()), _withheld(_without_rules())):
        body = charge.to_bytes()
        assert charge.subject is None
        for kept in (str(PATIENT), "1980", "K35", APPENDECTOMY):
            assert kept.encode() not in body, kept


def _without_rules() -> Scene:
    scene = discharge()
    scene.lookups.groupings.known.clear()
    return scene


def test_a_rate_of_the_very_group_goes_before_the_case_mix() -> None:
    """Where both are in force the rate is paid, and nothing multiplies it."""
    scene = discharge()
    rate_in_force(scene, "A2", 777)
    rate_in_force(scene, "A1", 888)
    charge = _charge(scene)
    assert (charge.tariff, charge.unit_price, charge.amount) == (RATE, 777, 777)
    assert charge.coefficients == ()


def _correct(scene: Scene, *codes: str) -> None:
    """Have the contract name corrections, and every tariff of surgery publish two."""
    first, last, package, buys = scene.lookups.contracts.known[ENTITY][0]
    named = replace(buys, corrections=codes)
    scene.lookups.contracts.known[ENTITY] = [(first, last, package, named)]
    corrections = (NamedFactor(code="rural", value="1.1"), NamedFactor(code="icu", value="1.102"))
    mix: Any = scene.states[MIX]
    rate = CaseTerms(kind="case", group="A2", rate=Kopiykas(777))
    published: list[Any] = [mix, mix.model_copy(update={"tariff": RATE, "terms": rate})]
    scene.lookups.billing.terms["surgery"] = [
        each.model_copy(
            update={"terms": each.terms.model_copy(update={"corrections": corrections})}
        )
        for each in published
    ]


def test_corrections_that_the_contract_names_multiply_a_case() -> None:
    """Behind the weight, in the contract's order, rounded once with it."""
    scene = discharge()
    _correct(scene, "icu", "gone", "rural")
    charge = _charge(scene)
    assert [(e.code, e.value, e.tariff) for e in charge.coefficients] == [
        ("A2", "1.333", MIX),
        ("icu", "1.102", MIX),
        ("rural", "1.1", MIX),
    ]
    assert charge.amount == 1_615_943  # 1000050 × 1.333 × 1.102 × 1.1 = 1615943.39…
    rate_in_force(scene, "A2", 777)
    charge = _charge(scene)
    assert [(e.code, e.tariff) for e in charge.coefficients] == [("icu", RATE), ("rural", RATE)]
    assert charge.amount == 942


def _no_release(scene: Scene) -> None:
    scene.lookups.groupings.known["2026"] = (date(2026, 1, 1), date(2026, 11, 22), RELEASE)


def _no_group(scene: Scene) -> None:
    scene.states[RELEASE] = released((rule("B", main_diagnosis=("K80",)),))


def _no_tariff(scene: Scene) -> None:
    scene.lookups.case_tariffs.weighed = []


def _tariff_of_yesterday(scene: Scene) -> None:
    first, _, tariff = scene.lookups.case_tariffs.weighed[0]
    scene.lookups.case_tariffs.weighed = [(first, date(2026, 11, 22), tariff)]


def _no_weight(scene: Scene) -> None:
    mix_in_force(scene, A1="2.5", A3="0.8")


def _no_contract(scene: Scene) -> None:
    scene.lookups.contracts.known[ENTITY] = []


def _other_package(scene: Scene) -> None:
    first, last, _, buys = scene.lookups.contracts.known[ENTITY][0]
    scene.lookups.contracts.known[ENTITY] = [(first, last, "stroke", buys)]


def _for_medicines(scene: Scene) -> None:
    first, last, package, buys = scene.lookups.contracts.known[ENTITY][0]
    other = replace(buys, kind="REIMBURSEMENT")
    scene.lookups.contracts.known[ENTITY] = [(first, last, package, other)]


@pytest.mark.parametrize(
    ("change", "reason", "is_grouped"),
    [
        (_no_release, "no_release", False),
        (_no_group, "no_group", False),
        (_no_tariff, "no_tariff", True),
        (_tariff_of_yesterday, "no_tariff", True),
        (_no_weight, "no_price", True),
        (_no_contract, "no_contract", True),
        (_other_package, "no_contract", True),
        (_for_medicines, "no_contract", True),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_care_is_never_refused_for_money(
    change: Callable[[Scene], None], reason: str, *, is_grouped: bool
) -> None:
    """The act stands, and the first thing that is missing is named, with the group if there is
    one.
    """
    scene = discharge()
    change(scene)
    charge = _withheld(scene)
    assert (charge.kind, charge.reason, charge.day) == ("case", reason, LAST_DAY)
    group = ("ehealth/groups/2026|A2", "surgery") if is_grouped else (None, None)
    assert (charge.service, charge.package) == group
    assert (charge.provider, charge.performer) == (ENTITY, ACTOR)


def test_the_rules_of_the_last_day_group_it() -> None:
    """A case that began under other rules belongs to those in force when it ended."""
    scene = discharge()
    _encounter("period", "start", value=moment(days=6))(scene)
    old = an_id("elder")
    scene.lookups.groupings.known = {
        "old": (date(2026, 1, 1), date(2026, 11, 22), old),
        "2026": (LAST_DAY, LAST_DAY, RELEASE),
    }
    scene.states[old] = replace_version(released((rule("OLD"),)), "old")
    assert _charge(scene).service == "ehealth/groups/2026|A2"


def replace_version(release: Any, version: str) -> Any:
    """Give a release another version."""
    return release.model_copy(update={"version": version})


def test_a_late_case_falls_into_the_next_open_month() -> None:
    """Its month is that of the last day, while it is open."""
    scene = discharge()
    assert _charge(scene).period == "2026-11"
    scene.lookups.cut_offs.known["2026-11"] = microseconds(NOW)
    assert _charge(scene).period == "2026-12"


# What is a case


def _referred(scene: Scene) -> None:
    scene.states[REFERRAL] = redeemed_referral()
    _encounter("basedOn", value=[reference("ServiceRequest", REFERRAL)])(scene)


def test_a_case_that_was_referred_closes_the_referral_and_is_paid_once() -> None:
    """The referral is completed; the case is charged, and not the service besides."""
    scene = discharge()
    _referred(scene)
    facts = scene.judge()
    assert [each.TOPIC for each in facts][2:] == ["referral.completed.v1", "charge.accrued.v2"]
    assert _charge(scene).kind == "case"


def test_outpatient_care_stays_as_it_was() -> None:
    """What ends no case is a service: priced by its referral, or by nothing."""
    charge = _charge(record_encounter())
    assert (charge.kind, charge.service) == ("service", SERVICE)
    scene = record_encounter()
    del scene.content["resources"][0]["basedOn"]
    assert [each.TOPIC for each in scene.judge()] == [
        "encounter.recorded.v1",
        "episode.diagnosed.v1",
    ]


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (given(*valued(CASE_ENCOUNTER_TYPES, {"INPATIENT": ("discharge",)})), 3),
        (given(*valued(CASE_ENCOUNTER_TYPES, {"INPATIENT": ("home", "discharge")})), 3),
        (given(*valued(CASE_ENCOUNTER_TYPES, {"INPATIENT": ()})), 2),
        (given(*valued(CASE_ENCOUNTER_TYPES, {"AMB": ("discharge",)})), 2),
        (given(valued(CASE_ENCOUNTER_TYPES, {})[0], None), 2),
        (
            both(
                _encounter(
                    "type",
                    value=[coded("eHealth/encounter_types", "service_delivery_location")],
                ),
                _encounter("hospitalization", value=None),
            ),
            2,
        ),
    ],
    ids=["named", "among others", "no type", "another class", "no value", "not a discharge"],
)
def test_the_parameter_says_which_encounters_end_a_case(change: Change, count: int) -> None:
    """Data decides, not code; where nobody has said, care is recorded and nothing is a case."""
    scene = discharge()
    change(scene)
    assert len(scene.judge()) == count


# What of a package counts


def _seen(scene: Scene) -> str:
    """Return the group a package comes to."""
    service = _charge(scene).service
    return service.partition("|")[2]


def _resources(scene: Scene) -> Any:
    return scene.content["resources"]


def _second(role: str, code: str, verification: str = "confirmed") -> Change:
    """Add a second condition in a role."""

    def change(scene: Scene) -> None:
        other = {**_resources(scene)[1], "id": str(an_id("second condition"))}
        other["code"] = coded(other["code"]["coding"][0]["system"], code)
        system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        other["verificationStatus"] = coded(system, verification)
        _resources(scene).append(other)
        _resources(scene)[0]["diagnosis"].append(
            {
                "condition": reference("Condition", an_id("second condition")),
                "use": coded("eHealth/diagnosis_roles", role),
                "rank": 1,
            }
        )

    return change


def _not_done(scene: Scene) -> None:
    _resources(scene)[3]["status"] = "not-done"


def _refuted(scene: Scene) -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    _resources(scene)[1]["verificationStatus"] = coded(system, "refuted")


@pytest.mark.parametrize(
    ("change", "group"),
    [
        (lambda _: None, "A2"),
        (_second("comorbidity", "E11.9"), "A1"),
        (_second("complication", "E11.9"), "A1"),
        (_second("chief_complaint", "E11.9"), "A2"),
        (_second("comorbidity", "E11.9", "refuted"), "A2"),
        (_not_done, "A3"),
    ],
    ids=[
        "the main diagnosis and what was done",
        "a comorbidity",
        "a complication",
        "what the patient complained of",
        "a refuted comorbidity",
        "an operation that was not done",
    ],
)
def test_the_package_itself_says_what_the_case_was(change: Change, group: str) -> None:
    """Diagnoses by their roles, procedures that were done: nothing else of the record is asked."""
    scene = discharge()
    change(scene)
    assert _seen(scene) == group


def test_a_condition_may_play_two_parts() -> None:
    """The main diagnosis stays the main one where it is named as a complication too."""
    scene = discharge()
    (main,) = _resources(scene)[0]["diagnosis"]
    again = {**main, "use": coded("eHealth/diagnosis_roles", "complication")}
    _resources(scene)[0]["diagnosis"].append(again)
    assert _seen(scene) == "A2"


def test_a_refuted_main_diagnosis_groups_nothing() -> None:
    """Nobody is paid for what the doctor says is not so."""
    scene = discharge()
    _refuted(scene)
    assert _withheld(scene).reason == "no_group"


@pytest.mark.parametrize(
    ("when", "born", "fitting"),
    [
        ({"age_to": 17}, date(2008, 11, 20), True),
        ({"age_to": 17}, date(2008, 11, 19), False),
        ({"age_to": 17}, None, False),
        ({"stay_days_from": 4, "stay_days_to": 4}, date(1980, 1, 1), True),
        ({"stay_days_from": 5}, date(1980, 1, 1), False),
        ({"discharge": ("1",)}, date(1980, 1, 1), True),
        ({"discharge": ("3",)}, date(1980, 1, 1), False),
    ],
    ids=str,
)
def test_age_stay_and_discharge_count(
    when: dict[str, Any], born: date | None, *, fitting: bool
) -> None:
    """The age is that of the first day, the stay is in civil days, the discharge as signed."""
    scene = discharge()
    scene.states[RELEASE] = released((rule("A1", **when),))
    scene.states[PATIENT] = Patient(PatientId(PATIENT), born)
    charge = scene.judge()[-1]
    assert isinstance(charge, ChargeAccrued) is fitting
    first = date(2026, 11, 19)
    assert scene.content["resources"][0]["period"]["start"].startswith(str(first))


# What becomes of a case entered in error


def _cancelled(recorded: Scene) -> Scene:
    """Cancel the whole package of a discharge."""
    facts = recorded.judge()
    scene = cancel_encounter()
    for each in charges_of(ENCOUNTER):
        scene.states.pop(each, None)
    original = recorded.content["resources"]
    scene.lookups.originals.signed[ENCOUNTER] = original
    scene.content["resources"] = [
        each | {"status": "entered-in-error"} if at in (0, 3) else each
        for at, each in enumerate(original)
    ]
    for fact in facts:
        if fact.stream_id in (ENCOUNTER, *charges_of(ENCOUNTER)):
            scene.states[fact.stream_id] = evolve(None, fact)
    return scene


def test_a_case_in_error_is_withdrawn_with_what_it_posted() -> None:
    """The charge of an open month leaves it, weight and all."""
    withdrawn = _cancelled(discharge()).judge()[-1]
    assert isinstance(withdrawn, ChargeWithdrawn)
    assert (withdrawn.package, withdrawn.period) == ("surgery", "2026-11")
    assert [each.amount for each in withdrawn.postings] == [1_333_067, -1_333_067]


def test_a_case_in_error_of_a_closed_month_is_questioned() -> None:
    """A closed month is never rewritten."""
    scene = _cancelled(discharge())
    scene.lookups.cut_offs.known["2026-11"] = microseconds(NOW)
    assert isinstance(scene.judge()[-1], ChargeQuestioned)


def test_a_withheld_case_in_error_is_withdrawn() -> None:
    """Nobody shall price a case that never was."""
    withdrawn = _cancelled(_without_rules()).judge()[-1]
    assert isinstance(withdrawn, ChargeWithdrawn)
    assert (withdrawn.contract, withdrawn.postings) == (None, ())


def test_what_was_withheld_under_version_1_can_still_be_withdrawn() -> None:
    """The old topic is read for ever."""
    scene = cancel_encounter()
    charge = charge_id(ENCOUNTER, 1)
    was = ChargeWithheldV1(
        charge=charge,
        act_log="records",
        act_position=98,
        provider=ENTITY,
        performer=ACTOR,
        service=SERVICE,
        day=LAST_DAY,
        reason="no_contract",
    )
    read = ChargeWithheldV1.from_bytes(was.to_bytes())
    assert b'"kind"' not in was.to_bytes()
    scene.states[charge] = evolve(None, read)
    withdrawn = scene.judge()[-1]
    assert isinstance(withdrawn, ChargeWithdrawn)
    assert (withdrawn.act_position, withdrawn.postings) == (98, ())


# What becomes of a withheld case later


def _settled(
    scene: Scene, withheld: ChargeWithheld, signed: Scene | None = None
) -> ChargeAccrued | ChargeWithheld | None:
    """Settle a withheld case by what the scene has in force now, and what was signed then.

    The law sees what it announced, and no other stream.
    """
    wish = (signed or discharge()).wish()
    resources = read_object(wish.signed_bytes)["resources"]  # decimals exact, as an envelope holds
    scene.lookups.originals.recorded[withheld.act_position] = resources
    wanted = Wanted()
    of_withheld_case(withheld, wanted)
    scene.lookups.announce(wanted)
    found = set(streams_of_withheld_case(withheld, scene.lookups))
    states = {each: state for each, state in scene.states.items() if each in found}
    case: Case[Any] = Case(wish, states, scene.lookups, 500, NOW)
    return settle_case(case, withheld, charge=successor_of(withheld.charge))


@pytest.mark.parametrize(
    "missing",
    [_no_release, _no_group, _no_tariff, _no_weight, _no_contract],
    ids=lambda e: e.__name__,
)
def test_what_comes_later_settles_a_withheld_case(missing: Callable[[Scene], None]) -> None:
    """Once rules, tariff, weight and contract are there, the case earns what it would have."""
    scene = discharge()
    missing(scene)
    withheld = _withheld(scene)
    again = _settled(scene, withheld)
    assert isinstance(again, ChargeWithheld)
    assert again == withheld.model_copy(update={"charge": again.charge})
    ready = discharge()
    charge = _settled(ready, withheld)
    assert isinstance(charge, ChargeAccrued)
    expected = _charge(ready)
    assert charge.charge == successor_of(expected.charge)
    assert charge == expected.model_copy(update={"charge": charge.charge})


@pytest.mark.parametrize(
    ("missing", "code", "expected"),
    [
        (_no_release, "charge.still_no_release", "rules of grouping in force on 2026-11-23"),
        (
            _no_group,
            "charge.still_no_group",
            "a rule of grouping, in force on 2026-11-23, that fits the case",
        ),
        (_no_tariff, "charge.still_no_tariff", f"a tariff of {_GROUP} in force on 2026-11-23"),
        (
            _no_weight,
            "charge.still_no_price",
            f"a tariff of surgery on 2026-11-23 that prices {_GROUP}",
        ),
        (_no_contract, "charge.still_no_contract", "a contract for surgery in force on 2026-11-23"),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_settling_a_case_names_what_is_missing_still(
    missing: Callable[[Scene], None], code: str, expected: str
) -> None:
    """Each thing that has to come has an answer of its own, and says what is expected."""
    scene = settle_discharge()
    missing(scene)
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert (refusal.value.code, refusal.value.path) == (code, "$.resource.charge")
    assert refusal.value.evidence == {"expected": expected}


def test_what_was_entered_in_error_since_settles_nothing() -> None:
    """An operation that never was weighs nothing when the case is priced at last."""
    scene = discharge()
    _no_contract(scene)
    recorded, _, withheld = scene.judge()
    assert isinstance(withheld, ChargeWithheld)
    ready = discharge()
    state: Any = evolve(None, recorded)
    ready.states[ENCOUNTER] = replace(state, in_error=frozenset({PROCEDURE}))
    charge = _settled(ready, withheld)
    assert isinstance(charge, ChargeAccrued)
    assert charge.service == "ehealth/groups/2026|A3"


def test_the_age_of_the_first_day_settles_a_case() -> None:
    """What the register says of the patient is asked again, and the day of asking is not."""
    scene = discharge()
    _no_release(scene)
    withheld = _withheld(scene)
    ready = discharge()
    ready.states[RELEASE] = released((rule("A1", age_to=17), rule("A2")))
    ready.states[PATIENT] = Patient(PatientId(PATIENT), date(2008, 11, 20))
    charge = _settled(ready, withheld)
    assert isinstance(charge, ChargeAccrued)
    assert charge.service == "ehealth/groups/2026|A1"


def test_a_case_whose_package_went_with_its_key_is_settled_by_nothing() -> None:
    """What cannot be decided is not guessed."""
    scene = discharge()
    _no_release(scene)
    withheld = _withheld(scene)
    wanted = Wanted()
    of_withheld_case(withheld, wanted)
    ready = discharge()
    ready.lookups.announce(wanted)
    assert set(streams_of_withheld_case(withheld, ready.lookups)) == {RELEASE, MIX}
    case: Case[Any] = Case(ready.wish(), ready.states, ready.lookups, 500, NOW)
    assert settle_case(case, withheld, charge=successor_of(withheld.charge)) is None


def test_a_later_release_may_give_another_group() -> None:
    """The rules are asked again: what was named when it was withheld binds nobody."""
    scene = discharge()
    _no_contract(scene)
    withheld = _withheld(scene)
    assert withheld.service == "ehealth/groups/2026|A2"
    ready = discharge()
    ready.states[RELEASE] = replace_version(released(RULES[2:]), "2026-b")
    charge = _settled(ready, withheld)
    assert isinstance(charge, ChargeAccrued)
    assert charge.service == "ehealth/groups/2026-b|A3"
    assert charge.amount == 800_040


def test_a_settled_case_keeps_its_day_and_falls_into_an_open_month() -> None:
    """The law of its day prices it; its own month may have closed since."""
    scene = discharge()
    _no_tariff(scene)
    withheld = _withheld(scene)
    ready = discharge()
    ready.lookups.cut_offs.known["2026-11"] = microseconds(NOW)
    charge = _settled(ready, withheld)
    assert isinstance(charge, ChargeAccrued)
    assert (charge.day, charge.period) == (LAST_DAY, "2026-12")


def test_a_settled_case_is_bought_by_the_contract_of_its_day() -> None:
    """The institution of the act is asked for, not the one that asks."""
    scene = discharge()
    _no_contract(scene)
    withheld = _withheld(scene)
    ready = discharge()
    other = ContractInForce(ContractId(an_id("later")), LegalEntityId(an_id("payer")))
    ready.lookups.contracts.known[ENTITY] = [
        (date(2026, 11, 24), date(2026, 12, 31), "surgery", other)
    ]
    assert isinstance(_settled(ready, withheld), ChargeWithheld)
    ready.lookups.contracts.known[ENTITY] = [(LAST_DAY, LAST_DAY, "surgery", other)]
    charge = _settled(ready, withheld)
    assert isinstance(charge, ChargeAccrued)
    assert charge.contract == an_id("later")


def test_what_tells_of_no_stay_ends_no_case() -> None:
    """Whatever types the parameter names, a case is a stay: monitoring relies on it."""
    encounter = discharge().wish().body.encounter
    types = {encounter.class_.code: (encounter.type[0].coding[0].code,)}
    assert ends_case(encounter, types)
    assert not ends_case(encounter.model_copy(update={"hospitalization": None}), types)
