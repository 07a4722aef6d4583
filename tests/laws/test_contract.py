"""The laws of contracts: what may be asked for, who signs when, how a contract stands (16-22)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.aggregates.contract.institution import ended
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
    PlannedMonth,
)
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce
from ehealth_ledger.store.fsck.shelves import RowsInForce
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.index import End, Put
from ehealth_ledger.store.indexes.money import CONTRACTS
from ehealth_ledger.store.lookups.contracts import Contracts
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


def _amending(**asked: Any) -> Change:
    """Let the payer sign an amendment."""
    amended = contract(first_day=date(2027, 1, 1), last_day=date(2027, 12, 31))
    return both(_no_field("number"), given(REQUEST, wish(amends=amended.terms.number, **asked)))


def _tariffs(*released: TariffReleased) -> Change:
    return lambda scene: scene.lookups.billing.terms.update({"of next year": list(released)})


def _agreed_from(day: date) -> Change:
    """Let both have agreed from which day the amendment counts."""
    asked = wish(RequestStatus.SIGNED, amends="T-1", packages=("10",), counts_from=day)
    return given(REQUEST, asked)


def _counts_from(day: str) -> Change:
    return asks("resource", "counts_from", value=day)


def _week(scene: Scene) -> None:
    scene.states.update([valued(BACKDATING_DAYS_MAX, 7)])


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
    row(
        "it counts from another day than its first",
        "contract.counts_from_misplaced",
        "$.resource.counts_from",
        _counts_from("2027-02-01"),
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
    row(
        "it counts from the day before the contract's first",
        "contract.counts_from_invalid",
        "$.resource.counts_from",
        _counts_from("2025-12-31"),
    ),
    row(
        "it counts from the day after the contract's last",
        "contract.counts_from_invalid",
        "$.resource.counts_from",
        _counts_from("2027-01-01"),
    ),
    row(
        "it counts from a day that is as long ago as none may be",
        "contract.counts_from_invalid",
        "$.resource.counts_from",
        both(_week, _counts_from("2026-11-16")),
    ),
    row(
        "another has the package on its last day",
        "contract.overlaps",
        "$.resource.packages[1]",
        both(_counts_from("2026-12-01"), _buys(date(2026, 12, 31), date(2026, 12, 31))),
    ),
    row(
        "another has the package today, and it names no day",
        "contract.overlaps",
        "$.resource.packages[1]",
        _buys(date(2026, 11, 23), date(2026, 11, 23)),
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
        "a month before the amendment counts",
        "contract.plan_invalid",
        "$.resource.plan[0]",
        _amending(counts_from=date(2027, 2, 1)),
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
        "a correction that no tariff has on the day from which the amendment counts",
        "contract.correction_unknown",
        "$.resource.corrections[0].code",
        both(
            _amending(counts_from=date(2027, 1, 1)),
            _tariffs(corrected(date(2027, 1, 2), "rural")),
        ),
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
AMENDING = [
    row(
        "the contract has ended meanwhile",
        "contract.not_in_force",
        "$.resource.request",
        given(CONTRACT, _OVER),
    ),
    row(
        "the contract ends before the amendment counts",
        "contract.counts_from_invalid",
        "$.resource.request",
        both(
            _agreed_from(date(2026, 12, 2)),
            given(CONTRACT, contract(provider=ENTITY, last_day=date(2026, 12, 1))),
        ),
    ),
    row(
        "another has taken the package for the contract's last day",
        "contract.overlaps",
        "$.resource.request",
        both(
            _agreed_from(date(2026, 12, 2)),
            _buys(date(2026, 12, 31), date(2026, 12, 31)),
        ),
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
        "its institution has another head",
        "contract.head_changed",
        "$.resource.contract",
        altered(CONTRACT, suspended_with_head=True),
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
    (countersign_amendment, AMENDING),
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
        (request_amendment, _buys(date(2026, 1, 1), date(2026, 11, 22))),
        (
            request_amendment,
            both(_counts_from("2026-12-01"), _buys(date(2026, 1, 1), date(2026, 11, 30))),
        ),
        (request_amendment, _counts_from("2026-01-01")),
        (request_amendment, _counts_from("2026-12-31")),
        (request_amendment, both(_week, _counts_from("2026-11-17"))),
        (sign_contract, _amending(counts_from=date(2027, 1, 31))),
        (
            countersign_amendment,
            both(
                _agreed_from(date(2026, 12, 1)),
                given(CONTRACT, contract(provider=ENTITY, last_day=date(2026, 12, 1))),
            ),
        ),
        (terminate_contract, asks("resource", "last_day", value="2026-11-23")),
        (suspend_contract, at(NOW + timedelta(days=38))),
        (suspend_contract, altered(CONTRACT, suspended=True, suspended_with_entity=True)),
    ],
    ids=[
        *("after another", "after one of its kind", "from tomorrow", "at the limit"),
        *("another's package next year", "another's package up to yesterday"),
        "another's package up to the day before",
        *("from the contract's first day", "from its last", "from a day not too long ago"),
        *("a plan from the month of the day on", "an amendment of the contract's last day"),
        *("today", "on its last day"),
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


@pytest.mark.parametrize(
    ("begins", "asked", "counts_from"),
    [
        (date(2026, 1, 1), None, date(2026, 11, 23)),
        (date(2026, 12, 1), None, date(2026, 12, 1)),
        (date(2026, 1, 1), date(2026, 2, 3), date(2026, 2, 3)),
        (date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31)),
    ],
    ids=["today", "as the contract begins", "backwards", "its last day"],
)
def test_an_amendment_counts_from_the_day_agreed_or_from_its_countersignature(
    begins: date, asked: date | None, counts_from: date
) -> None:
    """Never from a day before its contract's first; the fact says which day it is."""
    scene = countersign_amendment()
    scene.states[REQUEST] = wish(RequestStatus.SIGNED, amends="T-1", counts_from=asked)
    scene.states[CONTRACT] = contract(provider=ENTITY, first_day=begins)
    _, amended = scene.judge()
    assert isinstance(amended, ContractAmended)
    assert (amended.counts_from, amended.since) == (counts_from, counts_from)


