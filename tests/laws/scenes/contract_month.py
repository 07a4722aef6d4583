"""Set accepted scenes of a month of capitation and of a month at the global rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.contract_month import ReckonedMonth
from ehealth_ledger.aggregates.lookups import DeclaredPatient
from ehealth_ledger.events.capitation import CapitationCounted, CountedPackage
from ehealth_ledger.events.contract import ContractedDoctor
from ehealth_ledger.events.global_rate import GlobalRateReckoned
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.values.identifiers import (
    ContractId,
    DivisionId,
    EmployeeId,
    TariffId,
    contract_month_stream,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import (
    AgeBand,
    CapitationTerms,
    GlobalTerms,
    NamedFactor,
    OverLimitStep,
    Terms,
    subject_of,
)
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CONTRACT, PACKAGE, contract, scene, system_scene
from tests.laws.scenes.contract import DOCTOR, PLACE

PERIOD, BILLING = "2026-11", date(2026, 11, 1)
TARIFF: Final = an_id("monthly tariff")
MONTH: Final = contract_month_stream(CONTRACT, PERIOD)
ELSEWHERE: Final = an_id("another division")


def capitation_terms(**other: Any) -> CapitationTerms:
    """Make terms of two bands, and one step above the limit."""
    fields: dict[str, Any] = {
        "kind": "capitation",
        "base": Kopiykas(37_000),
        "bands": (
            AgeBand(code="0-5", age_from=0, age_to=5, coefficient="4"),
            AgeBand(code="6+", age_from=6, age_to=None, coefficient="1.2"),
        ),
        "mountain": "1.25",
        "over_limit": (OverLimitStep(up_to_percent=150, factor="0.8"),),
    }
    return CapitationTerms(**(fields | other))


def global_terms(rate: int = 15_000_000) -> GlobalTerms:
    """Make terms with a correction that no contract can name."""
    corrections = (NamedFactor(code="icu", value="1.102"),)
    return GlobalTerms(kind="global", rate=Kopiykas(rate), corrections=corrections)


def released(terms: Terms, package: str, **other: Any) -> TariffReleased:
    """Release terms for this year."""
    fields: dict[str, Any] = {
        "tariff": TariffId(TARIFF),
        "package": package,
        "first_day": date(2026, 1, 1),
        "last_day": date(2026, 12, 31),
        "order": "№ 1",
        "trust": "test",
        "terms": terms,
    }
    return TariffReleased(**(fields | other))


def declared(
    position: int,
    ages_from: date | None = date(1990, 5, 1),
    *,
    doctor: UUID = DOCTOR,
    division: UUID = PLACE,
) -> DeclaredPatient:
    """Declare a patient to the contract's doctor."""
    return DeclaredPatient(position, EmployeeId(doctor), DivisionId(division), ages_from)


def capitation_contract(limit: int = 4) -> Contract:
    """Make a contract of one doctor in one division."""
    doctor = ContractedDoctor(
        employee=EmployeeId(DOCTOR), division=DivisionId(PLACE), declaration_limit=limit
    )
    return replace(contract(kind="CAPITATION", packages=("1",)), employees=(doctor,))


def run_capitation() -> Scene:
    accepted = system_scene(
        "capitation.run",
        "capitation.billing_date",
        states={CONTRACT: capitation_contract()},
        resource={"contract": str(CONTRACT), "period": PERIOD},
    )
    billing = accepted.lookups.billing
    billing.stood[CONTRACT] = capitation_contract()
    billing.roll = [
        declared(10, date(2020, 12, 1)),  # five years old; six a month later
        declared(11, date(2020, 11, 1)),  # turned six that morning, or the day before
        declared(12),
    ]
    terms = released(capitation_terms(), "1")
    billing.terms[subject_of("1", terms.terms)] = [terms]
    return accepted


def run_global_rate() -> Scene:
    accepted = system_scene(
        "global_rate.run",
        "global_rate.billing_date",
        states={CONTRACT: contract()},
        resource={"contract": str(CONTRACT), "period": PERIOD},
    )
    billing = accepted.lookups.billing
    billing.stood[CONTRACT] = contract()
    terms = released(global_terms(), PACKAGE)
    billing.terms[subject_of(PACKAGE, terms.terms)] = [terms]
    return accepted


def settle_month() -> Scene:
    """Settle a month of capitation of which nothing had a tariff when it was counted."""
    ran = run_capitation()
    counted = CapitationCounted(
        contract=ContractId(CONTRACT),
        provider=capitation_contract().provider,
        payer=capitation_contract().payer,
        period=PERIOD,
        billing_date=BILLING,
        as_of=77,
        declared=3,
        packages=(CountedPackage(package="1", withheld="no_tariff"),),
    )
    states = {CONTRACT: capitation_contract(), MONTH: ReckonedMonth(counted)}
    return _settling(ran, states)


def settle_global_rate() -> Scene:
    """Settle a month of which no package had a global rate when it was reckoned."""
    ran = run_global_rate()
    reckoned = GlobalRateReckoned(
        contract=ContractId(CONTRACT),
        provider=contract().provider,
        payer=contract().payer,
        period=PERIOD,
        billing_date=BILLING,
        packages=(),
    )
    return _settling(ran, {CONTRACT: contract(), MONTH: ReckonedMonth(reckoned)})


def _settling(ran: Scene, states: dict[UUID, Any]) -> Scene:
    resource = {
        "contract": str(CONTRACT),
        "period": PERIOD,
        "explanation": "Тариф опубліковано заднім числом",
    }
    accepted = scene("NHS_ADMIN_SIGNER", "month.settle", states=states, resource=resource)
    accepted.lookups.billing = ran.lookups.billing
    accepted.lookups.billing.announced = accepted.lookups.cut_offs.announced
    return accepted


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "capitation.run": run_capitation,
    "global_rate.run": run_global_rate,
    "month.settle": settle_month,
}
