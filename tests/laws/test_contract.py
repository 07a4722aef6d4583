"""The laws of contracts: what may be asked for, who signs when, how a contract stands (16-22)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest

from ehealth_ledger.aggregates.contract.state import RequestStatus
from ehealth_ledger.aggregates.employee import Status
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.legal_entity import Status as EntityStatus
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractDeclined,
    ContractPayerSigned,
    ContractRequested,
    ContractTerminated,
    Correction,
)
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.values.identifiers import ContractId, DivisionId, LegalEntityId
from ehealth_ledger.values.parameters.contract import BACKDATING_DAYS_MAX
from tests.laws.bench import (
    BASIS,
    NOW,
    Change,
    Scene,
    altered,
    asks,
    at,
    both,
    given,
    taken,
    without,
)
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import CONTRACT, ENTITY, NEW, PACKAGE, contract
from tests.laws.scenes.contract import (
    DOCTOR,
    PLACE,
    PROGRAM,
    REQUEST,
    corrected,
    countersign_amendment,
    countersign_contract,
    decline_contract,
    doctor,
    request_amendment,
    request_capitation,
    request_contract,
    request_reimbursement,
    resume_contract,
    sign_contract,
    suspend_contract,
    terminate_contract,
    wish,
    withdraw_contract,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
_EMPLOYEE = "$.resource.employees[0]"
_OVER = contract(provider=ENTITY, last_day=date(2026, 11, 22))
_WRONG = sha256(b"another").hexdigest()


def _buys(first: date, last: date) -> Change:
    buys = ContractInForce(ContractId(an_id("elder")), LegalEntityId(OTHER))
    return lambda scene: scene.lookups.contracts.known.update({ENTITY: [(first, last, "10", buys)]})


def _of_kind(first: date, last: date) -> Change:
    return lambda scene: scene.lookups.contracts.kinds.update(
        {ENTITY: [(first, last, "MEDICAL_SERVICES")]}
    )


def _days(first: str, last: str) -> Change:
    return both(
        asks("resource", "first_day", value=first), asks("resource", "last_day", value=last)
    )


def _no_field(name: str) -> Change:
    return lambda scene: scene.content["resource"].pop(name)


def _tariffs(*released: TariffReleased) -> Change:
    return lambda scene: scene.lookups.billing.terms.update({"of next year": list(released)})


def _strict(scene: Scene) -> None:
    scene.states.update([valued(BACKDATING_DAYS_MAX, 0)])


REQUESTS = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "the new contract's id is taken",
        "id.not_new",
        "$.resource.contract",
        taken(an_id("new contract")),
    ),
    row("no first day", "contract.days_missing", "$.resource.first_day", _no_field("first_day")),
    row("no last day", "contract.days_missing", "$.resource.last_day", _no_field("last_day")),
    row(
        "it lasts no day",
        "contract.period_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2027-01-01"),
    ),
    row(
        "it ends in another year",
        "contract.years_differ",
        "$.resource.last_day",
        asks("resource", "last_day", value="2028-01-01"),
    ),
    row(
        "it begins the year after next",
        "contract.start_invalid",
        "$.resource.first_day",
        _days("2028-01-01", "2028-12-31"),
    ),
    row(
        "it begins last year",
        "contract.start_invalid",
        "$.resource.first_day",
        _days("2025-12-30", "2025-12-31"),
    ),
    row(
        "it begins today where only later days will do",
        "contract.start_invalid",
        "$.resource.first_day",
        both(_strict, _days("2026-11-23", "2026-12-31")),
    ),
    row(
        "a hospital of this kind has none of this kind",
        "contract.kind_not_allowed",
        "$.resource.kind",
        altered(ENTITY, kind="PHARMACY"),
    ),
    row(
        "the payer has not verified it",
        "legal_entity.not_verified",
        "$.legal_entity",
        altered(ENTITY, nhs_verified=False),
    ),
    row("no such division", "division.unknown", "$.resource.divisions[0]", without(PLACE)),
    row(
        "another's division",
        "division.of_other_entity",
        "$.resource.divisions[0]",
        altered(PLACE, legal_entity=LegalEntityId(OTHER)),
    ),
    row(
        "a closed division",
        "division.not_active",
        "$.resource.divisions[0]",
        altered(PLACE, active=False),
    ),
    row(
        "a division twice",
        "contract.division_repeated",
        "$.resource.divisions[1]",
        asks("resource", "divisions", value=[str(PLACE), str(PLACE)]),
    ),
    row(
        "a drugstore gives no medical services",
        "contract.division_type_not_allowed",
        "$.resource.divisions[0]",
        altered(PLACE, kind="DRUGSTORE", dls_verified=True),
    ),
    row(
        "doctors where none are counted",
        "contract.employees_misplaced",
        "$.resource.employees",
        both(
            asks(
                "resource",
                "employees",
                value=[{"employee": str(DOCTOR), "division": str(PLACE), "declaration_limit": 1}],
            ),
            given(DOCTOR, doctor()),
        ),
    ),
    row(
        "contractors and no flag",
        "contract.contractors_inconsistent",
        "$.resource.external_contractor_flag",
        asks("resource", "external_contractor_flag", value=False),
    ),
    row(
        "a flag and no contractors",
        "contract.contractors_inconsistent",
        "$.resource.external_contractor_flag",
        asks("resource", "external_contractors", value=[]),
    ),
    row(
        "a contractor whose term ends on the first day",
        "contract.contractor_expired",
        "$.resource.external_contractors[0].expires_on",
        asks("resource", "external_contractors", 0, "expires_on", value="2027-01-01"),
    ),
    row(
        "one of this kind holds on its last day",
        "contract.number_required",
        "$.resource.contract_number",
        _of_kind(date(2027, 12, 31), date(2028, 12, 31)),
    ),
    row(
        "another buys one package on its first day",
        "contract.overlaps",
        "$.resource.packages[1]",
        _buys(date(2026, 1, 1), date(2027, 1, 1)),
    ),
    row(
        "it names a package twice",
        "contract.overlaps",
        "$.resource.packages[1]",
        asks("resource", "packages", value=["9", "9"]),
    ),
]
REIMBURSEMENT = [
    row(
        "a package is no program",
        "contract.program_unknown",
        "$.resource.packages[0]",
        asks("resource", "packages", value=["9"]),
    ),
    row(
        "there is no such program",
        "contract.program_unknown",
        "$.resource.packages[0]",
        without(PROGRAM),
    ),
    row(
        "the program is over",
        "contract.program_unknown",
        "$.resource.packages[0]",
        altered(PROGRAM, active=False),
    ),
    row(
        "an unconfirmed drugstore",
        "contract.drugstore_not_verified",
        "$.resource.divisions[0]",
        altered(PLACE, dls_verified=False),
    ),
]
CAPITATION = [
    row(
        "no doctors",
        "contract.employees_misplaced",
        "$.resource.employees",
        asks("resource", "employees", value=[]),
    ),
    row(
        "nobody of this id",
        "contract.employee_not_doctor",
        f"{_EMPLOYEE}.employee",
        without(DOCTOR),
    ),
    row(
        "a specialist",
        "contract.employee_not_doctor",
        f"{_EMPLOYEE}.employee",
        altered(DOCTOR, type="SPECIALIST"),
    ),
    row(
        "a dismissed doctor",
        "contract.employee_not_doctor",
        f"{_EMPLOYEE}.employee",
        altered(DOCTOR, status=Status.DISMISSED),
    ),
    row(
        "another's doctor",
        "contract.employee_not_doctor",
        f"{_EMPLOYEE}.employee",
        altered(DOCTOR, legal_entity=LegalEntityId(OTHER)),
    ),
    row(
        "a doctor twice in one division",
        "contract.employee_repeated",
        "$.resource.employees[1]",
        lambda scene: scene.content["resource"]["employees"].append(
            dict(scene.content["resource"]["employees"][0])
        ),
    ),
    row(
        "a division that is not named",
        "contract.division_not_contracted",
        f"{_EMPLOYEE}.division",
        asks("resource", "employees", 0, "division", value=str(OTHER)),
    ),
    row(
        "one declaration above the speciality's limit",
        "contract.limit_exceeds_speciality",
        f"{_EMPLOYEE}.declaration_limit",
        asks("resource", "employees", 0, "declaration_limit", value=1801),
    ),
    row(
        "a paediatrician has half the room",
        "contract.limit_exceeds_speciality",
        f"{_EMPLOYEE}.declaration_limit",
        altered(DOCTOR, specialities=("PEDIATRICIAN",)),
    ),
]
AMENDMENTS = [
    row("no such contract", "contract.unknown", "$.resource.contract", without(CONTRACT)),
    row(
        "another number",
        "contract.number_unknown",
        "$.resource.contract_number",
        asks("resource", "contract_number", value="T-2"),
    ),
    row(
        "another's contract",
        "contract.number_unknown",
        "$.resource.contract_number",
        given(CONTRACT, contract()),
    ),
    row(
        "a contract of another kind",
        "contract.number_unknown",
        "$.resource.contract_number",
        given(CONTRACT, contract(provider=ENTITY, kind="CAPITATION")),
    ),
    row(
        "it ended yesterday",
        "contract.not_in_force",
        "$.resource.contract",
        given(CONTRACT, _OVER),
    ),
    row(
        "a first day",
        "contract.days_in_amendment",
        "$.resource.first_day",
        asks("resource", "first_day", value="2027-01-01"),
    ),
    row(
        "a last day",
        "contract.days_in_amendment",
        "$.resource.last_day",
        asks("resource", "last_day", value="2027-12-31"),
    ),
]
_NOT_OPEN = [
    row(
        f"it is {status.value}",
        "contract.request_not_open",
        "$.resource.request",
        given(REQUEST, wish(status)),
    )
    for status in (RequestStatus.SIGNED, RequestStatus.DECLINED, RequestStatus.CONCLUDED)
]
SIGNING = [
    row("no such request", "contract.request_unknown", "$.resource.request", without(REQUEST)),
    *_NOT_OPEN,
    row("no number", "contract.number_misplaced", "$.resource.number", _no_field("number")),
    row(
        "a number for an amendment",
        "contract.number_misplaced",
        "$.resource.number",
        given(REQUEST, wish(amends="T-1")),
    ),
    row(
        "a month before the contract",
        "contract.plan_invalid",
        "$.resource.plan[0]",
        asks("resource", "plan", 0, "period", value="2026-12"),
    ),
    row(
        "a package that nobody asked for",
        "contract.plan_invalid",
        "$.resource.plan[0]",
        asks("resource", "plan", 0, "package", value="11"),
    ),
    row(
        "a month twice",
        "contract.plan_invalid",
        "$.resource.plan[1]",
        lambda scene: scene.content["resource"]["plan"].append(
            dict(scene.content["resource"]["plan"][0])
        ),
    ),
    row(
        "a correction of a package that nobody asked for",
        "contract.correction_misplaced",
        "$.resource.corrections[0]",
        asks("resource", "corrections", 0, "package", value="11"),
    ),
    row(
        "a correction twice",
        "contract.correction_misplaced",
        "$.resource.corrections[1]",
        lambda scene: scene.content["resource"]["corrections"].append(
            dict(scene.content["resource"]["corrections"][0])
        ),
    ),
    row(
        "a correction that no tariff has",
        "contract.correction_unknown",
        "$.resource.corrections[0].code",
        asks("resource", "corrections", 0, "code", value="urban"),
    ),
    row(
        "a correction of another package's tariff",
        "contract.correction_unknown",
        "$.resource.corrections[0].code",
        asks("resource", "corrections", 0, "package", value="10"),
    ),
    row(
        "a correction that begins after the contract",
        "contract.correction_unknown",
        "$.resource.corrections[0].code",
        _tariffs(corrected(date(2027, 1, 2), "rural")),
    ),
    row(
        "a correction of another kind of tariff",
        "contract.correction_unknown",
        "$.resource.corrections[0].code",
        given(REQUEST, wish(kind="REIMBURSEMENT")),
    ),
]
DECLINING = [
    row("no such request", "contract.request_unknown", "$.resource.request", without(REQUEST)),
    *_NOT_OPEN,
]
WITHDRAWING = [
    row("no such request", "contract.request_unknown", "$.resource.request", without(REQUEST)),
    row(
        "another provider's",
        "contract.not_yours",
        "$.legal_entity",
        given(REQUEST, wish(provider=OTHER)),
    ),
    *(
        row(
            f"it is {over.value}",
            "contract.request_over",
            "$.resource.request",
            given(REQUEST, wish(over)),
        )
        for over in (RequestStatus.DECLINED, RequestStatus.WITHDRAWN, RequestStatus.CONCLUDED)
    ),
]
COUNTERSIGNING = [
    row("no such request", "contract.request_unknown", "$.resource.request", without(REQUEST)),
    row(
        "another provider's",
        "contract.not_yours",
        "$.legal_entity",
        given(REQUEST, wish(RequestStatus.SIGNED, provider=OTHER)),
    ),
    row(
        "the payer has not signed",
        "contract.not_signed_by_payer",
        "$.resource.request",
        given(REQUEST, wish()),
    ),
    row(
        "the payer declined",
        "contract.not_signed_by_payer",
        "$.resource.request",
        given(REQUEST, wish(RequestStatus.DECLINED)),
    ),
    row(
        "it is countersigned",
        "contract.already_countersigned",
        "$.resource.request",
        given(REQUEST, wish(RequestStatus.CONCLUDED)),
    ),
    row(
        "another position",
        "contract.reference_mismatch",
        "$.resource.first",
        asks("resource", "first", "position", value=94),
    ),
    row(
        "another chain value",
        "contract.reference_mismatch",
        "$.resource.first",
        asks("resource", "first", "chain_value", value=_WRONG),
    ),
    row(
        "other signed content",
        "contract.reference_mismatch",
        "$.resource.first",
        asks("resource", "first", "content_digest", value=_WRONG),
    ),
    row(
        "another contract was concluded meanwhile",
        "contract.overlaps",
        "$.resource.request",
        _buys(date(2027, 12, 31), date(2027, 12, 31)),
    ),
]
SUSPENDING = [
    row("no such contract", "contract.unknown", "$.resource.contract", without(CONTRACT)),
    row(
        "it is suspended",
        "contract.suspended_already",
        "$.resource.contract",
        altered(CONTRACT, suspended=True),
    ),
    row(
        "it ended yesterday",
        "contract.not_in_force",
        "$.resource.contract",
        given(CONTRACT, _OVER),
    ),
]
RESUMING = [
    row(
        "it is not suspended",
        "contract.not_suspended",
        "$.resource.contract",
        altered(CONTRACT, suspended=False),
    ),
    row(
        "its institution is suspended",
        "contract.legal_entity_suspended",
        "$.resource.contract",
        altered(contract().provider, status=EntityStatus.SUSPENDED),
    ),
    row(
        "its institution was closed",
        "contract.legal_entity_suspended",
        "$.resource.contract",
        altered(contract().provider, status=EntityStatus.CLOSED),
    ),
]
TERMINATING = [
    row(
        "yesterday",
        "contract.ending_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2026-11-22"),
    ),
    row(
        "on its own last day",
        "contract.ending_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2026-12-31"),
    ),
    row(
        "before it begins",
        "contract.ending_invalid",
        "$.resource.last_day",
        given(CONTRACT, contract(first_day=date(2026, 12, 1))),
    ),
]
TABLES: list[tuple[Callable[[], Scene], list[Any]]] = [
    (request_contract, REQUESTS),
    (request_reimbursement, REIMBURSEMENT),
    (request_capitation, CAPITATION),
    (request_amendment, AMENDMENTS),
    (sign_contract, SIGNING),
    (decline_contract, DECLINING),
    (withdraw_contract, WITHDRAWING),
    (countersign_contract, COUNTERSIGNING),
    (suspend_contract, SUSPENDING),
    (resume_contract, RESUMING),
    (terminate_contract, TERMINATING),
]
ROWS = [
    pytest.param(accepted, *each.values, id=f"{accepted.__name__}: {each.id}")
    for accepted, rows in TABLES
    for each in rows
]


@pytest.mark.parametrize("status", [RequestStatus.REQUESTED, RequestStatus.SIGNED])
def test_a_request_is_taken_back_while_it_waits_for_anybody(status: RequestStatus) -> None:
    """Whether or not the payer has signed; nobody signs it afterwards, nor takes it back again."""
    scene = withdraw_contract()
    scene.states[REQUEST] = wish(status)
    (over,) = scene.judge()
    assert isinstance(over, ContractDeclined)
    assert (over.by_provider, over.with_legal_entity) == (True, None)
    state: Any = evolve(wish(status), over)
    assert (state.status, state.open) == (RequestStatus.WITHDRAWN, False)


@pytest.mark.parametrize(("accepted", "change", "code", "path"), ROWS)
def test_contracts(accepted: Callable[[], Scene], change: Change, code: str, path: str) -> None:
    """Each row breaks one rule of one step of a contract."""
    assert refused(accepted, change) == (code, path)


@pytest.mark.parametrize(
    ("accepted", "change"),
    [
        (request_contract, _buys(date(2026, 1, 1), date(2026, 12, 31))),
        (request_contract, _of_kind(date(2026, 1, 1), date(2026, 12, 31))),
        (request_contract, both(_strict, _days("2026-11-24", "2026-12-31"))),
        (request_capitation, asks("resource", "employees", 0, "declaration_limit", value=1800)),
        (request_amendment, _buys(date(2027, 1, 1), date(2027, 12, 31))),
        (terminate_contract, asks("resource", "last_day", value="2026-11-23")),
        (suspend_contract, at(NOW + timedelta(days=38))),
        (suspend_contract, altered(CONTRACT, suspended=True, suspended_with_entity=True)),
    ],
    ids=[
        *("after another", "after one of its kind", "from tomorrow", "at the limit"),
        *("another's package next year", "today", "on its last day"),
        "by itself, while it rests with its institution",
    ],
)
def test_just_within_is_accepted(accepted: Callable[[], Scene], change: Change) -> None:
    """Each limit is met by the last value that keeps it."""
    scene = accepted()
    change(scene)
    assert scene.judge()


def test_contract__version_retired() -> None:
    """The payer no longer concludes a contract alone; what was concluded so stays in force."""
    scene = sign_contract()
    scene.content["version"] = 1
    scene.content["resource"] = {
        "id": str(NEW),
        "provider": str(ENTITY),
        "number": "T-1",
        "packages": ["9"],
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
    }
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert (refusal.value.code, refusal.value.path) == ("contract.version_retired", "$.version")


def test_a_package_is_asked_for_its_tariffs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its corrections are named: a contract of a hundred asks no hundred times."""
    scene = sign_contract()
    named = [{"package": PACKAGE, "code": code} for code in ("rural", "icu")]
    scene.content["resource"]["corrections"] = named
    billing, asked = type(scene.lookups.billing), list[str]()
    released = billing.released

    def counting(seen: Any, package: str, day: date) -> tuple[TariffReleased, ...]:
        asked.append(package)
        return released(seen, package, day)

    monkeypatch.setattr(billing, "released", counting)
    (signed,) = scene.judge()
    assert isinstance(signed, ContractPayerSigned)
    assert [each.code for each in signed.corrections] == ["rural", "icu"]
    assert asked == [PACKAGE]


