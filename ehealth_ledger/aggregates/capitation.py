"""Judge a month of capitation: who counts, at which weight, and what the doctors earn by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract_month import DueMonth, charged, due_month
from ehealth_ledger.aggregates.lookups import DeclaredPatient
from ehealth_ledger.aggregates.monitoring import Circumstances, watched
from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.events.capitation import (
    CapitationCounted,
    CapitationSettled,
    CountedPackage,
    Uncounted,
)
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.capitation import CapitationLine, Declared, Post, count
from ehealth_ledger.values.identifiers import EmployeeId
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
    roll = _roll(case, due)
    priced = [_priced(case, due, roll, each) for each in due.contract.terms.packages]
    counted = CapitationCounted(
        **due.named,
        as_of=case.lookups.billing.as_of(due.began),
        declared=roll.size,
        packages=tuple(each.package for each in priced),
        uncounted=roll.uncounted,
    )
    charges = (charge for each in priced for charge in each.charges)
    return watched(case, [counted, *charges], Circumstances())


def settle(case: Case[Any], due: DueMonth, packages: Iterable[str], by: EmployeeId) -> list[Fact]:
    """Count a month again for packages that now have a tariff; empty where none has."""
    roll = _roll(case, due)
    found = [_priced(case, due, roll, each) for each in packages]
    priced = [each for each in found if each.package.withheld is None]
    if not priced:
        return []
    settled = CapitationSettled(
        **due.named,
        as_of=case.lookups.billing.as_of(due.began),
        declared=roll.size,
        packages=tuple(each.package for each in priced),
        uncounted=roll.uncounted,
        settled_by=by,
    )
    charges = (charge for each in priced for charge in each.charges)
    return watched(case, [settled, *charges], Circumstances())


@dataclass(frozen=True, slots=True)
class _Priced:
    """Hold what a month of one package came to."""

    package: CountedPackage
    charges: tuple[ChargeAccrued, ...] = ()


def _priced(case: Case[Any], due: DueMonth, roll: _Roll, package: str) -> _Priced:
    """Count a package by its tariff on the billing date, as that is known now.

    A month of a suspended contract earns nothing, ever: it does not wait for a tariff.
    """
    tariff = case.lookups.billing.tariff(subject("capitation", package), due.billing_date)
    if due.contract.suspended:
        by = None if tariff is None else tariff.tariff
        return _Priced(CountedPackage(package=package, tariff=by, withheld="contract_suspended"))
    if tariff is None or not isinstance(tariff.terms, CapitationTerms):
        return _Priced(CountedPackage(package=package, withheld="no_tariff"))
    month = count(
        roll.counted,
        tariff.terms,
        billing_date=due.billing_date,
        limits=_limits(due),
        corrections=due.contract.terms.corrections_of(package),
    )
    counted = CountedPackage(
        package=package,
        tariff=tariff.tariff,
        counted=sum(len(line.positions) for line in month.lines),
        beyond=month.beyond,
        amount=month.total,
    )
    return _Priced(counted, tuple(_charge(case, due, tariff, line) for line in month.lines))


def _limits(due: DueMonth) -> dict[Post, int]:
    posts = due.contract.employees
    return {(each.employee, each.division): each.declaration_limit for each in posts}


def _roll(case: Case[Any], due: DueMonth) -> _Roll:
    """Call the roll of the declarations that were in force when the billing date began."""
    billing, limits = case.lookups.billing, _limits(due)
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
    case: Case[Any], due: DueMonth, tariff: TariffReleased, line: CapitationLine
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
