"""The laws of dispenses: rules 58 to 63, and who provides a program."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.prescription.state import DispenseStatus, Prescription, Status
from ehealth_ledger.events.dispense import (
    DispenseExpired,
    DispenseGrant,
    DispenseProcessed,
    DispenseReserved,
)
from ehealth_ledger.events.prescription import PrescriptionCompleted
from ehealth_ledger.pricing.reimbursement import (
    FixedReimbursement,
    PercentageReimbursement,
    discount_bounds,
    granted,
    payable,
)
from ehealth_ledger.values.identifiers import provision_stream
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, Scene, altered, asks, at, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    ENTITY,
    NEW,
    employee,
    institution,
    moment,
    reference,
)
from tests.laws.scenes.medication import PRODUCT, PROGRAM, participation, product, program
from tests.laws.scenes.patient import NO_LONGER_ACTIVE
from tests.laws.scenes.prescription import (
    CODE,
    DISPENSE,
    DRUGSTORE,
    HELD_UNTIL,
    LICENCE,
    PRESCRIPTION,
    TODAY,
    blocked,
    close_provision,
    dispense,
    expire_dispense,
    open_provision,
    prescription,
    process_dispense,
    provision,
    reimbursed,
    reject_dispense,
    reserve_dispense,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
MULTI = frozenset({"multi_medication_dispense_allowed"})
_NAMED = "$.resource.prescription"
_AUTHORIZING = "$.resource.authorizingPrescription[0].reference"
_DIVISION = "$.resource.division"
_HELD = "$.resource.id"
_PROVISION = provision_stream(PROGRAM, DRUGSTORE)


def _given(*dispenses: Any, **fields: Any) -> Change:
    return given(PRESCRIPTION, prescription(*dispenses, **fields))


def _held(**fields: Any) -> Change:
    """Alter what is held when it is to be handed out."""
    return _given(dispense(**fields))


def _bought(
    first_day: date = date(2026, 1, 1),
    last_day: date = date(2026, 12, 31),
    package: str = str(PROGRAM),
) -> Change:
    """Let the pharmacy's contract buy something else, or on other days."""

    def change(scene: Scene) -> None:
        known = scene.lookups.contracts.known
        known[ENTITY] = [(first_day, last_day, package, known[ENTITY][0][3])]

    return change


