"""The laws of the registries: what stands about institutions, places, papers and staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.contract.state import RequestStatus
from ehealth_ledger.aggregates.employee import Status
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.aggregates.legal_entity import Status as EntityStatus
from ehealth_ledger.aggregates.licence import Licence
from ehealth_ledger.aggregates.lookups import LiveDeclaration
from ehealth_ledger.aggregates.party import Party
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.events.contract import (
    ContractDeclined,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.events.declaration import DeclarationTerminated
from ehealth_ledger.events.division import DivisionRegistered, DivisionUpdated
from ehealth_ledger.events.employee import EmployeeDismissed, EmployeeRegistered
from ehealth_ledger.events.legal_entity import LegalEntityClosed, LegalEntityHeadChanged
from ehealth_ledger.events.party import PartyVerified
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.index import Drop, End, Put
from ehealth_ledger.values.identifiers import (
    ContractId,
    ContractRequestId,
    DeclarationId,
    EmployeeId,
    EmployeeRoleId,
    HealthcareServiceId,
    LegalEntityId,
    PartyId,
    PatientId,
)
from ehealth_ledger.values.parameters.registry import PARTY_UNVERIFIED_DAYS_MAX
from ehealth_ledger.values.time import kyiv_day, microseconds
from tests.laws.bench import NOW, Change, Scene, altered, asks, at, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes import SCENES
from tests.laws.scenes.common import ACTOR, ENTITY, NEW, contract, employee, institution
from tests.laws.scenes.contract import wish
from tests.laws.scenes.registry import (
    COLLEAGUE,
    COLLEAGUE_PARTY,
    DIVISION,
    HEAD,
    LICENCE,
    PROVIDER,
    ROLE,
    SERVICE,
    SUCCESSOR,
)
from tests.laws.tables import refused, row

ELSEWHERE = LegalEntityId(an_id("elsewhere"))
_ENTITY, _WHO = "$.resource.legal_entity", "$.resource.employee"


def _kind(kind: Any) -> Change:
    """Let the acting institution be of another kind."""
    return given(ENTITY, institution(kind=kind))


def _standing(command: str, *wrong: EntityStatus, code: str) -> list[Any]:
    return [
        row(
            f"{command}: the institution is {status.value}",
            code,
            _ENTITY,
            altered(PROVIDER, status=status),
        )
        for status in wrong
    ]


_ENDED = (EntityStatus.CLOSED, EntityStatus.REORGANISED)
_DECISIONS = (
    *("legal_entity.verify", "legal_entity.suspend", "legal_entity.resume"),
    *("legal_entity.close", "legal_entity.reorganise", "legal_entity.change_head"),
)
STANDING: list[tuple[str, list[Any]]] = [
    *(
        (
            command,
            [
                row(f"{command}: no such one", "legal_entity.unknown", _ENTITY, without(PROVIDER)),
                row(
                    f"{command}: it is the payer",
                    "legal_entity.is_payer",
                    _ENTITY,
                    altered(PROVIDER, kind="PAYER"),
                ),
                *_standing(command, *_ENDED, code="legal_entity.ended"),
            ],
        )
        for command in _DECISIONS
    ),
    (
        "legal_entity.verify",
        [
            row(
                "it is verified already",
                "legal_entity.verdict_unchanged",
                "$.resource.verdict",
                altered(PROVIDER, nhs_verified=True),
            ),
            row(
                "it is not verified anyway",
                "legal_entity.verdict_unchanged",
                "$.resource.verdict",
                asks("resource", "verdict", value="NOT_VERIFIED"),
            ),
        ],
    ),
    (
        "legal_entity.suspend",
        _standing("suspend", EntityStatus.SUSPENDED, code="legal_entity.suspended_already"),
    ),
    (
        "legal_entity.resume",
        _standing("resume", EntityStatus.ACTIVE, code="legal_entity.not_suspended"),
    ),
    (
        "legal_entity.reorganise",
        [
            row(
                "no such successor",
                "legal_entity.unknown",
                "$.resource.successor",
                without(SUCCESSOR),
            ),
            row(
                "the payer succeeds nobody",
                "legal_entity.is_payer",
                "$.resource.successor",
                altered(SUCCESSOR, kind="PAYER"),
            ),
            row(
                "it succeeds itself",
                "legal_entity.successor_is_itself",
                "$.resource.successor",
                asks("resource", "successor", value=str(PROVIDER)),
            ),
            *(
                row(
                    f"the successor is {status.value}",
                    "legal_entity.not_active",
                    "$.resource.successor",
                    altered(SUCCESSOR, status=status),
                )
                for status in (EntityStatus.SUSPENDED, *_ENDED)
            ),
        ],
    ),
    (
        "legal_entity.change_head",
        [
            row("the new id is taken", "id.not_new", "$.resource.head.id", taken(NEW)),
            row("no such former head", "employee.unknown", "$.resource.former", without(HEAD)),
            row(
                "somebody else heads it",
                "legal_entity.other_head",
                "$.resource.former",
                altered(PROVIDER, head=EmployeeId(an_id("another"))),
            ),
        ],
    ),
]

_PLACE = "$.resource.division"
DIVISIONS: list[tuple[str, list[Any]]] = [
    (
        "division.register",
        [
            row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
            row(
                "a clinic of a pharmacy",
                "division.type_not_allowed",
                "$.resource.type",
                _kind("PHARMACY"),
            ),
            row(
                "a drugstore of an outpatient institution",
                "division.type_not_allowed",
                "$.resource.type",
                asks("resource", "type", value="DRUGSTORE"),
            ),
        ],
    ),
    *(
        (
            command,
            [
                row(f"{command}: no such one", "division.unknown", _PLACE, without(DIVISION)),
                row(
                    f"{command}: it is another's",
                    "division.of_other_entity",
                    _PLACE,
                    altered(DIVISION, legal_entity=ELSEWHERE),
                ),
            ],
        )
        for command in (
            *("division.update", "division.activate", "division.deactivate"),
            *("employee.register", "employee.update", "healthcare_service.register"),
        )
    ),
    *(
        (
            command,
            [
                row(
                    f"{command}: it is closed",
                    "division.not_active",
                    _PLACE,
                    altered(DIVISION, active=False),
                )
            ],
        )
        for command in (
            *("division.deactivate", "employee.register", "employee.update"),
            "healthcare_service.register",
        )
    ),
    (
        "division.activate",
        [row("it is open", "division.active_already", _PLACE, altered(DIVISION, active=True))],
    ),
    (
        "division.verify_dls",
        [
            row("no such one", "division.unknown", _PLACE, without(DIVISION)),
            row(
                "a clinic sells nothing",
                "division.not_drugstore",
                _PLACE,
                altered(DIVISION, kind="CLINIC"),
            ),
        ],
    ),
]

LICENCES: list[tuple[str, list[Any]]] = [
    (
        "licence.register",
        [
            row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
            row(
                "a pharmacy gives no care",
                "licence.type_not_allowed",
                "$.resource.type",
                _kind("PHARMACY"),
            ),
        ],
    ),
    *(
        (
            command,
            [
                row(
                    f"{command}: issued tomorrow",
                    "licence.issued_in_future",
                    "$.resource.issued_on",
                    asks("resource", "issued_on", value="2026-11-24"),
                ),
                row(
                    f"{command}: ends before it begins",
                    "licence.period_reversed",
                    "$.resource.last_day",
                    asks("resource", "last_day", value="2019-12-31"),
                ),
            ],
        )
        for command in ("licence.register", "licence.update")
    ),
    (
        "licence.update",
        [
            row("no such one", "licence.unknown", "$.resource.licence", without(LICENCE)),
            row(
                "it is another's",
                "licence.of_other_entity",
                "$.resource.licence",
                altered(LICENCE, legal_entity=ELSEWHERE),
            ),
        ],
    ),
]

_SPECIALITIES = "$.resource.specialities"
EMPLOYEES: list[tuple[str, list[Any]]] = [
    (
        "employee.register",
        [
            row(
                "a doctor of a pharmacy",
                "employee.type_not_allowed",
                "$.resource.type",
                _kind("PHARMACY"),
            ),
            row(
                "a verifier of the payer's in a clinic",
                "employee.type_not_allowed",
                "$.resource.type",
                asks("resource", "type", value="NHS_LE_VERIFIER"),
            ),
            row(
                "a family doctor is no cardiologist",
                "employee.speciality_not_allowed",
                f"{_SPECIALITIES}[1].speciality",
                asks("resource", "specialities", 1, "speciality", value="CARDIOLOGY"),
            ),
            row(
                "a receptionist has no speciality",
                "employee.speciality_not_allowed",
                f"{_SPECIALITIES}[0].speciality",
                asks("resource", "type", value="RECEPTIONIST"),
            ),
        ],
    ),
    *(
        (
            command,
            [
                row(
                    f"{command}: none is the one employed for",
                    "employee.speciality_officio_count",
                    _SPECIALITIES,
                    asks("resource", "specialities", 0, "speciality_officio", value=False),
                ),
                row(
                    f"{command}: two are the one employed for",
                    "employee.speciality_officio_count",
                    _SPECIALITIES,
                    asks("resource", "specialities", 1, "speciality_officio", value=True),
                ),
                row(
                    f"{command}: no speciality at all",
                    "employee.speciality_officio_count",
                    _SPECIALITIES,
                    asks("resource", "specialities", value=[]),
                ),
            ],
        )
        for command in ("employee.register", "employee.update")
    ),
    (
        "employee.update",
        [
            row(
                "one speciality twice",
                "employee.speciality_repeated",
                _SPECIALITIES,
                asks("resource", "specialities", 1, "speciality", value="NEUROLOGY"),
            )
        ],
    ),
    *(
        (
            command,
            [
                row(f"{command}: nobody", "employee.unknown", _WHO, without(COLLEAGUE)),
                row(
                    f"{command}: dismissed before",
                    "employee.dismissed_already",
                    _WHO,
                    altered(COLLEAGUE, status=Status.DISMISSED),
                ),
            ],
        )
        for command in (
            *("employee.update", "employee.dismiss", "employee.dismiss_by_closing"),
            "employee_role.register",
        )
    ),
    *(
        (
            command,
            [
                row(
                    f"{command}: works elsewhere",
                    "employee.of_other_entity",
                    _WHO,
                    altered(COLLEAGUE, legal_entity=ELSEWHERE),
                )
            ],
        )
        for command in ("employee.update", "employee.dismiss", "employee_role.register")
    ),
    (
        "employee.dismiss",
        [
            row(
                f"{kind} heads the institution",
                "employee.is_head",
                _WHO,
                altered(COLLEAGUE, type=kind),
            )
            for kind in ("OWNER", "PHARMACY_OWNER")
        ],
    ),
    (
        "employee.dismiss_by_closing",
        [
            row(
                f"the institution is {status.value}",
                "employee.legal_entity_not_closed",
                _WHO,
                altered(ENTITY, status=status),
            )
            for status in (EntityStatus.ACTIVE, EntityStatus.SUSPENDED, EntityStatus.REORGANISED)
        ],
    ),
]

_DEAD = given(COLLEAGUE_PARTY, Party(PartyId(COLLEAGUE_PARTY), deceased=True))
PARTIES: list[tuple[str, list[Any]]] = [
    *(
        (command, [row(f"{command}: nobody", "employee.unknown", _WHO, without(COLLEAGUE))])
        for command in ("party.verify", "party.mark_deceased", "party.mark_alive")
    ),
    (
        "party.mark_deceased",
        [
            row("known before", "party.deceased_already", _WHO, _DEAD),
            row(
                "dies tomorrow",
                "party.died_in_future",
                "$.resource.died_on",
                asks("resource", "died_on", value="2026-11-24"),
            ),
        ],
    ),
    (
        "party.mark_alive",
        [
            row("nobody said so", "party.not_deceased", _WHO, without(COLLEAGUE_PARTY)),
            row(
                "lives",
                "party.not_deceased",
                _WHO,
                given(COLLEAGUE_PARTY, Party(PartyId(COLLEAGUE_PARTY))),
            ),
        ],
    ),
]

_SERVICE, _ROLE = "$.resource.healthcare_service", "$.resource.employee_role"
SERVICES: list[tuple[str, list[Any]]] = [
    (
        "healthcare_service.register",
        [
            row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
            row("no such licence", "licence.unknown", "$.resource.licence", without(LICENCE)),
            row(
                "another's licence",
                "licence.of_other_entity",
                "$.resource.licence",
                altered(LICENCE, legal_entity=ELSEWHERE),
            ),
            row(
                "the licence ended yesterday",
                "licence.not_in_force",
                "$.resource.licence",
                altered(LICENCE, last_day=date(2026, 11, 22)),
            ),
            row(
                "the licence begins tomorrow",
                "licence.not_in_force",
                "$.resource.licence",
                altered(LICENCE, first_day=date(2026, 11, 24)),
            ),
            row(
                "a hospital sells no medicines",
                "healthcare_service.category_not_allowed",
                "$.resource.category",
                asks("resource", "category", value="PHARMACY_DRUGS"),
            ),
            row(
                "no such speciality",
                "healthcare_service.speciality_not_allowed",
                "$.resource.speciality",
                asks("resource", "speciality", value="PROVISOR"),
            ),
            row(
                "no such condition",
                "healthcare_service.providing_condition_not_allowed",
                "$.resource.providing_condition",
                asks("resource", "providing_condition", value="ORBIT"),
            ),
            row(
                "the division gives it already",
                "healthcare_service.already_registered",
                "$.resource",
                lambda scene: scene.lookups.healthcare_services.by_kind.update(
                    {(DIVISION, "MSP", "CARDIOLOGY", "OUTPATIENT"): HealthcareServiceId(SERVICE)}
                ),
            ),
        ],
    ),
    *(
        (
            command,
            [
                row(
                    f"{command}: no such one",
                    "healthcare_service.unknown",
                    _SERVICE,
                    without(SERVICE),
                ),
                row(
                    f"{command}: another's",
                    "healthcare_service.of_other_entity",
                    _SERVICE,
                    altered(SERVICE, legal_entity=ELSEWHERE),
                ),
            ],
        )
        for command in (
            *("healthcare_service.activate", "healthcare_service.deactivate"),
            "employee_role.register",
        )
    ),
    *(
        (
            command,
            [
                row(
                    f"{command}: it is stopped",
                    "healthcare_service.not_active",
                    _SERVICE,
                    altered(SERVICE, active=False),
                )
            ],
        )
        for command in ("healthcare_service.deactivate", "employee_role.register")
    ),
    (
        "healthcare_service.activate",
        [
            row(
                "it is given",
                "healthcare_service.active_already",
                _SERVICE,
                altered(SERVICE, active=True),
            ),
            row(
                "its division is closed",
                "division.not_active",
                _SERVICE,
                altered(DIVISION, active=False),
            ),
            row(
                "its licence ended yesterday",
                "licence.not_in_force",
                _SERVICE,
                altered(LICENCE, last_day=date(2026, 11, 22)),
            ),
        ],
    ),
]
ROLES: list[tuple[str, list[Any]]] = [
    (
        "employee_role.register",
        [
            row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
            row(
                "another speciality",
                "employee_role.other_speciality",
                _WHO,
                altered(COLLEAGUE, specialities=("NEUROLOGY",)),
            ),
            row(
                "tied before",
                "employee_role.already_registered",
                "$.resource",
                lambda scene: scene.lookups.employee_roles.known.update(
                    {(COLLEAGUE, SERVICE): EmployeeRoleId(ROLE)}
                ),
            ),
        ],
    ),
    *(
        (
            command,
            [
                row(f"{command}: no such one", "employee_role.unknown", _ROLE, without(ROLE)),
                row(
                    f"{command}: another's",
                    "employee_role.of_other_entity",
                    _ROLE,
                    altered(ROLE, legal_entity=ELSEWHERE),
                ),
            ],
        )
        for command in ("employee_role.activate", "employee_role.deactivate")
    ),
    (
        "employee_role.activate",
        [
            row(
                "it goes on",
                "employee_role.active_already",
                _ROLE,
                altered(ROLE, active=True),
            ),
            row(
                "dismissed since",
                "employee.dismissed_already",
                _ROLE,
                altered(COLLEAGUE, status=Status.DISMISSED),
            ),
            row(
                "the service is stopped",
                "healthcare_service.not_active",
                _ROLE,
                altered(SERVICE, active=False),
            ),
        ],
    ),
    (
        "employee_role.deactivate",
        [row("it has ended", "employee_role.not_active", _ROLE, altered(ROLE, active=False))],
    ),
]


def _rows(table: list[tuple[str, list[Any]]]) -> list[Any]:
    """Put the command before each row of a table."""
    return [
        pytest.param(command, *each.values, id=each.id) for command, rows in table for each in rows
    ]


@pytest.mark.parametrize(
    ("command", "change", "code", "path"),
    [
        each
        for table in (STANDING, DIVISIONS, LICENCES, EMPLOYEES, PARTIES, SERVICES, ROLES)
        for each in _rows(table)
    ],
)
def test_the_registries_refuse(command: str, change: Change, code: str, path: str) -> None:
    """Each row differs from an accepted scene by one thing."""
    assert refused(SCENES[command], change) == (code, path)


# What an accepted act says


def _judged(command: str, *changes: Change) -> tuple[Scene, list[Any]]:
    scene = SCENES[command]()
    for change in changes:
        change(scene)
    return scene, scene.judge()


def test_rule_17_a_suspended_institution_can_be_closed() -> None:
    """Closing and reorganising end a suspended institution, too."""
    for command in ("legal_entity.close", "legal_entity.reorganise", "legal_entity.change_head"):
        _, facts = _judged(command, altered(PROVIDER, status=EntityStatus.SUSPENDED))
        assert facts


def test_a_closing_names_whom_the_system_is_to_dismiss() -> None:
    """The fact lists the employees, so that what is due follows from the log alone."""
    scene = SCENES["legal_entity.close"]()
    staff = tuple(EmployeeId(an_id(f"employee {at}")) for at in range(3))
    scene.lookups.employees.approved[LegalEntityId(PROVIDER)] = staff
    (closed,) = scene.judge()
    assert isinstance(closed, LegalEntityClosed)
    assert (closed.employees, closed.closed_at) == (staff, microseconds(NOW))


def _contracted(command: str, *contracts: Contract, **entity: Any) -> list[Any]:
    """Judge a command about an institution that holds contracts; return what becomes of them."""
    scene = SCENES[command]()
    if entity:
        altered(PROVIDER, **entity)(scene)
    buys = [
        (each.terms.first_day, each.terms.last_day, "9", ContractInForce(each.id, each.payer))
        for each in contracts
    ]
    scene.lookups.contracts.known[LegalEntityId(PROVIDER)] = buys
    scene.states.update({each.id: each for each in contracts})
    _, *follows = scene.judge()
    return follows


def _held(name: str, first: date, last: date, **standing: Any) -> Contract:
    terms = contract(provider=PROVIDER, first_day=first, last_day=last).terms
    return replace(Contract(ContractId(an_id(name)), terms), **standing)


_THIS_YEAR = date(2026, 1, 1), date(2026, 12, 31)
_NEXT_YEAR = date(2027, 1, 1), date(2027, 12, 31)


@pytest.mark.parametrize("command", ["legal_entity.close", "legal_entity.reorganise"])
def test_an_institution_that_ends_takes_its_contracts_along(command: str) -> None:
    """Today is their last day; what was over by then stays, and one that rested says so."""
    rests = _held("rests", *_THIS_YEAR, suspended=True)
    to_come = _held("to come", *_NEXT_YEAR)
    over = _held("over", date(2026, 1, 1), kyiv_day(NOW))
    running = _held("running", *_THIS_YEAR)
    follows = _contracted(command, rests, to_come, over, running)
    ended = {each.contract: each for each in follows}
    assert all(isinstance(each, ContractTerminated) for each in follows)
    assert set(ended) == {rests.id, to_come.id, running.id}
    assert {each.terms.last_day for each in follows} == {kyiv_day(NOW)}
    assert (ended[rests.id].suspended, ended[running.id].suspended) == (True, None)
    assert all(each.reason_pointer == "/resource/reason" for each in follows)


@pytest.mark.parametrize("command", ["legal_entity.close", "legal_entity.reorganise"])
def test_what_an_institution_that_ends_had_asked_for_is_declined(command: str) -> None:
    """Signed by the payer already or not: nobody is left to countersign."""
    scene = SCENES[command]()
    asked = {
        ContractRequestId(an_id(each.value)): wish(each, request=an_id(each.value))
        for each in RequestStatus
    }
    scene.lookups.contracts.waiting[LegalEntityId(PROVIDER)] = list(asked)
    scene.states.update(asked)
    _, *declined = scene.judge()
    assert all(isinstance(each, ContractDeclined) for each in declined)
    assert [each.request for each in declined] == [an_id("requested"), an_id("signed")]
    assert {(each.with_legal_entity, each.reason_pointer) for each in declined} == {
        (True, "/resource/reason")
    }


def test_a_contract_that_ends_before_it_began_buys_nothing_and_falls_due_never() -> None:
    """No row and no month is left of it, so that nothing of it is in anybody's way."""
    to_come = _held("to come", *_NEXT_YEAR)
    to_come = replace(to_come, terms=to_come.terms.model_copy(update={"kind": "CAPITATION"}))
    (ended,) = _contracted("legal_entity.close", to_come)
    made = list(changes(ended, 90))
    dropped = {(each.index.name, *each.key) for each in made if isinstance(each, Drop)}
    (end,) = (each for each in made if isinstance(each, End))
    assert (end.index.name, end.key, end.day) == ("contracts", (to_come.id,), ended.terms.last_day)
    assert end.day < _NEXT_YEAR[0]
    months = [each for each in dropped if each[0] == "deadlines"]
    assert len(months) == 12
    assert not [each for each in made if isinstance(each, Put)]


