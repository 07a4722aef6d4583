"""Judge a month at the global rate: a whole month's rate for whoever is contracted as it begins.

The corrections that the contract names multiply it, where the tariff publishes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract_month import charged, due_month
from ehealth_ledger.aggregates.kept import keep
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned, RatedPackage
from ehealth_ledger.pricing.charge import Price, factors
from ehealth_ledger.values.tariffs import GlobalTerms, subject


def run(case: Case[RunGlobalRate]) -> list[Fact]:
    """Charge a month for each package with a global rate; a suspended contract's is withheld."""
    due = due_month(case, "MEDICAL_SERVICES")
    contract = due.contract
    packages: list[RatedPackage] = []
    charges: list[ChargeAccrued] = []
    for package in contract.terms.packages:
        tariff = case.lookups.billing.tariff(subject("global", package), due.billing_date)
        if tariff is None or not isinstance(tariff.terms, GlobalTerms):
            continue  # it is paid by the act, if at all
        if contract.suspended:
            packages.append(
                RatedPackage(package=package, tariff=tariff.tariff, withheld="contract_suspended")
            )
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
        packages.append(RatedPackage(package=package, tariff=tariff.tariff, amount=charge.amount))
        charges.append(charge)
    reckoned = GlobalRateReckoned(
        contract=contract.id,
        provider=contract.provider,
        payer=contract.payer,
        period=due.period,
        billing_date=due.billing_date,
        packages=tuple(packages),
    )
    return [reckoned, *charges]


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    GlobalRateReckoned: keep,
}
