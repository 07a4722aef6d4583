"""Judge a month at the global rate: a whole month's rate for whoever is contracted as it begins.

The corrections that the contract names multiply it, where the tariff publishes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract_month import DueMonth, charged, due_month
from ehealth_ledger.aggregates.monitoring import Circumstances, watched
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned, GlobalRateSettled, RatedPackage
from ehealth_ledger.pricing.charge import Price, factors
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.tariffs import GlobalTerms, subject


def run(case: Case[RunGlobalRate]) -> list[Fact]:
    """Charge a month for each package with a global rate; a suspended contract's is withheld."""
    due = due_month(case, "MEDICAL_SERVICES")
    priced = _priced(case, due, due.contract.terms.packages)
    reckoned = GlobalRateReckoned(**due.named, packages=tuple(each for each, _ in priced))
    charges = (charge for _, charge in priced if charge is not None)
    return watched(case, [reckoned, *charges], Circumstances())


def settle(case: Case[Any], due: DueMonth, packages: Iterable[str], by: EmployeeId) -> list[Fact]:
    """Charge a month for packages that now have a global rate; empty where none has."""
    priced = _priced(case, due, packages)
    if not priced:
        return []
    settled = GlobalRateSettled(
        **due.named, packages=tuple(each for each, _ in priced), settled_by=by
    )
    charges = (charge for _, charge in priced if charge is not None)
    return watched(case, [settled, *charges], Circumstances())


def _priced(
    case: Case[Any], due: DueMonth, packages: Iterable[str]
) -> list[tuple[RatedPackage, ChargeAccrued | None]]:
    """Rate the packages with a global rate; any other is paid by the act, if at all."""
    found: list[tuple[RatedPackage, ChargeAccrued | None]] = []
    contract = due.contract
    for package in packages:
        tariff = case.lookups.billing.tariff(subject("global", package), due.billing_date)
        if tariff is None or not isinstance(tariff.terms, GlobalTerms):
            continue
        if contract.suspended:
            rests = RatedPackage(
                package=package, tariff=tariff.tariff, withheld="contract_suspended"
            )
            found.append((rests, None))
            continue
        charge = charged(
            case,
            due,
            tariff,
            kind="global",
            what="rate",
            quantity=1,
            price=Price(
                tariff.terms.rate,
                factors=factors(tariff.terms.corrections, contract.terms.corrections_of(package)),
            ),
        )
        rated = RatedPackage(package=package, tariff=tariff.tariff, amount=charge.amount)
        found.append((rated, charge))
    return found