RESERVATIONS = [
    row("no such prescription", "prescription.unknown", _NAMED, without(PRESCRIPTION)),
    row(
        "another patient's",
        "prescription.of_other_patient",
        "$.resource.patient",
        asks("resource", "patient", value=str(OTHER)),
    ),
    *(
        row(name, "patient.not_active", "$.resource.patient", change)
        for name, change in NO_LONGER_ACTIVE.items()
        if "joined" not in name
    ),
    row("the id is taken", "id.not_new", _HELD, taken(NEW)),
    row("no licence", "dispense.licence_missing", "$.legal_entity", without(LICENCE)),
    row(
        "its last day was yesterday",
        "dispense.licence_missing",
        "$.legal_entity",
        altered(LICENCE, last_day=TODAY - timedelta(days=1)),
    ),
    row(
        "a licence to treat",
        "dispense.licence_missing",
        "$.legal_entity",
        altered(LICENCE, type="MSP"),
    ),
    row(
        "another code",
        "dispense.code_mismatch",
        "$.resource.code",
        asks("resource", "code", value="0418"),
    ),
    *(
        row(status.value, "prescription.not_active", _NAMED, _given(status=status))
        for status in Status
        if status is not Status.ACTIVE
    ),
    row("blocked", "prescription.is_blocked", _NAMED, given(PRESCRIPTION, blocked())),
    row("a plan", "dispense.not_an_order", _NAMED, _given(intent="plan")),
    row(
        "from tomorrow on",
        "dispense.outside_days",
        _NAMED,
        _given(dispensed_from=TODAY + timedelta(days=1)),
    ),
    row(
        "until yesterday",
        "dispense.outside_days",
        _NAMED,
        _given(dispensed_to=TODAY - timedelta(days=1)),
    ),
    row(
        "another pharmacy holds of it",
        "dispense.other_live",
        _NAMED,
        _given(dispense(legal_entity=OTHER, quantity=10)),
    ),
    row(
        "some of it was handed out",
        "dispense.other_live",
        _NAMED,
        _given(dispense(DispenseStatus.PROCESSED, quantity=10)),
    ),
    row(
        "no pharmacy",
        "dispense.legal_entity_kind",
        "$.legal_entity",
        given(ENTITY, institution(kind="PRIMARY_CARE")),
    ),
    row(
        "a pharmacy the payer has not verified",
        "dispense.legal_entity_not_verified",
        "$.legal_entity",
        altered(ENTITY, nhs_verified=False),
    ),
    row("no such division", "division.unknown", _DIVISION, without(DRUGSTORE)),
    row(
        "a division that is closed",
        "dispense.division_not_active",
        _DIVISION,
        altered(DRUGSTORE, active=False),
    ),
    row(
        "another pharmacy's division",
        "dispense.division_not_active",
        _DIVISION,
        altered(DRUGSTORE, legal_entity=OTHER),
    ),
    row("a clinic", "dispense.division_kind", _DIVISION, altered(DRUGSTORE, kind="CLINIC")),
    row(
        "a drugstore the medicines authority has not verified",
        "dispense.division_not_verified",
        _DIVISION,
        altered(DRUGSTORE, dls_verified=False),
    ),
    row(
        "the division provides no program",
        "medical_program.provision_unknown",
        _DIVISION,
        without(_PROVISION),
    ),
    row(
        "the division provides it from tomorrow on",
        "medical_program.provision_unknown",
        _DIVISION,
        altered(_PROVISION, history=replace(provision().history, days=(date(2026, 11, 24),))),
    ),
    row(
        "no contract",
        "dispense.contract_missing",
        _DIVISION,
        lambda scene: scene.lookups.contracts.known.clear(),
    ),
    row(
        "a contract that was over yesterday",
        "dispense.contract_missing",
        _DIVISION,
        _bought(last_day=TODAY - timedelta(days=1)),
    ),
    row(
        "a contract that begins tomorrow",
        "dispense.contract_missing",
        _DIVISION,
        _bought(first_day=TODAY + timedelta(days=1)),
    ),
    row(
        "a contract of another program",
        "dispense.contract_missing",
        _DIVISION,
        _bought(package=str(OTHER)),
    ),
    row(
        "a contract of services, not of reimbursement",
        "dispense.contract_missing",
        _DIVISION,
        given(CONTRACT, reimbursed(kind="MEDICAL_SERVICES")),
    ),
    row(
        "a contract that names another division",
        "dispense.contract_missing",
        _DIVISION,
        altered(CONTRACT, divisions=frozenset({OTHER})),
    ),
    row(
        "another program",
        "dispense.other_program",
        "$.resource.program",
        _given(program=OTHER),
    ),
    row(
        "a program, where none was prescribed within",
        "dispense.other_program",
        "$.resource.program",
        _given(program=None),
    ),
    row("no such program", "medical_program.unknown", "$.resource.program", without(PROGRAM)),
    row(
        "the program was ended",
        "medical_program.not_active",
        "$.resource.program",
        altered(PROGRAM, active=False),
    ),
    row(
        "the product took part until yesterday",
        "dispense.medication_not_in_program",
        "$.resource.medication",
        given(PROGRAM, program(participation(last_day=date(2026, 11, 22)))),
    ),
    row("no such product", "medication.unknown", "$.resource.medication", without(PRODUCT)),
    row(
        "a generic",
        "medication.not_a_product",
        "$.resource.medication",
        altered(PRODUCT, generic=None),
    ),
    row(
        "a product of another generic",
        "dispense.other_medication",
        "$.resource.medication",
        altered(PRODUCT, generic=OTHER),
    ),
    row(
        "twenty-five, where parts are of ten",
        "dispense.quantity_not_packable",
        "$.resource.quantity",
        asks("resource", "quantity", value=25),
    ),
    row(
        "seventy of sixty",
        "dispense.exceeds_prescribed",
        "$.resource.quantity",
        asks("resource", "quantity", value=70),
    ),
    row(
        "sixty, of which ten are held elsewhere",
        "dispense.exceeds_prescribed",
        "$.resource.quantity",
        _given(dispense(quantity=10), settings=MULTI),
    ),
    row(
        "sixty, of which ten were handed out",
        "dispense.exceeds_prescribed",
        "$.resource.quantity",
        _given(dispense(DispenseStatus.PROCESSED, quantity=10), settings=MULTI),
    ),
]
_PRICES = ("prices",)
HAND_OUTS = [
    row("no such prescription", "prescription.unknown", _AUTHORIZING, without(PRESCRIPTION)),
    row(
        "another patient's",
        "prescription.of_other_patient",
        "$.resource.subject.reference",
        asks("resource", "subject", value=reference("Patient", OTHER)),
    ),
    row("nothing was held", "dispense.unknown", _HELD, _given()),
    row(
        "another pharmacy's hold",
        "dispense.of_other_entity",
        "$.legal_entity",
        _held(legal_entity=OTHER),
    ),
    *(
        row(status.value, "dispense.not_held", _HELD, _held(status=status))
        for status in DispenseStatus
        if status is not DispenseStatus.HELD
    ),
    row(
        "its last moment has come",
        "dispense.hold_expired",
        _HELD,
        _held(expires_at=microseconds(NOW)),
    ),
    row(
        "rejected meanwhile",
        "prescription.not_active",
        _AUTHORIZING,
        _given(dispense(), status=Status.REJECTED),
    ),
    row(
        "blocked meanwhile",
        "prescription.is_blocked",
        _AUTHORIZING,
        _given(dispense(), block=blocked().block),
    ),
    row(
        "another hands out than signs",
        "dispense.performer_not_signer",
        "$.resource.performer[0].actor.reference",
        asks("resource", "performer", 0, "actor", value=reference("PractitionerRole", OTHER)),
    ),
    row(
        "a stranger hands out, where the program skips the signature",
        "dispense.performer_not_signer",
        "$.resource.performer[0].actor.reference",
        both(
            _given(dispense(), settings=frozenset({"skip_medication_dispense_sign"})),
            asks("resource", "performer", 0, "actor", value=reference("PractitionerRole", OTHER)),
            given(OTHER, replace(employee("PHARMACIST"), id=OTHER, legal_entity=OTHER)),
        ),
    ),
    row(
        "another product than was held",
        "dispense.differs_from_hold",
        "$.resource.medicationReference.reference",
        _held(medication=OTHER),
    ),
    row(
        "another division than held it",
        "dispense.differs_from_hold",
        "$.resource.location.reference",
        _held(division=OTHER),
    ),
    row(
        "within no program, where it was held within one",
        "dispense.differs_from_hold",
        "$.resource.extension",
        asks("resource", "extension", value=[]),
    ),
    row(
        "more than was held",
        "dispense.exceeds_prescribed",
        "$.resource.quantity.value",
        _held(quantity=50),
    ),
    row(
        "fifty-five, where parts are of ten",
        "dispense.quantity_not_packable",
        "$.resource.quantity.value",
        asks("resource", "quantity", "value", value=55),
    ),
    row(
        "millilitres of tablets",
        "prescription.unit_differs",
        "$.resource.quantity.code",
        asks("resource", "quantity", "code", value="ML"),
    ),
    row(
        "handed over a second ahead",
        "dispense.handed_over_in_future",
        "$.resource.whenHandedOver",
        asks("resource", "whenHandedOver", value=moment(seconds=-1)),
    ),
    row(
        "handed over the day before it was held",
        "dispense.outside_days",
        "$.resource.whenHandedOver",
        asks("resource", "whenHandedOver", value=moment(days=1)),
    ),
    row(
        "the product takes no part",
        "dispense.medication_not_in_program",
        "$.resource.medicationReference.reference",
        given(PROGRAM, program()),
    ),
    row(
        "two kopiykas above the grant",
        "dispense.discount_out_of_bounds",
        "$.prices.discount_amount",
        both(
            asks(*_PRICES, "discount_amount", value=12_002),
            asks(*_PRICES, "payment_amount", value=5_998),
        ),
    ),
    row(
        "a kopiyka below nine tenths of the grant",
        "dispense.discount_out_of_bounds",
        "$.prices.discount_amount",
        both(
            asks(*_PRICES, "discount_amount", value=10_799),
            asks(*_PRICES, "payment_amount", value=7_201),
        ),
    ),
    row(
        "no prices, where the payer pays",
        "dispense.prices_missing",
        "$.prices",
        lambda scene: scene.content.pop("prices"),
    ),
    row(
        "sold for thirty-one kopiykas more than sixty times the price",
        "dispense.sell_amount_mismatch",
        "$.prices.sell_amount",
        both(
            asks(*_PRICES, "sell_amount", value=18_031),
            asks(*_PRICES, "payment_amount", value=6_031),
        ),
    ),
    row(
        "the patient pays a kopiyka more",
        "dispense.payment_mismatch",
        "$.prices.payment_amount",
        asks(*_PRICES, "payment_amount", value=6_001),
    ),
    row(
        "no code on the package, where the program asks for it",
        "dispense.pack_code_missing",
        "$.resource.extension",
        given(PROGRAM, program(participation(), settings=frozenset({"pack_code_required"}))),
    ),
]
REJECTIONS = [
    row(
        "a reason that no directory lists",
        "code.unknown",
        "$.resource.reason.code",
        asks("resource", "reason", "code", value="whim"),
    ),
    row("nothing was held", "dispense.unknown", "$.resource.dispense", _given()),
    row(
        "another pharmacy's hold",
        "dispense.of_other_entity",
        "$.legal_entity",
        _held(legal_entity=OTHER),
    ),
    row(
        "handed out already",
        "dispense.not_held",
        "$.resource.dispense",
        _held(status=DispenseStatus.PROCESSED),
    ),
]
EXPIRIES = [
    row("no such prescription", "prescription.unknown", _NAMED, without(PRESCRIPTION)),
    row("nothing is held", "dispense.not_due", _NAMED, _given()),
    row(
        "a microsecond too early",
        "dispense.not_due",
        _NAMED,
        _held(expires_at=microseconds(NOW) + 1),
    ),
]
OPENINGS = [
    row("no such program", "medical_program.unknown", "$.resource.program", without(PROGRAM)),
    row("no such division", "division.unknown", _DIVISION, without(DRUGSTORE)),
    row(
        "from yesterday on",
        "medical_program.day_passed",
        "$.resource.first_day",
        asks("resource", "first_day", value="2026-11-22"),
    ),
    row(
        "it is provided already",
        "medical_program.provision_open",
        "$.resource.first_day",
        given(_PROVISION, provision()),
    ),
]
CLOSINGS = [
    row(
        "it was never provided",
        "medical_program.provision_unknown",
        _DIVISION,
        without(_PROVISION),
    ),
    row(
        "from yesterday on",
        "medical_program.day_passed",
        "$.resource.from_day",
        asks("resource", "from_day", value="2026-11-22"),
    ),
    row(
        "it is not provided any more",
        "medical_program.provision_unknown",
        "$.resource.from_day",
        altered(_PROVISION, history=replace(provision().history, values=(False,))),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), RESERVATIONS)
