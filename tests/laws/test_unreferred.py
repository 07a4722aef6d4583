"""Acts that answer no electronic referral: which earn, at what price, and what monitoring tells."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.parameter import evolve as fold
from ehealth_ledger.entrypoints.demo.resources.encounter import cancelled
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeFlagged,
    ChargeWithdrawn,
    ChargeWithheld,
)
from ehealth_ledger.events.contract import PlannedMonth
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.values.identifiers import parameter_stream
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.parameters.charge import SERVICES_WITHOUT_REFERRAL
from ehealth_ledger.values.parameters.monitoring import RULES, SERVICES_BY_REFERRAL
from tests.laws.bench import Change, Scene, given
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    ACTOR,
    CODE,
    CONTRACT,
    ENCOUNTER,
    ENTITY,
    PACKAGE,
    PATIENT,
    SERVICE,
    SYSTEM,
    coded,
    contract,
    moment,
    reference,
)
from tests.laws.scenes.diagnostics import (
    BLOOD_COUNT,
    ELECTROCARDIOGRAM,
    NEW,
    YEAR,
    cancel_procedure,
    record_procedure,
    record_report,
)
from tests.laws.scenes.encounter import cancel_encounter, record_encounter
from tests.laws.scenes.grouping import discharge
from tests.laws.scenes.money import settle_charge, withheld
from tests.laws.test_settlement import CHARGE

ECG, BLOOD = f"{SYSTEM}|{ELECTROCARDIOGRAM}", f"{SYSTEM}|{BLOOD_COUNT}"
FIRST, SECOND = an_id("first procedure"), an_id("second procedure")
PAPER = {
    "url": "eHealth/paper_referral",
    "extension": [
        {"url": "requester_edrpou", "valueString": "30000002"},
        {"url": "requester_name", "valueString": "Лікар Паперовий"},
        {"url": "date", "valueDate": "2026-11-20"},
    ],
}


def _set(name: str, *values: str) -> Change:
    return lambda scene: scene.states.update([valued(name, values)])


def _earns(*services: str) -> Change:
    """Let the payer say which services earn without a referral."""
    return _set(SERVICES_WITHOUT_REFERRAL, *services)


def _watched(*services: str) -> Change:
    """Turn the rule on, for these services alone."""

    def change(scene: Scene) -> None:
        scene.states.update([valued(RULES, {"missing_referral": 1})])
        _set(SERVICES_BY_REFERRAL, *services)(scene)

    return change


def _on_paper(scene: Scene) -> Scene:
    content: Any = scene.content
    given = content["resource"] if "resource" in content else content["resources"][0]
    del given["basedOn"]
    given["extension"] = [deepcopy(PAPER)]
    return scene


def _procedure_on_paper() -> Scene:
    return _on_paper(record_procedure())


def _report_on_paper() -> Scene:
    return _on_paper(record_report())


def _procedure(wanted: Any, **other: Any) -> Json:
    return {
        "resourceType": "Procedure",
        "id": str(wanted),
        "status": "completed",
        "code": coded(SYSTEM, ELECTROCARDIOGRAM),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "performedDateTime": moment(minutes=10),
        "performer": [{"actor": reference("PractitionerRole", ACTOR)}],
        **other,
    }


def _package(*procedures: Json, referral: bool = False, paper: bool = False) -> Scene:
    """Record a package with procedures, of which electrocardiograms have a price."""
    scene = record_encounter()
    encounter = scene.content["resources"][0]
    if not referral:
        del encounter["basedOn"]
    if paper:
        encounter["extension"] = [deepcopy(PAPER)]
    scene.content["resources"] += deepcopy(list(procedures))
    scene.lookups.tariffs.known[ECG] = scene.lookups.tariffs.known[SERVICE]
    return scene


def _facts(scene: Scene, *changes: Change) -> list[Fact]:
    for change in changes:
        change(scene)
    return scene.judge()


def _charges(scene: Scene, *changes: Change) -> list[ChargeAccrued | ChargeWithheld]:
    facts = _facts(scene, *changes)
    return [each for each in facts if isinstance(each, ChargeAccrued | ChargeWithheld)]


def _flags(scene: Scene, *changes: Change) -> list[tuple[str, dict[str, str]]]:
    flags = (each for each in _facts(scene, *changes) if isinstance(each, ChargeFlagged))
    return [(each.rule, {one.name: one.value for one in each.evidence}) for each in flags]


@pytest.mark.parametrize(
    ("scene", "service"),
    [(_procedure_on_paper, ECG), (_report_on_paper, BLOOD)],
    ids=["a procedure", "a report"],
)
def test_what_answers_a_paper_referral_earns_where_the_payer_says_so(
    scene: Callable[[], Scene], service: str
) -> None:
    """Nothing as long as nobody says so; then the tariff of its day, and the charge tells why."""
    assert _charges(scene()) == []
    assert _charges(scene(), _earns("eHealth/services|other")) == []
    (charge,) = _charges(scene(), _earns(service))
    assert isinstance(charge, ChargeAccrued)
    assert charge.charge == charge_id(NEW, ATTEMPT_FIRST)
    assert (charge.service, charge.amount, charge.unreferred) == (service, 15_000, "paper")
    assert str(PATIENT).encode() not in charge.to_bytes()


@pytest.mark.parametrize("scene", [record_procedure, record_report])
def test_what_answers_an_electronic_referral_is_charged_as_it_was(
    scene: Callable[[], Scene],
) -> None:
    """The same facts, byte for byte, whatever the payer says of other ways."""
    before = [each.to_bytes() for each in scene().judge()]
    after = _facts(scene(), _earns(ECG, BLOOD), _watched(ECG, BLOOD))
    assert [each.to_bytes() for each in after] == before
    assert all(b"unreferred" not in each for each in before)


def test_the_services_are_those_of_the_act_s_day() -> None:
    """What begins to earn tomorrow does not earn today."""
    scene = _procedure_on_paper()
    setting = ParameterSet(
        name=SERVICES_WITHOUT_REFERRAL, value=(ECG,), first_day=date(2026, 11, 24), source="test"
    )
    scene.states[parameter_stream(SERVICES_WITHOUT_REFERRAL)] = fold(None, setting)
    assert _charges(scene) == []


def test_what_nothing_prices_is_withheld_and_settled_as_what_it_is() -> None:
    """The charge that comes at last still says that no referral was answered, and is flagged."""
    scene = _procedure_on_paper()
    scene.lookups.tariffs.known.clear()
    (waits,) = _charges(scene, _earns(ECG))
    assert isinstance(waits, ChargeWithheld)
    assert (waits.reason, waits.unreferred) == ("no_tariff", "paper")
    later = settle_charge()
    service = withheld().service
    assert service is not None
    later.states[CHARGE] = withheld(unreferred="none")
    *_, charge, flag = _facts(later, _watched(service))
    assert isinstance(charge, ChargeAccrued)
    assert charge.unreferred == "none"
    assert isinstance(flag, ChargeFlagged)
    assert (flag.charge, flag.rule) == (charge.charge, "missing_referral")


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (_watched(ECG), [("missing_referral", {"found": "paper"})]),
        (_watched(BLOOD), []),
        (_set(SERVICES_BY_REFERRAL, ECG), []),
    ],
    ids=["a service by referral", "another service", "the rule is off"],
)
def test_missing_referral(on: Change, said: list[Any]) -> None:
    """The flag says what was there instead, and nothing about anybody."""
    assert _flags(_procedure_on_paper(), _earns(ECG), on) == said


def test_what_earns_without_a_referral_is_asked_for_its_ceiling_too() -> None:
    """Every rule that is on asks it, as any charge."""
    scene = _procedure_on_paper()
    plan = (PlannedMonth(package=PACKAGE, period="2026-11", amount=Kopiykas(14_999)),)
    scene.states[CONTRACT] = replace(contract(provider=ENTITY), plan=plan)
    assert [rule for rule, _ in _flags(scene, _earns(ECG))] == ["over_ceiling"]


def test_each_procedure_of_a_package_earns_by_itself() -> None:
    """Two of them, two charges of one record; the encounter itself earns nothing."""
    scene = _package(_procedure(FIRST), _procedure(SECOND), paper=True)
    charges = _charges(scene, _earns(ECG))
    assert [each.charge for each in charges] == [
        charge_id(FIRST, ATTEMPT_FIRST),
        charge_id(SECOND, ATTEMPT_FIRST),
    ]
    assert {each.act_position for each in charges} == {scene.basis + 1}
    assert {each.unreferred for each in charges} == {"paper"}


def test_every_flag_stands_behind_its_charge() -> None:
    """A reviewer of either line finds it."""
    scene = _package(_procedure(FIRST), _procedure(SECOND))
    _, _, first, flag, second, other = _facts(scene, _earns(ECG), _watched(ECG))
    assert isinstance(flag, ChargeFlagged)
    assert isinstance(other, ChargeFlagged)
    assert (flag.charge, other.charge) == (first.stream_id, second.stream_id)
    assert {each.evidence[0].value for each in (flag, other)} == {"none"}


ORIGIN = {
    "extension": [
        {
            "url": "eHealth/extensions/report_origin",
            "valueCodeableConcept": coded("eHealth/report_origins", "patient"),
        }
    ],
    "performer": [],
}


@pytest.mark.parametrize(
    "other",
    [{"status": "not-done"}, ORIGIN],
    ids=["not done", "only told from elsewhere"],
)
def test_what_nobody_here_did_earns_nothing(other: dict[str, Any]) -> None:
    """The payer pays for what was done, to whoever did it."""
    assert _charges(_package(_procedure(FIRST, **other)), _earns(ECG)) == []


def test_the_service_that_the_encounter_s_referral_paid_for_earns_once() -> None:
    """What the package says twice of one service is one act; another service stands beside it."""
    same = _procedure(FIRST, code=coded(SYSTEM, CODE))
    scene = _package(same, _procedure(SECOND), referral=True)
    own, beside = _charges(scene, _earns(SERVICE, ECG))
    assert (own.charge, own.unreferred) == (charge_id(ENCOUNTER, ATTEMPT_FIRST), None)
    assert (beside.charge, beside.unreferred) == (charge_id(SECOND, ATTEMPT_FIRST), "none")


def test_a_treated_case_is_paid_whole() -> None:
    """The interventions of a case are what it is grouped by, and earn nothing beside it."""
    scene = discharge()
    done = scene.content["resources"][-1]["code"]["coding"][0]["code"]
    charges = _charges(scene, _earns(f"{SYSTEM}|{done}"))
    assert [each.kind for each in charges] == ["case"]


def _cancelling(*places: int) -> Scene:
    """Cancel places of a package whose procedure had earned a charge."""
    recorded = _package(_procedure(FIRST))
    facts = _facts(recorded, _earns(ECG))
    original = recorded.content["resources"]
    scene = cancel_encounter()
    for fact in facts:
        scene.states[fact.stream_id] = evolve(None, fact) or scene.states.get(fact.stream_id)
    scene.states.pop(charge_id(ENCOUNTER, ATTEMPT_FIRST), None)
    scene.lookups.originals.signed[ENCOUNTER] = deepcopy(original)
    scene.content["resources"] = cancelled(original, *places)
    return scene


@pytest.mark.parametrize(
    ("places", "taken_back"), [((3,), 1), ((), 1), ((2,), 0)], ids=["alone", "all", "another"]
)
def test_a_procedure_entered_in_error_takes_its_charge_back(
    places: tuple[int, ...], taken_back: int
) -> None:
    """By itself or with its whole package; another member's error leaves it."""
    facts = _cancelling(*places).judge()
    withdrawn = [each for each in facts if isinstance(each, ChargeWithdrawn)]
    assert [each.charge for each in withdrawn] == [charge_id(FIRST, ATTEMPT_FIRST)] * taken_back


def test_a_cancelled_procedure_on_paper_takes_its_charge_back() -> None:
    """Its charge is found by its id, as any other act's."""
    (charge,) = _charges(_procedure_on_paper(), _earns(ECG))
    scene = cancel_procedure()
    given(charge.stream_id, evolve(None, charge))(scene)
    assert isinstance(scene.judge()[-1], ChargeWithdrawn)


def test_nothing_of_a_service_without_a_price_is_lost() -> None:
    """A procedure of a package that no contract buys is withheld, for people to settle."""
    scene = _package(_procedure(FIRST))
    scene.lookups.contracts.known[ENTITY] = [
        (*YEAR, "other", each[3]) for each in scene.lookups.contracts.known[ENTITY]
    ]
    (waits,) = _charges(scene, _earns(ECG))
    assert isinstance(waits, ChargeWithheld)
    assert (waits.reason, waits.package) == ("no_contract", PACKAGE)