def test_both_signatures_put_the_contract_in_force() -> None:
    """The terms are those asked for, numbered by the payer, between the two of them."""
    (requested,) = request_contract().judge()
    assert isinstance(requested, ContractRequested)
    assert (requested.packages, requested.amends) == (("9", "10"), None)
    (signed,) = sign_contract().judge()
    assert isinstance(signed, ContractPayerSigned)
    assert (signed.act_position, signed.number) == (BASIS + 1, "T-1")
    assert signed.corrections == (Correction(package="9", code="rural"),)
    _, concluded = countersign_contract().judge()
    assert isinstance(concluded, ContractConcluded)
    terms = concluded.terms
    assert (terms.provider, terms.payer) == (ENTITY, an_id("payer"))
    assert (terms.first_day, terms.last_day) == (date(2027, 1, 1), date(2027, 12, 31))
    assert (terms.corrections_of("9"), terms.corrections_of("10")) == ((), ("rural",))


def test_an_amendment_may_name_what_a_later_tariff_publishes() -> None:
    """It is asked for the first day that it can change: today, where the contract has begun."""
    scene = sign_contract()
    del scene.content["resource"]["number"], scene.content["resource"]["plan"]
    days = {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)}
    scene.states[REQUEST] = wish(amends="T-1", **days)
    _tariffs(corrected(date(2026, 8, 1), "rural"))(scene)
    signed: Any
    (signed,) = scene.judge()
    assert signed.corrections == (Correction(package="9", code="rural"),)