def test_reserve(change: Change, code: str, path: str) -> None:
    """A verified pharmacy holds what was prescribed and is left, for whoever has the code."""
    assert refused(reserve_dispense, change) == (code, path)


def test_rule_23_what_was_prescribed_to_a_joined_record_is_handed_out_still() -> None:
    """Joining two records of one person takes nobody's medicine away."""
    scene = reserve_dispense()
    NO_LONGER_ACTIVE["a record joined to another"](scene)
    assert scene.judge()


def test_rule_59_only_what_the_payer_funds_asks_for_a_contract() -> None:
    """A community that pays for its own program concludes no contract of the payer's."""
    scene = reserve_dispense()
    altered(PROGRAM, funding_source="LOCAL")(scene)
    scene.lookups.contracts.known.clear()
    assert scene.judge()


@pytest.mark.parametrize(("change", "code", "path"), HAND_OUTS)
def test_process(change: Change, code: str, path: str) -> None:
    """A pharmacy hands out what it holds, at a price the program grants."""
    assert refused(process_dispense, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), REJECTIONS)
def test_reject(change: Change, code: str, path: str) -> None:
    """A pharmacy lets go of its own holds; what was handed out stays so."""
    assert refused(reject_dispense, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), EXPIRIES)
def test_expire(change: Change, code: str, path: str) -> None:
    """The ledger lets go of holds that have outlived their minutes, and of no others."""
    assert refused(expire_dispense, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), OPENINGS)
