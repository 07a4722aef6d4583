"""The law of grouping rules, and the matcher: order decides, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from ehealth_ledger.commands.grouping import GroupingRelease
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.events.grouping import GroupingReleased
from ehealth_ledger.pricing.charge import TariffInForce
from ehealth_ledger.pricing.grouping import (
    CasePrice,
    Group,
    Release,
    TreatedCase,
    first_unreachable,
    fits,
    grouped,
    lie_within,
    price_of,
)
from ehealth_ledger.values.grouping import Conditions, GroupingRule
from ehealth_ledger.values.identifiers import GroupingId, TariffId
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import RATE_MAX, CaseMixTerms, NamedFactor
from tests.laws.bench import Change, asks, both, taken
from tests.laws.lookups import an_id
from tests.laws.scenes.common import NEW
from tests.laws.scenes.grouping import APPENDECTOMY, RULES, release_grouping, rule
from tests.laws.tables import refused, row

_RULES = "$.resource.rules"


def _release(*path: str | int, value: Any) -> Change:
    return asks("resource", *path, value=value)


def _when(at: int, **when: Any) -> Change:
    asked = {"encounter_class": "INPATIENT"} | when
    return _release("rules", at, "when", value=asked)


def _holds(first: date, last: date, version: str = "2026") -> Change:
    release = GroupingId(an_id("elder"))
    return lambda scene: scene.lookups.groupings.known.update({version: (first, last, release)})


RELEASING = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "it ends before it begins",
        "grouping.period_invalid",
        "$.resource.last_day",
        _release("last_day", value="2026-12-31"),
    ),
    row(
        "another holds on its first day",
        "grouping.overlaps",
        "$.resource.first_day",
        _holds(date(2026, 1, 1), date(2027, 1, 1)),
    ),
    row(
        "another holds on its last day",
        "grouping.overlaps",
        "$.resource.first_day",
        _holds(date(2027, 12, 31), date(2028, 12, 31)),
    ),
    row(
        "another of last year has its version",
        "grouping.version_taken",
        "$.resource.version",
        _holds(date(2026, 1, 1), date(2026, 12, 31), "2027"),
    ),
    row(
        "a range of codes goes backwards",
        "grouping.range_reversed",
        f"{_RULES}[1].when.main_diagnosis[1]",
        _when(1, main_diagnosis=["K35", "I64-I60"]),
    ),
    row(
        "so does one of a secondary diagnosis",
        "grouping.range_reversed",
        f"{_RULES}[1].when.secondary_diagnosis[0]",
        _when(1, secondary_diagnosis=["I64-I60"]),
    ),
    row(
        "an age ends before it begins",
        "grouping.range_reversed",
        f"{_RULES}[0].when.age_to",
        _when(0, age_from=18, age_to=17),
    ),
    row(
        "a stay ends before it begins",
        "grouping.range_reversed",
        f"{_RULES}[0].when.stay_days_to",
        _when(0, stay_days_from=3, stay_days_to=2),
    ),
    row(
        "an earlier rule has the same conditions",
        "grouping.rule_unreachable",
        f"{_RULES}[2].when",
        _when(2, main_diagnosis=["K35"], interventions=[APPENDECTOMY]),
    ),
    row(
        "in another order",
        "grouping.rule_unreachable",
        f"{_RULES}[2].when",
        both(_when(1, main_diagnosis=["K36", "K35"]), _when(2, main_diagnosis=["K35", "K36"])),
    ),
    row(
        "an earlier rule asks less of the same",
        "grouping.rule_unreachable",
        f"{_RULES}[1].when",
        _when(0, main_diagnosis=["K35"]),
    ),
    row(
        "an earlier rule asks nothing but the class",
        "grouping.rule_unreachable",
        f"{_RULES}[1].when",
        _when(0),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), RELEASING)
def test_release_grouping(change: Change, code: str, path: str) -> None:
    """One release a day, one a version; each rule can match; each range holds something."""
    assert refused(release_grouping, change) == (code, path)


def test_rules_of_the_next_year_may_be_released_today() -> None:
    """Days that only touch do not overlap, and the fact says what was signed."""
    scene = release_grouping()
    _holds(date(2026, 1, 1), date(2026, 12, 31))(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, GroupingReleased)
    assert fact.rules == RULES
    assert fact.subject is None


@pytest.mark.parametrize(
    "value", ["", "63", "i63", "I63-", "-I63", "I63.", "I63-64", "I6301", "І63"], ids=repr
)
def test_what_is_no_code_of_icd_is_refused_by_its_form(value: str) -> None:
    """A slip of the pen is found before a rule silently fits nobody."""
    scene = release_grouping()
    _when(0, main_diagnosis=[value])(scene)
    with pytest.raises(Exception, match=r"rules\[0\].when.main_diagnosis\[0\]"):
        scene.judge()


# The matcher

CASE: Final = TreatedCase(
    encounter_class="INPATIENT",
    main_diagnosis="K35.8",
    secondary_diagnoses=frozenset({"E11.9", "I10"}),
    interventions=frozenset({APPENDECTOMY, "A34001"}),
    discharge=frozenset({"1"}),
    age=17,
    stay_days=4,
)


def _asks(**when: Any) -> Conditions:
    return rule("A", **when).when


@pytest.mark.parametrize(
    ("when", "fitting"),
    [
        ({}, True),
        ({"encounter_class": "AMB"}, False),
        ({"main_diagnosis": ("K35",)}, True),
        ({"main_diagnosis": ("K35.8",)}, True),
        ({"main_diagnosis": ("K35.81",)}, False),
        ({"main_diagnosis": ("I60-I64", "K30-K35")}, True),
        ({"main_diagnosis": ("K35-K35.7",)}, False),
        ({"main_diagnosis": ("K36-K40",)}, False),
        ({"main_diagnosis": ("E11",)}, False),
        ({"secondary_diagnosis": ("E10-E14",)}, True),
        ({"secondary_diagnosis": ("K35",)}, False),
        ({"interventions": ("30572-00", APPENDECTOMY)}, True),
        ({"interventions": ("30572-00",)}, False),
        ({"discharge": ("1", "2")}, True),
        ({"discharge": ("2",)}, False),
        ({"age_to": 17}, True),
        ({"age_to": 16}, False),
        ({"age_from": 17}, True),
        ({"age_from": 18}, False),
        ({"stay_days_from": 4, "stay_days_to": 4}, True),
        ({"stay_days_from": 5}, False),
        ({"stay_days_to": 3}, False),
        ({"main_diagnosis": ("K35",), "interventions": ("30572-00",)}, False),
    ],
    ids=str,
)
def test_every_condition_of_a_rule_has_to_hold(when: dict[str, Any], *, fitting: bool) -> None:
    """Of a list one is enough; bounds are included; what is not asked does not matter."""
    assert fits(CASE, _asks(**when)) is fitting


def test_whose_age_nobody_knows_fits_no_rule_that_asks_for_one() -> None:
    """What cannot be decided is not guessed."""
    unknown = replace(CASE, age=None)
    assert fits(unknown, _asks())
    assert not fits(unknown, _asks(age_from=1))
    assert not fits(unknown, _asks(age_to=199))


@pytest.mark.parametrize(
    ("codes", "inside", "outside"),
    [
        ("I63", ["I63", "I63.9"], ["I64", "J63"]),
        ("I6", ["I60", "I69.8"], ["I70", "I5"]),
        ("I60-I64", ["I60", "I60.0", "I64", "I64.9"], ["I59.9", "I65", "I65.0"]),
        ("P05-P96", ["P07.3", "P96.9"], ["P04.9", "P97", "Q00"]),
        ("I21.1-I21.4", ["I21.1", "I21.4", "I21.41"], ["I21", "I21.0", "I21.5"]),
    ],
)
def test_a_range_holds_what_begins_with_its_last_code(
    codes: str, inside: list[str], outside: list[str]
) -> None:
    """`I60-I64` holds all of I64, as the classification's own blocks do."""
    assert [each for each in inside + outside if lie_within(codes, each)] == inside


