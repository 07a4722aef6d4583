"""The law of directories and services: signed by the payer, dated, never against a past day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.directory import require_codes, systems_of
from ehealth_ledger.aggregates.service import (
    CATEGORIES,
    Service,
    ServiceInForce,
    Terms,
    in_force,
    require_requestable,
    streams_of,
)
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.fhir.elements import ServiceConcept
from ehealth_ledger.commands.fhir.observation import Observation
from ehealth_ledger.commands.service import DIAGNOSTIC_PROCEDURE, SERVICE_GROUPS, SERVICES
from ehealth_ledger.errors import CATALOGUE, RuleBroken
from ehealth_ledger.terminology.directory import Directory
from ehealth_ledger.values.identifiers import directory_stream, service_stream
from ehealth_ledger.values.json import canonical
from tests.laws.bench import BASIS, NOW, Change, Scene, asks, both, given, verified
from tests.laws.directories import given_directories, listed
from tests.laws.lookups import FakeLookups
from tests.laws.scenes.common import ICD, TAX
from tests.laws.scenes.directory import publish_directory, publish_services, retire_codes
from tests.laws.scenes.encounter import record_encounter
from tests.laws.tables import refused, row

TODAY = date(2026, 11, 23)
YESTERDAY = asks("resource", "first_day", value="2026-11-22")

PUBLISH = [
    row(
        "a version that began on another day",
        "directory.version_differs",
        "$.resource.first_day",
        asks("resource", "version", value="НК 025"),
    ),
    row(
        "a code in force ends on a past day",
        "directory.retired_in_past",
        "$.resource.codes[1].active",
        both(asks("resource", "codes", 1, "code", value="I10"), YESTERDAY),
    ),
]
RETIRE = [
    row(
        "no directory of the system",
        "directory.unknown",
        "$.resource.system",
        asks("resource", "system", value="eHealth/nothing"),
    ),
    row(
        "from yesterday on",
        "directory.retired_in_past",
        "$.resource.from_day",
        asks("resource", "from_day", value="2026-11-22"),
    ),
    row(
        "a code nobody published",
        "directory.code_not_active",
        "$.resource.codes[1]",
        asks("resource", "codes", 1, value="I99.9"),
    ),
]
_SERVICE = ("resource", "services", 0)
SERVICE = [
    row(
        "a service changes from yesterday on",
        "catalogue.first_day_passed",
        "$.resource.services[0].code",
        both(
            asks(*_SERVICE, "code", value="A67003"),
            asks(*_SERVICE, "groups", value=[]),
            YESTERDAY,
        ),
    ),
    row(
        "a group changes from yesterday on",
        "catalogue.first_day_passed",
        "$.resource.groups[0].code",
        both(asks("resource", "groups", 0, "code", value="B1"), YESTERDAY),
    ),
    row(
        "a group nobody published",
        "catalogue.group_unknown",
        "$.resource.services[0].groups[1]",
        asks(*_SERVICE, "groups", 1, value="Z9"),
    ),
    row(
        "a group published as inactive",
        "catalogue.group_unknown",
        "$.resource.services[0].groups[1]",
        asks("resource", "groups", 0, "active", value=False),
    ),
    row(
        "a category nobody published",
        "code.unknown",
        "$.resource.services[0].category",
        asks(*_SERVICE, "category", value="magic"),
    ),
    row(
        "a category that begins a day later",
        "code.not_active",
        "$.resource.services[0].category",
        given(*listed(CATEGORIES, DIAGNOSTIC_PROCEDURE, first_day=date(2026, 12, 2))),
    ),
    row(
        "no directory of categories",
        "code.directory_unknown",
        "$.resource.services[0].category",
        given(directory_stream(CATEGORIES), None),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), PUBLISH)
def test_publish_directory(change: Change, code: str, path: str) -> None:
    """A directory grows; what was in force on a past day stays."""
    assert refused(publish_directory, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), RETIRE)
def test_retire_codes(change: Change, code: str, path: str) -> None:
    """A code in force is retired from today or a later day."""
    assert refused(retire_codes, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), SERVICE)
def test_publish_services(change: Change, code: str, path: str) -> None:
    """A service belongs to a known category and to known groups, and changes ahead."""
    assert refused(publish_services, change) == (code, path)


def test_a_directory_begins_in_the_past() -> None:
    """A new deployment publishes what has been in force for years."""
    scene = publish_directory()
    asks("resource", "system", value="eHealth/new")(scene)
    asks("resource", "first_day", value="2018-01-01")(scene)
    assert scene.judge()


def test_a_version_comes_in_parts() -> None:
    """A large directory takes several commands of one version and first day."""
    scene = publish_directory()
    asks("resource", "version", value="НК 025")(scene)
    asks("resource", "first_day", value="2018-01-01")(scene)
    asks("resource", "codes", value=[{"code": "I13.9"}])(scene)
    assert scene.judge()


# The coded values of other acts


def _case(**states: object) -> Case[Command]:
    scene: Scene = publish_services()
    known: dict[UUID, object | None] = {**given_directories()}
    known.update({UUID(name): state for name, state in states.items()})
    return Case(verified(canonical(scene.content), TAX, None), known, FakeLookups(), BASIS, NOW, [])


def _observation() -> Observation:
    resource = {
        **record_encounter().content["resources"][2],
        "valueQuantity": {"value": 142, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }
    return Observation.model_validate_json(canonical(resource))


def test_names_the_systems_of_a_resource() -> None:
    """A law announces the directories of every coded value, units of measure included."""
    assert set(systems_of(_observation())) == {"http://loinc.org", "http://unitsofmeasure.org"}


def test_rule_38_judges_every_coded_value_where_it_stands() -> None:
    """A wrong code is named by its place, on the day of the act."""
    case = _case()
    observation = _observation()
    require_codes(case, observation, date(2017, 12, 31), "$.resources[2]")
    assert case.collected is not None
    assert [(each.code, each.path) for each in case.collected] == [
        ("code.not_active", "$.resources[2].code.coding[0].code"),
        ("code.not_active", "$.resources[2].valueQuantity.code"),
    ]
    case.collected.clear()
    require_codes(case, observation, TODAY, "$.resources[2]")
    assert case.collected == []


def test_a_refused_code_says_what_would_be_accepted() -> None:
    """The refusal names codes in force that are written alike, or when the code is in force."""
    case = _case()
    assert not case.require_code(ICD, "I20", TODAY, "$.code")
    assert not case.require_code(ICD, "I10", date(2017, 12, 31), "$.code")
    assert case.collected is not None
    unknown, early = case.collected
    assert unknown.evidence == {
        "expected": f"a code of {ICD} in force on 2026-11-23, such as I20.0, I20.9"
    }
    assert early.evidence == {
        "expected": f"a code of {ICD} in force on 2017-12-31",
        "in_force": "from 2018-01-01",
    }


def _concept(code: str, system: str = SERVICES) -> ServiceConcept:
    coded = {"coding": [{"system": system, "code": code}]}
    return ServiceConcept.model_validate_json(canonical(coded))


_IN_FORCE = [
    ("catalogue.service_unknown", _concept("A00000"), TODAY),
    ("catalogue.service_unknown", _concept("A67003"), date(2017, 12, 31)),
    ("catalogue.service_unknown", _concept("A67003", SERVICE_GROUPS), TODAY),
    ("catalogue.service_not_active", _concept("A66666"), TODAY),
]


@pytest.mark.parametrize(
    ("code", "concept", "day"),
    _IN_FORCE,
    ids=[f"rule {CATALOGUE[code].rule}: {code}: {at}" for at, (code, _, _) in enumerate(_IN_FORCE)],
)
def test_service_in_force(code: str, concept: ServiceConcept, day: date) -> None:
    """A service is one of the catalogue, active on the day of the act."""
    inactive = Service(SERVICES, "A66666", Dated().since(date(2018, 1, 1), _terms(active=False)))
    case = _case(**{str(service_stream(SERVICES, "A66666")): inactive})
    assert in_force(case, concept, day, "$.code") is None
    assert case.collected is not None
    assert [(each.code, each.path) for each in case.collected] == [(code, "$.code.coding[0].code")]


def _terms(**other: bool) -> Terms:
    return Terms("409063005", (), request_allowed=False, active=other.get("active", True))


def test_rule_40_refuses_catalogue__not_requestable() -> None:
    """A service that no referral may ask for is not given for one."""
    case = _case()
    found = in_force(case, _concept("A97001"), TODAY, "$.code")
    assert found is not None
    assert not require_requestable(case, found, "$.code")
    assert case.collected is not None
    assert [each.code for each in case.collected] == ["catalogue.not_requestable"]
    asked = in_force(case, _concept("A11712"), TODAY, "$.code")
    assert asked is not None
    assert require_requestable(case, asked, "$.code")


@pytest.mark.parametrize(
    ("asked", "fulfilled"),
    [
        ((f"{SERVICES}|A11712",), True),
        ((f"{SERVICE_GROUPS}|A1",), True),
        ((f"{SERVICES}|A11709",), False),
        ((f"{SERVICE_GROUPS}|B1",), False),
        ((f"{SERVICES}|A1",), False),
    ],
)
def test_rule_40_a_member_of_the_group_fulfils_a_referral(
    asked: tuple[str, ...], *, fulfilled: bool
) -> None:
    """A referral for a group is fulfilled by any service of the group, and by no other."""
    found = in_force(_case(), _concept("A11712"), TODAY, "$.code")
    assert isinstance(found, ServiceInForce)
    assert found.fulfils(asked) is fulfilled


def test_a_law_names_the_streams_of_its_services() -> None:
    """The stream of a service follows from its code: a law can ask for it."""
    streams = list(streams_of(_concept("A11712"), None))
    assert streams == [service_stream(SERVICES, "A11712")]
    assert streams[0] in given_directories()


def test_an_unknown_code_is_not_refused_twice() -> None:
    """Judged for good, the first wrong code ends the law."""
    case = _case()
    judged = Case(case.command, case.states, case.lookups, case.basis, case.now)
    with pytest.raises(RuleBroken) as refusal:
        judged.require_code(ICD, "X", TODAY, "$.a")
    assert refusal.value.code == "code.unknown"
    assert isinstance(case.states[directory_stream(ICD)], Directory)
