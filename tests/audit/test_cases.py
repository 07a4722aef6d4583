"""What a treated case earned is derived again from its package: a forged part of it is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.contract import ContractConcluded, Terms
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.store.fsck.cases import Cases
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.store.fsck.stream_past import StreamPast
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import ContractId, ContractRequestId, LegalEntityId
from ehealth_ledger.values.parameters.charge import CASE_ENCOUNTER_TYPES
from tests.audit.conftest import Audited
from tests.audit.test_forgeries import forging
from tests.audit.test_keys import _in_vault
from tests.laws.bench import BASIS, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CONTRACT, ENTITY, PATIENT
from tests.laws.scenes.grouping import MIX, discharge, released

ANOTHER: Final = UUID(int=7)
CASE, WITHHELD, SETTLED = "case + 2", "ungrouped case + 2", "case settlement + 1"


def _worth(**parts: Any) -> Callable[[ChargeAccrued], ChargeAccrued]:
    """Give a charge another price and let amount and postings agree, as a careful forger would."""

    def change(fact: ChargeAccrued) -> ChargeAccrued:
        amount = parts.get("amount", fact.amount)
        postings = transfer(
            debit="expense",
            credit="accrued",
            owner=fact.payer,
            counterparty=fact.provider,
            amount=amount,
        )
        return fact.model_copy(update={**parts, "postings": postings})

    return change


def _weighed(value: str, amount: int) -> Callable[[ChargeAccrued], ChargeAccrued]:
    def change(fact: ChargeAccrued) -> ChargeAccrued:
        weight = fact.coefficients[0].model_copy(update={"value": value})
        return _worth(coefficients=(weight,), amount=amount)(fact)

    return change


def _withheld(fact: ChargeAccrued) -> ChargeWithheld:
    return ChargeWithheld(
        kind="case",
        charge=fact.charge,
        act_log="records",
        act_position=fact.act_position,
        provider=fact.provider,
        performer=fact.performer,
        service=fact.service,
        package=fact.package,
        day=fact.day,
        reason="no_contract",
    )


def _update(**fields: Any) -> Callable[[Any], Any]:
    return lambda fact: fact.model_copy(update=fields)


# What is forged | where it stands | how | what is said of it
FORGERIES: Final[dict[str, tuple[str, Callable[[Any], Any], str]]] = {
    "the group": (
        CASE,
        _update(service="ehealth/groups/example-2026|appendectomy-complicated"),
        "service",
    ),
    "the weight": (CASE, _weighed("1.85", 2_497_500), "coefficients"),
    "the group of a settled case": (
        SETTLED,
        _update(service="ehealth/groups/example-2026|appendectomy-complicated"),
        "service",
    ),
    "the weight of a settled case": (SETTLED, _weighed("1.85", 2_497_500), "coefficients"),
    "no weight": (CASE, _worth(coefficients=(), amount=1_350_000), "coefficients"),
    "the base": (CASE, _worth(unit_price=2_000_000, amount=2_400_000), "unit_price"),
    "the amount": (CASE, _worth(amount=1), "amount"),
    "the package": (CASE, _update(package="stroke"), "package"),
    "the contract": (CASE, _update(contract=ANOTHER), "contract"),
    "who earned it": (CASE, _update(provider=ANOTHER), "provider"),
    "which day": (CASE, _update(day=date(2020, 1, 1)), "day"),
    "the kind": (CASE, _update(kind="service"), "kind"),
    "why it is withheld": (WITHHELD, _update(reason="no_contract"), "reason"),
    "a group of a withheld case": (
        WITHHELD,
        _update(service="ehealth/groups/example-2026|appendectomy", package="surgery"),
        "service",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_part_of_a_cases_charge_is_named(audited: Audited, forgery: str) -> None:
    """With every key at hand and the chain rewritten, the signed package still says otherwise."""
    place, change, said = FORGERIES[forgery]
    at = audited.place(place)
    with forging(audited) as forger:
        before = forger.fact(at)
        after = forger.body(at, change)
        if isinstance(before, ChargeAccrued):
            forger.index(at, before, after)
    findings = audited.verify().findings
    named = [each for each in findings if (str(each.kind), each.position) == ("charge.altered", at)]
    parts = [each.detail.partition(": ")[2].split(", ") for each in named]
    assert any(said in each for each in parts), findings


def test_a_case_of_priced_care_cannot_be_withheld(audited: Audited) -> None:
    """Whoever would rather not pay cannot call it unpriced."""
    at = audited.place(CASE)
    with forging(audited) as forger:
        forger.body(at, _withheld)
        forger.record(at, topic=ChargeWithheld.TOPIC)
        forger.connection.execute("DELETE FROM charges WHERE position = %s", (at,))
        forger.connection.execute("DELETE FROM postings WHERE position = %s", (at,))
    assert audited.kinds() == {("charge.altered", at)}


def test_an_outpatient_service_cannot_be_called_a_case(audited: Audited) -> None:
    """What ends no case is paid as none."""
    at = audited.place("late visit + 3")
    with forging(audited) as forger:
        before = forger.fact(at)
        forger.index(at, before, forger.body(at, _update(kind="case")))
    assert audited.kinds() == {("charge.altered", at)}


def test_the_rules_say_what_was_signed(audited: Audited) -> None:
    """A rewritten rule contradicts the payer's signature."""
    at = audited.place("grouping")
    with forging(audited) as forger:
        forger.body(at, lambda fact: fact.model_copy(update={"rules": fact.rules[1:]}))
    assert ("fact.contradicted", at) in audited.kinds()