_CODES = st.sampled_from(["I60-I64", "I63", "I63.9", "K35", "K35-K37", "P07"])
_FEW = st.lists(_CODES, max_size=2).map(tuple)
_ACTS = st.lists(st.sampled_from(["30571-00", "96199-01"]), max_size=2).map(tuple)
_CONDITIONS = st.builds(
    Conditions,
    encounter_class=st.sampled_from(["INPATIENT", "AMB"]),
    main_diagnosis=_FEW,
    secondary_diagnosis=_FEW,
    interventions=_ACTS,
    discharge=st.lists(st.sampled_from(["1", "2"]), max_size=1).map(tuple),
    age_from=st.sampled_from([0, 0, 18]),
    stay_days_to=st.sampled_from([9999, 9999, 1]),
)
_MADE = st.builds(
    GroupingRule,
    group=st.sampled_from(["A", "B", "C", "D"]),
    package=st.sampled_from(["stroke", "surgery"]),
    when=_CONDITIONS,
)
_RULE_LISTS = st.lists(_MADE, max_size=8)
_DIAGNOSES = st.sampled_from(["I63.9", "I61", "K35.8", "K36", "P07.3", ""])
_CASES = st.builds(
    TreatedCase,
    encounter_class=st.sampled_from(["INPATIENT", "AMB"]),
    main_diagnosis=_DIAGNOSES,
    secondary_diagnoses=st.frozensets(_DIAGNOSES.filter(bool), max_size=2),
    interventions=st.frozensets(st.sampled_from(["30571-00", "96199-01", "X"]), max_size=2),
    discharge=st.frozensets(st.sampled_from(["1", "2"]), max_size=1),
    age=st.sampled_from([None, 0, 17, 18, 90]),
    stay_days=st.sampled_from([0, 1, 2, 30]),
)