def test_a_suspended_institution_s_contracts_rest_and_wake_with_it() -> None:
    """Resuming it resumes what its suspension suspended; the payer's own suspension stays."""
    running = _held("running", *_THIS_YEAR)
    apart = _held("apart", *_THIS_YEAR, suspended=True)
    over = _held("over", date(2026, 1, 1), date(2026, 11, 22))
    (rests,) = _contracted("legal_entity.suspend", running, apart, over)
    assert isinstance(rests, ContractSuspended)
    assert (rests.contract, rests.with_legal_entity) == (running.id, True)
    woken = evolve(running, rests)
    assert isinstance(woken, Contract)
    (resumed,) = _contracted("legal_entity.resume", woken, apart, status=EntityStatus.SUSPENDED)
    assert isinstance(resumed, ContractResumed)
    assert resumed.contract == running.id
    assert evolve(woken, resumed) == running


def test_a_contract_that_the_payer_resumed_meanwhile_is_not_resumed_again() -> None:
    """Suspended with its institution, resumed and suspended again by itself: that is its own."""
    running = _held("running", *_THIS_YEAR)
    (rests,) = _contracted("legal_entity.suspend", running)
    terms = running.terms
    resumed = ContractResumed(contract=running.id, terms=terms, reason_pointer="/resource/reason")
    again = ContractSuspended(contract=running.id, terms=terms, reason_pointer="/resource/reason")
    state: Any = running
    for fact in (rests, resumed, again):
        state = evolve(state, fact)
    assert not _contracted("legal_entity.resume", state, status=EntityStatus.SUSPENDED)


