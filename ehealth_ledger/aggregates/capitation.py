"""Judge a month of capitation: who counts, at which weight, and what the doctors earn by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract_month import DueMonth, charged, due_month
from ehealth_ledger.aggregates.kept import keep
from ehealth_ledger.aggregates.lookups import DeclaredPatient
from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.events.capitation import CapitationCounted, CountedPackage, Uncounted
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.capitation import CapitationLine, Declared, Post, count
from ehealth_ledger.values.tariffs import CapitationTerms, subject


@dataclass(frozen=True, slots=True)
class _Roll:
    """Hold who is declared with a contract's doctors, and of whom nothing can be counted."""

    counted: tuple[Declared, ...]
    uncounted: tuple[Uncounted, ...]
    size: int


def run(case: Case[RunCapitation]) -> list[Fact]:
    """Count a month; a package without a tariff, or of a suspended contract, is withheld."""
    due = due_month(case, "CAPITATION")
    contract = due.contract
    limits = {(each.employee, each.division): each.declaration_limit for each in contract.employees}
    roll = _roll(case, due, limits)
    packages: list[CountedPackage] = []
    charges: list[ChargeAccrued] = []
    for package in contract.terms.packages:
        tariff = case.lookups.billing.tariff(subject("capitation", package), due.billing_date)
        if tariff is None or not isinstance(tariff.terms, CapitationTerms):
            packages.append(CountedPackage(package=package, withheld="no_tariff"))
            continue
        if contract.suspended:
            packages.append(
                CountedPackage(package=package, tariff=tariff.tariff, withheld="contract_suspended")
            )
            continue
        month = count(
            roll.counted,
            tariff.terms,
            billing_date=due.billing_date,
            limits=limits,
            corrections=contract.terms.corrections_of(package),
        )
        packages.append(
            CountedPackage(
                package=package,
                tariff=tariff.tariff,
                counted=sum(len(line.positions) for line in month.lines),
                beyond=month.beyond,
                amount=month.total,
            )
        )
        charges += [_charge(case, due, tariff, line) for line in month.lines]
    counted = CapitationCounted(
        contract=contract.id,
        provider=contract.provider,
        payer=contract.payer,
        period=due.period,
        billing_date=due.billing_date,
        as_of=case.lookups.billing.as_of(due.began),
        declared=roll.size,
        packages=tuple(packages),
        uncounted=roll.uncounted,
    )
    return [counted, *charges]


def _roll(case: Case[RunCapitation], due: DueMonth, limits: Mapping[Post, int]) -> _Roll:
    """Call the roll of the declarations that were in force when the billing date began."""
    billing = case.lookups.billing
    found = billing.declared({doctor for doctor, _ in limits}, due.began)
    elsewhere = tuple(e.position for e in found if (e.doctor, e.division) not in limits)
    here = [each for each in found if (each.doctor, each.division) in limits]
    erased = tuple(each.position for each in here if each.ages_from is None)
    mountains = billing.mountains({each.division for each in here}, due.began)
    return _Roll(
        tuple(
            _declared(each, each.ages_from, mountain=mountains[each.division])
            for each in here
            if each.ages_from is not None
        ),
        (
            *((Uncounted(reason="erased", acts=erased),) if erased else ()),
            *((Uncounted(reason="not_contracted", acts=elsewhere),) if elsewhere else ()),
        ),
        len(found),
    )


def _declared(patient: DeclaredPatient, ages_from: date, *, mountain: bool) -> Declared:
    return Declared(patient.position, patient.doctor, patient.division, ages_from, mountain)


def _charge(
    case: Case[RunCapitation], due: DueMonth, tariff: TariffReleased, line: CapitationLine
) -> ChargeAccrued:
    doctor, mountain, band, step = line.weight
    return charged(
        case,
        due,
        tariff,
        kind="capitation",
        what=f"{doctor} {int(mountain)} {f'band {band}' if step is None else f'step {step}'}",
        quantity=len(line.positions),
        price=line.price,
        performer=doctor,
        acts=line.positions,
        band=band,
        mountain=mountain,
    )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    CapitationCounted: keep,
}
