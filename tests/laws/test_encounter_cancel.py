"""The law of cancellation: rule 41, and what becomes of what the act had earned."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Charge, charge_id
from ehealth_ledger.aggregates.encounter import Encounter, Status
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.entrypoints.demo.resources.encounter import cancelled
from ehealth_ledger.errors import Undecided
from ehealth_ledger.events.charge import ChargeQuestioned, ChargeWithdrawn
from ehealth_ledger.events.encounter import EncounterCancelled
from ehealth_ledger.events.episode import EpisodeDiagnosesWithdrawn
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, Scene, altered, asks, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CONDITION, ENCOUNTER, OBSERVATION, PATIENT
from tests.laws.scenes.encounter import cancel_encounter, record_encounter
from tests.laws.tables import refused, row

OTHER = an_id("other")
CHARGE = charge_id(ENCOUNTER, ATTEMPT_FIRST)
_AT = "$.resource.encounter"
_KEYS = {"Encounter": ENCOUNTER, "Condition": CONDITION, "Observation": OBSERVATION}


def _flips(*places: int) -> Change:
    """Cancel only these resources of the package."""

    def change(scene: Scene) -> None:
        original = scene.lookups.originals.signed[ENCOUNTER]
        scene.content["resources"] = cancelled(original, *places)

    return change


def _restated(at: int, *path: str | int, value: Any) -> Change:
    return asks("resources", at, *path, value=value)


def _without_member(scene: Scene) -> None:
    del scene.content["resources"][2]


def _flips_nothing(scene: Scene) -> None:
    scene.content["resources"] = deepcopy(scene.lookups.originals.signed[ENCOUNTER])


def _loses(at: int, name: str) -> Change:
    return lambda scene: scene.content["resources"][at].pop(name)


ROWS = [
    row("no such encounter", "encounter.unknown", _AT, without(ENCOUNTER)),
    row("another patient's", "encounter.of_other_patient", _AT, altered(ENCOUNTER, patient=OTHER)),
    row(
        "another institution's",
        "encounter.of_other_entity",
        _AT,
        altered(ENCOUNTER, legal_entity=OTHER),
    ),
    row("a member left out", "encounter.content_differs", "$.resources", _without_member),
    row(
        "a field of an observation changed",
        "encounter.content_differs",
        "$.resources[2].valueQuantity.value",
        _restated(2, "valueQuantity", "value", value=141),
    ),
    row(
        "an instant written in another zone",
        "encounter.content_differs",
        "$.resources[0].period.start",
        _restated(0, "period", "start", value="2026-11-23T11:40:00+02:00"),
    ),
    row(
        "a code of a diagnosis changed",
        "encounter.content_differs",
        "$.resources[1].code.coding[0].code",
        _restated(1, "code", "coding", 0, "code", value="I11"),
    ),
    row(
        "a field added",
        "encounter.content_differs",
        "$.resources[2].note",
        _restated(2, "note", value="x"),
    ),
    row(
        "a field left out",
        "encounter.content_differs",
        "$.resources[0].serviceType",
        _loses(0, "serviceType"),
    ),
    row(
        "a list made longer",
        "encounter.content_differs",
        "$.resources[0].diagnosis",
        _restated(0, "diagnosis", value=[]),
    ),
    row(
        "another id",
        "encounter.content_differs",
        "$.resources[2].id",
        _restated(2, "id", value=str(OTHER)),
    ),
    row(
        "a clinical status kept beside the error",
        "encounter.content_differs",
        "$.resources[1].clinicalStatus",
        _restated(1, "clinicalStatus", value={"coding": []}),
    ),
    row(
        "another status than in error",
        "encounter.content_differs",
        "$.resources[0].status",
        _restated(0, "status", value="cancelled"),
    ),
    row("nothing in error", "encounter.nothing_withdrawn", "$.resources", _flips_nothing),
    *(
        row(
            f"a {kind} that is in error already",
            "encounter.already_in_error",
            f"$.resources[{at}]",
            altered(ENCOUNTER, in_error=frozenset({_KEYS[kind]})),
        )
        for at, kind in enumerate(_KEYS)
    ),
    row(
        "the diagnosis without its encounter",
        "encounter.diagnosis_is_live",
        "$.resources[1].verificationStatus",
        _flips(1),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), ROWS)
def test_cancel(change: Change, code: str, path: str) -> None:
    """Nothing but the statuses differs from what was signed first, and the first difference is
    named.
    """
    assert refused(cancel_encounter, change) == (code, path)


def test_encounter__original_not_at_hand() -> None:
    """A package of the same batch has no stored envelope yet: undecided, to be asked again."""
    scene = cancel_encounter()
    scene.lookups.originals.signed.clear()
    with pytest.raises(Undecided) as undecided:
        scene.judge()
    assert undecided.value.code == "encounter.original_not_at_hand"


def test_a_decimal_is_compared_with_its_digits() -> None:
    """72.50 is not 72.5: the digits of a laboratory are part of what was signed."""
    scene = cancel_encounter()
    (observation,) = [
        each
        for each in scene.lookups.originals.signed[ENCOUNTER]
        if each["resourceType"] == "Observation"
    ]
    observation["valueQuantity"]["value"] = 142.0
    change = _restated(2, "valueQuantity", "value", value=142)
    assert refused(lambda: scene, change) == (
        "encounter.content_differs",
        "$.resources[2].valueQuantity.value",
    )


def test_a_whole_cancellation() -> None:
    """Everything is withdrawn, the episode loses the diagnoses, the open charge is taken back."""
    scene = cancel_encounter()
    whole, ended, charge = scene.judge()
    assert isinstance(whole, EncounterCancelled)
    assert [(each.kind, each.id) for each in whole.withdrawn] == list(_KEYS.items())
    assert isinstance(ended, EpisodeDiagnosesWithdrawn)
    assert isinstance(charge, ChargeWithdrawn)
    known = scene.states[CHARGE]
    assert isinstance(known, Charge)
    accrued = known.accrued
    assert (charge.charge, charge.act_position, charge.period) == (
        CHARGE,
        accrued.act_position,
        accrued.period,
    )
    summed: dict[tuple[object, str], int] = {}
    for each in (*accrued.postings, *charge.postings):
        key = (each.owner, each.account)
        summed[key] = summed.get(key, 0) + each.amount
    assert set(summed.values()) == {0}
    assert str(PATIENT).encode() not in charge.to_bytes()


def test_after_the_cut_off_the_charge_is_questioned() -> None:
    """A closed period is never rewritten: the charge stays and becomes a question for people."""
    scene = cancel_encounter()
    scene.lookups.cut_offs.known["2026-11"] = microseconds(NOW)
    facts = scene.judge()
    assert isinstance(facts[2], ChargeQuestioned)


@pytest.mark.parametrize("missing", ["tariffs", "contracts"])
def test_a_withheld_charge_is_withdrawn(missing: str) -> None:
    """Nobody shall price an act that never was."""
    recorded = record_encounter()
    getattr(recorded.lookups, missing).known.clear()
    facts = recorded.judge()
    scene = cancel_encounter()
    scene.states[CHARGE] = facts[3]
    withdrawn = scene.judge()[2]
    assert isinstance(withdrawn, ChargeWithdrawn)
    assert (withdrawn.contract, withdrawn.period, withdrawn.postings) == (None, None, ())


def test_an_act_that_earned_nothing_withdraws_nothing() -> None:
    """Without a charge there is none to take back."""
    scene = cancel_encounter()
    without(CHARGE)(scene)
    assert [fact.TOPIC for fact in scene.judge()] == [
        "encounter.cancelled.v1",
        "episode.diagnoses_withdrawn.v1",
    ]


def _later(scene: Scene) -> None:
    altered(ENCOUNTER, in_error=frozenset({ENCOUNTER}))(scene)
    _flips(1)(scene)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (_flips(2), ["Observation"]),
        (_flips(0, 1), ["Encounter", "Condition"]),
        (_later, ["Condition"]),
    ],
    ids=["an observation", "the encounter with its diagnosis", "the diagnosis after its encounter"],
)
def test_a_part_can_be_withdrawn(change: Callable[[Scene], None], kinds: list[str]) -> None:
    """What is not a live diagnosis may go alone; the rest of the package still counts."""
    scene = cancel_encounter()
    change(scene)
    first = scene.judge()[0]
    assert isinstance(first, EncounterCancelled)
    assert [each.kind for each in first.withdrawn] == kinds


def test_an_encounter_is_in_error_only_when_it_says_so() -> None:
    """An encounter whose observation was withdrawn is still a finished encounter."""
    scene = cancel_encounter()
    _flips(2)(scene)
    (fact,) = scene.judge()
    state = evolve(scene.states[ENCOUNTER], fact)
    assert isinstance(state, Encounter)
    assert (state.status, state.in_error) == (Status.FINISHED, frozenset({OBSERVATION}))