def test_open_provision(change: Change, code: str, path: str) -> None:
    """A division begins to provide a program once, today or later."""
    assert refused(open_provision, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), CLOSINGS)
def test_close_provision(change: Change, code: str, path: str) -> None:
    """A division ends to provide a program today or later."""
    assert refused(close_provision, change) == (code, path)


ALLOWED: dict[str, tuple[Any, Change]] = {
    "rule 58: on its last day": (reserve_dispense, _given(dispensed_to=TODAY)),
    "rule 58: a second hold, where many are allowed": (
        reserve_dispense,
        both(
            _given(dispense(quantity=10), settings=MULTI),
            asks("resource", "quantity", value=50),
        ),
    ),
    "rule 58: after a hold that was rejected": (
        reserve_dispense,
        _given(dispense(DispenseStatus.REJECTED)),
    ),
    "rule 61: a kopiyka above the grant": (
        process_dispense,
        both(
            asks(*_PRICES, "discount_amount", value=12_001),
            asks(*_PRICES, "payment_amount", value=5_999),
        ),
    ),
    "rule 61: nine tenths of the grant": (
        process_dispense,
        both(
            asks(*_PRICES, "discount_amount", value=10_800),
            asks(*_PRICES, "payment_amount", value=7_200),
        ),
    ),
    "rule 63: sixty rounded prices": (
        process_dispense,
        both(
            asks(*_PRICES, "sell_amount", value=18_030),
            asks(*_PRICES, "payment_amount", value=6_030),
        ),
    ),
    "rule 63: no prices, where a community pays": (
        process_dispense,
        both(
            given(PROGRAM, program(participation(), funding_source="LOCAL")),
            lambda scene: scene.content.pop("prices"),
        ),
    ),
    "rule 63: the code on the package": (
        process_dispense,
        both(
            given(PROGRAM, program(participation(), settings=frozenset({"pack_code_required"}))),
            asks(
                "resource",
                "extension",
                value=[
                    {"url": "eHealth/extensions/medical_program", "valueId": str(PROGRAM)},
                    {"url": "eHealth/extensions/pack_code", "valueString": "010461234567"},
                ],
            ),
        ),
    ),
    "rule 63: a colleague hands out, where the program skips the signature": (
        process_dispense,
        both(
            _given(dispense(), settings=frozenset({"skip_medication_dispense_sign"})),
            asks("resource", "performer", 0, "actor", value=reference("PractitionerRole", OTHER)),
            given(OTHER, replace(employee("PHARMACIST"), id=OTHER)),
        ),
    ),
}


