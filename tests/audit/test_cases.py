"""What a treated case earned is derived again from its package: a forged part of it is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest

from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.posting import transfer
from tests.audit.conftest import Audited
from tests.audit.test_forgeries import forging
from tests.audit.test_keys import _in_vault

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