def test_contracts_wait_for_a_new_head() -> None:
    """Whatever is not over rests until he has signed it anew; the payer's own suspension stays."""
    running, to_come = _held("running", *_THIS_YEAR), _held("to come", *_NEXT_YEAR)
    with_entity = _held("rests", *_THIS_YEAR, suspended=True, suspended_with_entity=True)
    apart = _held("apart", *_THIS_YEAR, suspended=True)
    waits = _held("waits", *_THIS_YEAR, suspended=True, suspended_with_head=True)
    over = _held("over", date(2026, 1, 1), date(2026, 11, 22))
    contracts = (running, to_come, with_entity, apart, waits, over)
    _, __, *rest = _contracted("legal_entity.change_head", *contracts)
    assert {each.contract for each in rest} == {running.id, to_come.id, with_entity.id}
    assert all((each.with_head, each.with_legal_entity) == (True, None) for each in rest)
    fact = next(each for each in rest if each.contract == with_entity.id)
    state: Any = evolve(with_entity, fact)
    assert not _contracted("legal_entity.resume", state, status=EntityStatus.SUSPENDED)


def test_a_new_head_takes_the_former_ones_place() -> None:
    """One commit dismisses the former head, employs the new one and tells the institution."""
    scene, facts = _judged("legal_entity.change_head")
    changed, dismissed, employed = facts
    assert isinstance(changed, LegalEntityHeadChanged)
    assert isinstance(dismissed, EmployeeDismissed)
    assert isinstance(employed, EmployeeRegistered)
    assert (dismissed.employee, dismissed.cause) == (HEAD, "replaced")
    assert (employed.legal_entity, employed.type) == (PROVIDER, "OWNER")
    entity = evolve(scene.states[PROVIDER], changed)
    assert isinstance(entity, LegalEntity)
    assert entity.head == employed.employee == NEW