@pytest.mark.parametrize(("accepted", "change"), ALLOWED.values(), ids=ALLOWED)
def test_allows(accepted: Any, change: Change) -> None:
    """What lies just within each rule is accepted."""
    scene = accepted()
    change(scene)
    assert scene.judge()


def _after(state: Prescription, facts: Any) -> Prescription:
    after: Any = state
    for fact in facts:
        after = evolve(after, fact)
    assert isinstance(after, Prescription)
    return after


def test_rule_62_another_program_where_the_first_lets_change() -> None:
    """The dispense may be within another program of the same medication."""
    scene = reserve_dispense()
    _given(program=OTHER, settings=frozenset({"medical_program_change_allowed"}))(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, DispenseReserved)
    assert fact.program == PROGRAM


def test_rule_62_a_hold_lasts_ten_minutes() -> None:
    """The hold expires by the parameter, and says so for whoever waits."""
    (fact,) = reserve_dispense().judge()
    assert isinstance(fact, DispenseReserved)
    assert fact.expires_at == microseconds(NOW + timedelta(minutes=10)) == fact.next_expiry


def test_a_hold_that_has_expired_makes_room_for_the_next() -> None:
    """It ends in the same commit; the quantity is free before the new hold takes it."""
    scene = reserve_dispense()
    state = prescription(dispense(legal_entity=OTHER, expires_at=microseconds(NOW)))
    given(PRESCRIPTION, state)(scene)
    facts = scene.judge()
    assert [type(each) for each in facts] == [DispenseExpired, DispenseReserved]
    after = _after(state, facts)
    assert (len(after.live), after.remaining) == (1, 0)


def test_the_next_expiry_is_the_earliest_of_the_holds() -> None:
    """Of two holds the one that expires first is what falls due."""
    scene = reserve_dispense()
    state = prescription(dispense(quantity=10), settings=MULTI)
    given(PRESCRIPTION, state)(scene)
    asks("resource", "quantity", value=50)(scene)
    (reserved,) = scene.judge()
    assert isinstance(reserved, DispenseReserved)
    assert reserved.next_expiry == HELD_UNTIL
    after = _after(state, [reserved])
    ending = expire_dispense()
    given(PRESCRIPTION, after)(ending)
    at(NOW + timedelta(minutes=5))(ending)
    (expired,) = ending.judge()
    assert isinstance(expired, DispenseExpired)
    assert (expired.dispense, expired.next_expiry) == (DISPENSE, reserved.expires_at)