def _group(case: TreatedCase, rules: list[GroupingRule]) -> Group | None:
    return grouped(case, Release("v", tuple(rules)))


@given_any(_CASES, _RULE_LISTS)
def test_the_first_rule_that_fits_decides(case: TreatedCase, rules: list[GroupingRule]) -> None:
    """The group is that of the first fitting rule, and there is none where none fits."""
    fitting = [each for each in rules if fits(case, each.when)]
    expected = Group("v", fitting[0].group, fitting[0].package) if fitting else None
    assert _group(case, rules) == expected == _group(case, rules)


@given_any(_CASES, _RULE_LISTS, _MADE)
def test_a_rule_at_the_end_changes_nothing_that_already_matched(
    case: TreatedCase, rules: list[GroupingRule], added: GroupingRule
) -> None:
    """Whoever had a group keeps it; only who had none can get one."""
    before = _group(case, rules)
    after = _group(case, [*rules, added])
    assert after == before if before is not None else after in (None, _group(case, [added]))


@given_any(_CASES, _RULE_LISTS)
def test_what_is_called_unreachable_never_decides(
    case: TreatedCase, rules: list[GroupingRule]
) -> None:
    """A rule is refused only where it is true that no case ever comes to it."""
    at = first_unreachable(rules)
    if at is not None:
        assert _group(case, rules) == _group(case, [*rules[:at], *rules[at + 1 :]])


@given_any(_RULE_LISTS)
def test_conditions_told_twice_are_found(rules: list[GroupingRule]) -> None:
    """Whatever stands between, a rule with the very conditions of an earlier one is unreachable."""
    if rules:
        assert first_unreachable([*rules, rules[0]]) is not None


# The price of a group


class _Tariffs:
    def __init__(self, rate: int | None, base: int, **weights: str) -> None:
        self._rate, self._base, self._weights = rate, base, weights

    def rate(self, package: str, group: str) -> TariffInForce | None:
        assert (package, group) == ("surgery", "A1")
        if self._rate is None:
            return None
        return TariffInForce(TariffId(an_id("rate")), package, Kopiykas(self._rate))

    def mix(self, package: str) -> tuple[TariffId, CaseMixTerms] | None:
        assert package == "surgery"
        if not self._weights:
            return None
        named = tuple(NamedFactor(code=code, value=each) for code, each in self._weights.items())
        terms = CaseMixTerms(kind="case_mix", base=Kopiykas(self._base), weights=named)
        return TariffId(an_id("mix")), terms