@pytest.mark.parametrize(("kind", "head"), [("PHARMACY", "PHARMACY_OWNER"), ("EMERGENCY", "OWNER")])
def test_a_pharmacys_head_is_a_pharmacy_owner(kind: str, head: str) -> None:
    """The head's type follows from the institution's kind, at registration and afterwards."""
    for command, change in (
        ("legal_entity.register", asks("resource", "kind", value=kind)),
        ("legal_entity.change_head", altered(PROVIDER, kind=kind)),
    ):
        _, facts = _judged(command, change)
        assert facts[-1].type == head


@pytest.mark.parametrize("kind", ["NHS_ADMIN", "NHS_ADMIN_SIGNER", "NHS_LE_VERIFIER"])
def test_the_payer_employs_its_own_staff(kind: str) -> None:
    """One administrator named at the opening is enough: he takes on the others."""
    employment = registry.employment(NEW, registry.party("2000000002", "Новий", "Заступник"), kind)
    _, (fact,) = _judged(
        "employee.register",
        given(ACTOR, employee("NHS_ADMIN_SIGNER")),
        _kind("PAYER"),
        asks("resource", value=employment),
    )
    assert (fact.type, fact.legal_entity, fact.specialities) == (kind, ENTITY, ())


@pytest.mark.parametrize("mountain", [True, False])
def test_a_mountain_flag_holds_from_the_day_it_is_said(mountain: bool) -> None:
    """The flag that weighs capitation is dated in the fact, as a civil day in Kyiv."""
    late = NOW.replace(hour=23)  # the next day has come in Kyiv
    for command in ("division.register", "division.update"):
        scene, (fact,) = _judged(
            command, asks("resource", "mountain_group", value=mountain), at(late)
        )
        assert isinstance(fact, DivisionRegistered | DivisionUpdated)
        assert (fact.mountain_group, fact.first_day) == (int(mountain), date(2026, 11, 24))
        after: Any = evolve(scene.states.get(fact.stream_id), fact)
        assert after.mountain is mountain