def test_a_case_that_cannot_be_read_any_more_is_held_against_nobody(audited: Audited) -> None:
    """What the package said went with the key: that is named, nothing else is derived from it."""
    before = audited.verify()
    _in_vault(audited, "DELETE FROM subject_keys", audited.patient)
    lost = {("key.missing", audited.place("patient"))}
    report = audited.verify()
    assert {(str(each.kind), each.position) for each in report.findings} == lost
    assert report.erased > before.erased
    with forging(audited) as forger:
        at = audited.place(CASE)
        charge = forger.fact(at)
        forger.index(at, charge, forger.body(at, _weighed("1.85", 2_497_500)))
    # Nobody can tell any more: what is left to compare with is a receipt kept elsewhere.
    assert audited.kinds() == lost


class _Register:
    """Know the patient of a scene, as the records before its act do."""

    def __init__(self, scene: Scene) -> None:
        self._patient = scene.states[PATIENT]

    def before(self, kind: type, patient: UUID, position: int) -> object:
        assert (kind, patient, position) == (Patient, PATIENT, BASIS + 1)
        return self._patient


def _audited(*absorbed: Fact, facts: slice = slice(None)) -> list[str]:
    """Judge a discharge by the law, and audit it by what was said before it."""
    scene = discharge()
    wish = scene.wish()
    judged = scene.judge(wish)[facts]
    findings = Findings()
    cases = Cases(
        cast("psycopg.Connection", None),  # only what is settled later is read from the database
        "records",
        cast("StreamPast", _Register(scene)),
        cast("FactMapper", None),
        cast("Vault", None),
        findings,
    )
    for position, fact in enumerate(absorbed, start=1):
        cases.absorb(cast("RecordRow", SimpleNamespace(position=position, recorded_at=0)), fact)
    first = SimpleNamespace(first=SimpleNamespace(position=BASIS + 1))
    cases.check(cast("Proved", SimpleNamespace(command=wish.body, stored=first)), judged)
    return [each.detail for each in findings.items]


def _in_force() -> tuple[Fact, ...]:
    """Say which encounters end cases, by which rules, at what price, under which contract."""
    scene = discharge()
    mix = scene.states[MIX]
    assert isinstance(mix, TariffReleased)
    types = ParameterSet(
        name=CASE_ENCOUNTER_TYPES,
        value={"INPATIENT": ("discharge",)},
        first_day=date(2018, 1, 1),
        source="a test",
    )
    bought = ContractConcluded(
        contract=ContractId(CONTRACT),
        terms=Terms(
            payer=LegalEntityId(an_id("payer")),
            provider=LegalEntityId(ENTITY),
            kind="MEDICAL_SERVICES",
            number="T-1",
            packages=("surgery",),
            first_day=date(2026, 1, 1),
            last_day=date(2026, 12, 31),
        ),
        request=ContractRequestId(an_id("request")),
        divisions=(),
        employees=(),
        plan=(),
    )
    return types, released(), mix, bought


def test_the_audit_derives_what_the_law_decided() -> None:
    """The same package and the same past give the same charge, whoever asks."""
    assert _audited(*_in_force()) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (0, "the encounter ends no treated case"),
        (1, "the package and what was in force give charge.withheld.v2"),
        (2, "the package and what was in force give charge.withheld.v2"),
        (3, "the package and what was in force give charge.withheld.v2"),
    ],
    ids=["no parameter", "no rules", "no tariff", "no contract"],
)
def test_what_nothing_had_put_in_force_pays_no_case(missing: int, said: str) -> None:
    """A charge that rests on what no record before it says is named."""
    known = _in_force()
    assert _audited(*known[:missing], *known[missing + 1 :]) == [said]


def test_a_case_whose_charge_is_left_out_is_named() -> None:
    """Silence is no way not to pay: each treated case is charged or withheld."""
    without = _audited(*_in_force(), facts=slice(0, 2))
    assert without == ["a treated case without its one charge"]