def test_the_day_asked_for_is_what_both_sign() -> None:
    """It stands in the request that the payer reads, and in none where nobody asked."""
    scene = request_amendment()
    _counts_from("2026-12-01")(scene)
    (asked,) = scene.judge()
    assert isinstance(asked, ContractRequested)
    assert asked.counts_from == date(2026, 12, 1)
    assert (asked.first_day, asked.last_day) == (date(2026, 1, 1), date(2026, 12, 31))
    (undated,) = request_amendment().judge()
    assert b"counts_from" not in undated.to_bytes()


def _amended(since: date | None, *packages: str, **other: Any) -> ContractAmended:
    terms = {"packages": packages, "provider": ENTITY}
    fields: dict[str, Any] = {
        "contract": CONTRACT,
        "terms": contract(**terms).terms,
        "request": REQUEST,
        "divisions": (),
        "employees": (),
        "plan": (),
        "removed": (),
        "counts_from": since,
    }
    return ContractAmended(**(fields | other))


def _concluded() -> ContractConcluded:
    return ContractConcluded(
        contract=ContractId(CONTRACT),
        terms=contract(provider=ENTITY, packages=("0",)).terms,
        request=REQUEST,
        divisions=(),
        employees=(),
        plan=(),
    )


def test_an_amendment_of_an_earlier_build_counts_for_all_days() -> None:
    """Its body names no day, and reads as it always did."""
    old = ContractAmended.from_bytes(_amended(None, "10").to_bytes())
    assert old.since == old.terms.first_day
    state: Any = evolve(evolve(None, _concluded()), old)
    days = (date(2026, 1, 1), date(2026, 11, 23), date(2026, 12, 31))
    assert [state.on(day).terms.packages for day in days] == [("10",)] * 3


DAYS = some.dates(date(2026, 1, 1), date(2026, 12, 31))