@pytest.mark.parametrize("last_day", [None, date(2026, 11, 23), date(2026, 11, 24)])
def test_a_licence_ends_by_its_date(last_day: date | None) -> None:
    """A licence holds on its last day, and nobody has to end it afterwards."""
    scene = SCENES["healthcare_service.register"]()
    altered(LICENCE, last_day=last_day)(scene)
    assert scene.judge()
    licence = scene.states[LICENCE]
    assert isinstance(licence, Licence)
    assert licence.in_force(date(2027, 1, 1)) is (last_day is None)


@pytest.mark.parametrize("order", list(permutations(("THERAPIST", "PEDIATRICIAN"))))
def test_the_speciality_employed_for_comes_first(order: tuple[str, ...]) -> None:
    """Wherever it stands in the wish, the speciality employed for is the state's first."""
    written = registry.specialities("FAMILY_DOCTOR", *order)
    _, (fact,) = _judged(
        "employee.register", asks("resource", "specialities", value=written[1:] + written[:1])
    )
    assert fact.specialities == ("FAMILY_DOCTOR", *order)
    state: Any = evolve(None, fact)
    assert state.speciality == "FAMILY_DOCTOR"


@pytest.mark.parametrize("command", ["employee.dismiss", "employee.dismiss_by_closing"])
def test_a_dismissal_ends_the_employees_declarations(command: str) -> None:
    """Every active declaration with the employee ends in the commit in which he goes."""
    scene = SCENES[command]()
    held = sorted(
        (DeclarationId(an_id(f"declaration {at}")), PatientId(an_id(f"patient {at}")))
        for at in range(3)
    )
    scene.lookups.declarations.live += [
        LiveDeclaration(
            *each,
            EmployeeId(COLLEAGUE),
            PartyId(COLLEAGUE_PARTY),
            active=True,
            legal_entity=LegalEntityId(ENTITY),
        )
        for each in held
    ]
    dismissed, *ended = scene.judge()
    assert isinstance(dismissed, EmployeeDismissed)
    assert dismissed.last_day == date(2026, 11, 23)
    assert all(isinstance(each, DeclarationTerminated) for each in ended)
    assert [
        (each.declaration, each.patient, each.reason, each.last_day)  # type: ignore[attr-defined]
        for each in ended
    ] == [(*each, "employee_dismissed", date(2026, 11, 23)) for each in held]