def test_the_last_unit_completes_the_prescription() -> None:
    """Handing out everything completes; handing out less frees what was held beyond it."""
    scene = process_dispense()
    processed, completed, _ = scene.judge()
    assert isinstance(processed, DispenseProcessed)
    assert isinstance(completed, PrescriptionCompleted)
    after = _after(prescription(dispense()), [processed, completed])
    assert (after.status, after.handed_out, after.next_expiry) == (Status.COMPLETED, 60, None)
    less = process_dispense()
    asks("resource", "quantity", "value", value=20)(less)
    asks(
        "prices",
        value={
            "unit_price": 300,
            "sell_amount": 6_000,
            "discount_amount": 4_000,
            "payment_amount": 2_000,
        },
    )(less)
    processed, _ = less.judge()
    after = _after(prescription(dispense()), [processed])
    assert (after.status, after.handed_out, after.remaining) == (Status.ACTIVE, 20, 40)


def test_a_dispense_holds_all_that_charging_needs() -> None:
    """Prices, the program's terms and what it pays stand in the fact, in whole kopiykas."""
    processed = process_dispense().judge()[0]
    assert isinstance(processed, DispenseProcessed)
    assert processed.grant == DispenseGrant(
        program=PROGRAM,
        funding_source="NHS",
        reimbursement=FixedReimbursement(type="FIXED", amount=Kopiykas(6_000)),
        package_quantity=30,
        amount=Kopiykas(12_000),
    )
    assert processed.prices is not None
    assert processed.prices.payment_amount == 6_000


def test_a_dispense_without_program_names_no_grant() -> None:
    """The patient pays; prices may be named and then agree with each other."""
    scene = process_dispense()
    _given(dispense(program=None), program=None)(scene)
    asks("resource", "extension", value=[])(scene)
    without(PROGRAM)(scene)
    processed = scene.judge()[0]
    assert isinstance(processed, DispenseProcessed)
    assert processed.grant is None
    assert processed.prices is not None


def test_the_code_is_asked_before_anything_is_told() -> None:
    """Whoever guesses a code learns nothing of the prescription."""
    assert CODE != "0000"
    change = both(_given(status=Status.REJECTED), asks("resource", "code", value="0000"))
    assert refused(reserve_dispense, change) == ("dispense.code_mismatch", "$.resource.code")


@for_all(
    some.integers(0, 10**6), some.integers(1, 100), some.integers(1, 1_000), some.integers(0, 10**7)
)
def test_rule_61_bounds_are_those_of_the_rule_in_whole_kopiykas(
    amount: int, package: int, quantity: int, discount: int
) -> None:
    """discount ≤ amount/package × quantity + 0.01 and ≥ 90 % of it, without any rounding."""
    term = FixedReimbursement(type="FIXED", amount=Kopiykas(amount))
    grant = granted(term, package_quantity=package, quantity=quantity, sell_amount=0)
    least, most = discount_bounds(grant, tolerance_kopiykas=1, deviation_percent=10)
    exact = (discount - 1) * package <= amount * quantity and (
        10 * discount * package >= 9 * amount * quantity
    )
    assert (least <= discount <= most) == exact
    assert payable(grant) * package <= amount * quantity < (payable(grant) + 1) * package


def test_rule_61_a_percentage_is_of_what_was_sold() -> None:
    """A share of the price, exactly."""
    term = PercentageReimbursement(type="PERCENTAGE", percentage=33)
    grant = granted(term, package_quantity=30, quantity=10, sell_amount=101)
    assert (grant.numerator, grant.denominator, payable(grant)) == (3_333, 100, 33)


def test_rule_60_a_product_is_held_in_its_own_parts() -> None:
    """What one product is packed in binds no other."""
    scene = reserve_dispense()
    given(PRODUCT, product(package_minimum=15))(scene)
    assert scene.judge()
    asks("resource", "quantity", value=50)(scene)
    assert refused(lambda: scene, lambda _: None)[0] == "dispense.quantity_not_packable"


def test_the_pharmacist_of_the_tables_is_one() -> None:
    """A doctor of the pharmacy holds nothing."""
    scene = reserve_dispense()
    given(ACTOR, employee("DOCTOR"))(scene)
    assert refused(lambda: scene, lambda _: None) == ("actor.role_not_allowed", "$.employee")