@pytest.mark.parametrize(
    ("tariffs", "found"),
    [
        (_Tariffs(500, 100, A1="2"), (an_id("rate"), 500, None)),
        (_Tariffs(None, 100, B1="3", A1="2.50"), (an_id("mix"), 100, "2.50")),
        (_Tariffs(None, 100, B1="3"), "no_price"),
        (_Tariffs(None, 100), "no_tariff"),
        (_Tariffs(None, RATE_MAX, A1="1"), (an_id("mix"), RATE_MAX, "1")),
        (_Tariffs(None, RATE_MAX, A1="1.0001"), "no_price"),
    ],
    ids=[
        "a rate goes before the mix",
        "the weight of the group",
        "a mix without the group",
        "neither",
        "the dearest case",
        "a slip of the pen",
    ],
)
def test_what_a_group_is_paid(tariffs: _Tariffs, found: object) -> None:
    """A rate of the very group, else the base and the group's weight, else the reason."""
    price = price_of(Group("2026", "A1", "surgery"), tariffs)
    if isinstance(price, CasePrice):
        assert (price.tariff, price.base, price.weight) == found
    else:
        assert price == found


# The shipped example


def _shipped() -> list[GroupingRelease]:
    return [
        GroupingRelease.model_validate_json(canonical({**each, "id": str(uuid4())}))
        for each in reference_data.groupings()
    ]


def test_the_shipped_rules_are_accepted_one_after_another() -> None:
    """Every release is one the law takes, and none holds on a day of another."""
    scene = release_grouping()
    for each in reference_data.groupings():
        scene.content["resource"] = {**each, "id": str(NEW)}
        (fact,) = scene.judge()
        assert isinstance(fact, GroupingReleased)
        scene.lookups.groupings.known[fact.version] = (
            *(fact.first_day, fact.last_day),
            fact.grouping,
        )


def test_the_shipped_rules_say_that_we_invented_them() -> None:
    """Nobody takes the example for a table of the state."""
    for each in _shipped():
        assert "INF" in each.trust
        assert "приклад" in each.order


_SHIPPED_CASES: list[tuple[str, dict[str, Any]]] = [
    ("birth-caesarean", {"main_diagnosis": "O80", "interventions": frozenset({"16520-03"})}),
    ("birth", {"main_diagnosis": "O80"}),
    ("neonatal-preterm", {"main_diagnosis": "P07.3", "age": 0}),
    ("stroke-reperfusion", {"main_diagnosis": "I63.9", "interventions": frozenset({"96199-01"})}),
    ("stroke-transferred", {"main_diagnosis": "I61.9", "discharge": {"2"}, "stay_days": 1}),
    ("stroke-haemorrhagic", {"main_diagnosis": "I61.9", "discharge": {"2"}, "stay_days": 2}),
    ("infarction-stented", {"main_diagnosis": "I21.9", "interventions": frozenset({"38306-00"})}),
    ("complex-cabg", {"main_diagnosis": "I21.9", "interventions": frozenset({"38497-06"})}),
    ("appendectomy-complicated", {}),
    ("appendectomy", {"secondary_diagnoses": frozenset({"I10"})}),
]


@pytest.mark.parametrize(
    ("group", "other"), _SHIPPED_CASES, ids=[group for group, _ in _SHIPPED_CASES]
)
def test_the_shipped_rules_group_what_they_are_for(group: str, other: dict[str, Any]) -> None:
    """A case of each kind comes to its group, past the rules that ask more."""
    (shipped,) = _shipped()
    found = grouped(replace(CASE, **other), Release(shipped.version, shipped.rules))
    assert found is not None
    assert found.code == group


def test_the_shipped_rules_leave_out_what_they_are_not_for() -> None:
    """A pneumonia has no group: such a case is withheld and waits for people."""
    (shipped,) = _shipped()
    pneumonia = replace(CASE, main_diagnosis="J18.9", interventions=frozenset())
    assert grouped(pneumonia, Release(shipped.version, shipped.rules)) is None


def test_no_two_rules_have_the_conditions_of_the_shipped_ones() -> None:
    """Each shipped rule can still be reached."""
    (shipped,) = _shipped()
    assert first_unreachable(shipped.rules) is None