# Rule 5: who is unverified, and since when

_GRACE = timedelta(days=30)


def _told(scene: Scene) -> PartyVerified:
    (fact,) = scene.judge()
    assert isinstance(fact, PartyVerified)
    scene.states[COLLEAGUE_PARTY] = evolve(scene.states.get(COLLEAGUE_PARTY), fact)
    return fact


def _say(scene: Scene, source: str, verdict: str, days: int) -> PartyVerified:
    asks("resource", "source", value=source)(scene)
    asks("resource", "verdict", value=verdict)(scene)
    at(NOW + timedelta(days=days))(scene)
    return _told(scene)


def test_rule_5_grace_runs_from_the_first_denial_to_the_last() -> None:
    """A second register's denial does not lengthen grace; only when none denies is it over."""
    scene = SCENES["party.verify"]()
    ends = microseconds(NOW + _GRACE)
    assert _say(scene, "DRFO", "NOT_VERIFIED", 0).barred_from == ends
    assert _say(scene, "DMS_PASSPORT", "NOT_VERIFIED", 10).barred_from == ends
    assert _say(scene, "DRFO", "VERIFIED", 11).barred_from == ends
    assert _say(scene, "DMS_PASSPORT", "VERIFICATION_NEEDED", 12).barred_from is None
    again = _say(scene, "DRFO", "NOT_VERIFIED", 13).barred_from
    assert again == microseconds(NOW + timedelta(days=13) + _GRACE)