def test_facts_that_were_recorded_before_corrections_read_as_having_none() -> None:
    """A body without the field is a contract to which no correction applies."""
    (signed,) = sign_contract().judge()
    body = {**json.loads(signed.to_bytes())}
    del body["corrections"]
    again = ContractPayerSigned.from_bytes(json.dumps(body).encode())
    assert again.corrections == ()
    _, concluded = countersign_contract().judge()
    body = json.loads(concluded.to_bytes())
    del body["terms"]["corrections"]
    assert ContractConcluded.from_bytes(json.dumps(body).encode()).terms.corrections == ()


def test_an_amendment_keeps_the_days_and_drops_what_is_no_longer_bought() -> None:
    """The amended contract stands under its number; a package it no longer names is removed."""
    _, amended = countersign_amendment().judge()
    assert isinstance(amended, ContractAmended)
    assert (amended.terms.number, amended.removed) == ("T-1", ("9",))
    assert (amended.terms.first_day, amended.terms.last_day) == (
        date(2026, 1, 1),
        date(2026, 12, 31),
    )
    before = replace(contract(provider=ENTITY), divisions=frozenset({DivisionId(an_id("left"))}))
    after: Any = evolve(before, amended)
    assert after.divisions == {PLACE}  # the divisions signed last, and no others


def test_a_termination_shortens_the_days() -> None:
    """The last day moves, so that another contract may begin on the day after."""
    (ended,) = terminate_contract().judge()
    assert isinstance(ended, ContractTerminated)
    assert ended.terms.last_day == date(2026, 11, 30)