@for_all(
    steps=some.lists(some.tuples(DAYS, some.booleans()), max_size=8),
    asked=some.lists(DAYS, min_size=1, max_size=5),
)
def test_of_overlapping_amendments_the_later_one_counts_from_its_own_day_on(
    steps: list[tuple[date, bool]], asked: list[date]
) -> None:
    """The law, the table's rows and the look-up of a batch buy the same on each day.

    Steps are amendments, each of a package of its own, and endings before the agreed last day.
    """
    table, held = RowsInForce(), contracts_of_a_batch()
    state: Any = None
    said: list[tuple[date, str]] = []
    last_day = date(2026, 12, 31)
    for position, (day, ends) in enumerate([(date(2026, 1, 1), False), *steps]):
        if day > last_day:
            continue
        fact: Any = _concluded()
        if position and ends:
            last_day = day
            fact = ended(state, day)
        elif position:
            said.append((day, str(position)))
            amended = _amended(day, str(position))
            terms = amended.terms.model_copy(update={"last_day": last_day})
            fact = amended.model_copy(update={"terms": terms})
        state = evolve(state, fact)
        held.absorb(fact, position)
        for change in (each for each in changes(fact, position) if each.index is CONTRACTS):
            match change:
                case Put(row=row):
                    table.put(CONTRACTS, row, position)
                case End(key=key, day=day):
                    table.end(CONTRACTS, key, day, position)
    rows = [each for each, _ in table.left(CONTRACTS)]
    for day in asked:
        counts = [package for since, package in said if since <= day]
        expected = () if day > last_day else ((counts or ["0"])[-1],)
        assert tuple(package for _, package, *_ in rows_on(rows, day)) == expected
        terms = state.on(day).terms
        assert (terms.packages if day <= terms.last_day else ()) == expected
        found = held.in_force(LegalEntityId(ENTITY), expected[0], day) if expected else None
        assert (found is not None) is bool(expected)
        others = {str(each) for each in range(9)} - set(expected)
        assert not any(held.in_force(LegalEntityId(ENTITY), each, day) for each in others)


def rows_on(rows: list[Any], day: date) -> list[Any]:
    return [row for row in rows if row[2] <= day <= row[3]]


def contracts_of_a_batch() -> Contracts:
    """Look contracts up that a batch itself concludes; nothing stands in the tables yet."""
    no_cursor: Any = None  # nobody's rows are read
    return Contracts(no_cursor, set(), set(), today=date(2026, 11, 23))


def test_a_ceiling_is_that_of_the_act_s_day() -> None:
    """The plan of before for acts of days before; stated in a later month, that month's plan."""
    plans = [
        (PlannedMonth(package="0", period=f"2026-{month}", amount=amount),)
        for month, amount in (("11", 1), ("11", 2), ("12", 3))
    ]
    state: Any = evolve(None, _concluded().model_copy(update={"plan": plans[0]}))
    state = evolve(state, _amended(date(2026, 11, 20), "0", plan=plans[1]))
    state = evolve(state, _amended(date(2026, 12, 1), "0", plan=plans[2]))
    charge = SimpleNamespace(package="0", day=date(2026, 11, 19), period="2026-11")
    asked = [(19, "2026-11"), (20, "2026-11"), (30, "2026-11"), (30, "2026-12")]
    found = [
        state.ceiling(
            SimpleNamespace(**vars(charge) | {"day": date(2026, 11, day), "period": period})
        )
        for day, period in asked
    ]
    assert found == [1, 2, 2, 3]


def test_what_a_month_is_stated_for_was_bought_on_one_of_its_days() -> None:
    """A package dropped in a month is of that month still, and of none after it."""
    state: Any = evolve(None, _concluded())
    state = evolve(state, _amended(date(2026, 11, 20), "10"))
    assert state.bought(date(2026, 11, 1), date(2026, 11, 30)) == {"0", "10"}
    assert state.bought(date(2026, 10, 1), date(2026, 10, 31)) == {"0"}
    assert state.bought(date(2026, 12, 1), date(2026, 12, 31)) == {"10"}


def test_a_termination_shortens_the_days() -> None:
    """The last day moves, so that another contract may begin on the day after."""
    (ended,) = terminate_contract().judge()
    assert isinstance(ended, ContractTerminated)
    assert ended.terms.last_day == date(2026, 11, 30)