def test_rule_5_grace_is_a_parameter() -> None:
    """Another number of days, from a day on, moves the moment for denials from that day on."""
    scene = SCENES["party.verify"]()
    stream, state = valued(PARTY_UNVERIFIED_DAYS_MAX, 1)
    scene.states[stream] = state
    assert _told(scene).barred_from == microseconds(NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("verdicts", "sum_up"),
    [
        ((), "VERIFICATION_NEEDED"),
        (("VERIFIED",), "VERIFIED"),
        (("VERIFIED", "VERIFICATION_NOT_NEEDED"), "VERIFIED"),
        (("VERIFICATION_NOT_NEEDED",), "VERIFICATION_NEEDED"),
        (("VERIFIED", "VERIFICATION_NEEDED"), "VERIFICATION_NEEDED"),
        (("VERIFIED", "NOT_VERIFIED", "VERIFICATION_NEEDED"), "CHANGES_NEEDED"),
    ],
)
def test_verdicts_sum_up(verdicts: tuple[str, ...], sum_up: str) -> None:
    """One denial asks for changes; verified is who is verified wherever it is needed."""
    party = Party(PartyId(COLLEAGUE_PARTY))
    for at_, verdict in enumerate(verdicts):
        party = party.told(f"register {at_}", verdict)
    assert party.verification == sum_up


def test_a_found_alive_person_writes_again() -> None:
    """What a register took back bars nobody; the verdicts stay as they were."""
    dead = replace(Party(PartyId(COLLEAGUE_PARTY)).told("DRFO", "VERIFIED"), deceased=True)
    scene, (fact,) = _judged("party.mark_alive", given(COLLEAGUE_PARTY, dead))
    assert evolve(scene.states[COLLEAGUE_PARTY], fact) == replace(dead, deceased=False)


def test_what_began_unknown_stays_unknown() -> None:
    """Facts that follow a beginning do not make a thing; `evolve` refuses none of them."""
    followers: Callable[[str], Any] = lambda command: SCENES[command]().judge()[0]  # noqa: E731
    for command in (
        *("legal_entity.verify", "legal_entity.close", "division.update", "licence.update"),
        *("employee.update", "employee.dismiss", "healthcare_service.deactivate"),
        "employee_role.deactivate",
    ):
        assert evolve(None, followers(command)) is None
