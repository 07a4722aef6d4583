"""Watch charges as they accrue (автоматичний моніторинг): each rule tells what it finds.

Care is never refused for money, and neither is a charge: a flag stands beside it for whoever
reviews its line. Which rule is on, in which version, from which day, is a signed parameter; so is
every figure and table that a rule asks. A rule is a pure function; an older version stays beside a
newer one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Charge, first_of
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.employee_role import EmployeeRole
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.commands.charge import Rule as CitedRule
from ehealth_ledger.events.charge import ChargeAccrued, ChargeFlagged, Evidence
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.values.identifiers import EmployeeId, PatientId
from ehealth_ledger.values.monitoring import (
    DIAGNOSIS_AGAINST_SERVICE,
    DUPLICATE_SERVICE,
    MISSING_REFERRAL,
    OVER_CEILING,
    PAID_BY_MONTH,
    PATIENT_DECEASED_BEFORE,
    PERFORMER_WITHOUT_ROLE,
    is_known,
    written,
)
from ehealth_ledger.values.parameters.monitoring import (
    DIAGNOSES_BY_SERVICE,
    RULES,
    SERVICES_BY_REFERRAL,
)


@dataclass(slots=True)
class Beside:
    """Hold the charges of the same command that stand before one, which no look-up counts yet."""

    sums: Counter[StatementKey] = field(default_factory=Counter)  # kopiykas

    def add(self, charge: ChargeAccrued) -> None:
        """Take in a charge that was watched."""
        self.sums[charge.key] += charge.amount


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Hold what the law that accrues knows of an act beside its charge; no fact repeats it.

    What is None or empty the law does not know, so a rule that asks for it finds nothing.
    """

    patient: PatientId | None = None
    acts: Iterable[UUID] | None = None  # other acts on the patient, whoever's
    diagnoses: tuple[str, ...] = ()  # the codes of the primary one
    performer: EmployeeId | None = None  # where the act takes a role in a healthcare service
    beside: Beside = field(default_factory=Beside)


Found = dict[str, object]
Rule = Callable[[Case[Any], ChargeAccrued, Circumstances], Found | None]
"""Return what a rule found, or None where there is nothing to tell."""


def watched(case: Case[Any], facts: list[Fact], known: Circumstances) -> list[Fact]:
    """Return the facts of an act, or of a month, each charge with a flag for what rules find."""
    on = case.setting(RULES)
    if not isinstance(on, dict):
        return facts
    known = replace(known, beside=Beside())
    told: list[Fact] = []
    for fact in facts:
        told.append(fact)
        if not isinstance(fact, ChargeAccrued):
            continue
        for rule, version in sorted(on.items()):
            judge = CATALOGUE.get((rule, version)) if isinstance(version, int) else None
            found = None if judge is None else judge(case, fact, known)
            if found is not None and isinstance(version, int):
                told.append(_flag(fact, rule, version, found))
        known.beside.add(fact)
    return told


def require_rule(case: Case[Any], cited: CitedRule | None, path: str) -> None:
    """Refuse a cited rule that was never written in that version; citing none is allowed."""
    case.require(
        cited is None or is_known(cited.id, cited.version),
        "charge.rule_unknown",
        path,
        expected=written(),
    )


def _flag(charge: ChargeAccrued, rule: str, version: int, found: Found) -> ChargeFlagged:
    evidence = tuple(Evidence(name=name, value=str(value)) for name, value in found.items())
    return ChargeFlagged(
        charge=charge.charge,
        provider=charge.provider,
        rule=rule,
        rule_version=version,
        evidence=evidence,
    )


def _duplicate_service(
    case: Case[Any], charge: ChargeAccrued, known: Circumstances
) -> Found | None:
    """Find another charge of the same service, patient, provider and day that still counts."""
    same = (charge.service, charge.provider, charge.day)
    for each in chain.from_iterable(first_of(act) for act in known.acts or ()):
        other = case.find(Charge, each)
        if other is None or other.withdrawn or other.questioned or other.denied:
            continue
        accrued = other.accrued
        if (accrued.service, accrued.provider, accrued.day) == same:
            return {"charge": accrued.charge}
    return None


def _diagnosis_against_service(
    case: Case[Any], charge: ChargeAccrued, known: Circumstances
) -> Found | None:
    """Find that the primary diagnosis is none of those for which the service is given."""
    table = case.setting(DIAGNOSES_BY_SERVICE, charge.day)
    beginnings = table.get(charge.service) if isinstance(table, dict) else None
    if not isinstance(beginnings, tuple) or not known.diagnoses:
        return None
    if any(each.startswith(beginnings) for each in known.diagnoses):
        return None
    return {"expected": " | ".join(beginnings)}


def _acts_over_ceiling(
    case: Case[Any], charge: ChargeAccrued, known: Circumstances
) -> Found | None:
    """Find what version 2 finds, but of no month as it is reckoned."""
    is_month = charge.kind in PAID_BY_MONTH and charge.attempt == ATTEMPT_FIRST
    return None if is_month else _over_ceiling(case, charge, known)


def _over_ceiling(case: Case[Any], charge: ChargeAccrued, known: Circumstances) -> Found | None:
    """Find that the month's charges come to more than the contract plans for the package."""
    contract = case.find(Contract, charge.contract)
    planned = None if contract is None else contract.ceiling(charge)
    if planned is None:
        return None
    before = case.lookups.charges.total_of(charge.key) + known.beside.sums[charge.key]
    total = before + charge.amount
    return {"planned": planned, "total": total} if total > planned else None


def _patient_deceased_before(
    case: Case[Any], charge: ChargeAccrued, known: Circumstances
) -> Found | None:
    """Find that the patient had died before the day of the act; the flag does not say when."""
    patient = None if known.patient is None else case.find(Patient, known.patient)
    died_on = None if patient is None else patient.died_on
    return {} if died_on is not None and died_on < charge.day else None


def _performer_without_role(
    case: Case[Any], charge: ChargeAccrued, known: Circumstances
) -> Found | None:
    """Find that the performer works in no healthcare service of the institution."""
    if known.performer is None or charge.performer != known.performer:
        return None
    held = case.lookups.employee_roles.of_employee(known.performer)
    if held is None:
        return None
    roles = [case.find(EmployeeRole, each) for each in held]
    read = [role for role in roles if role is not None]
    if len(read) < len(roles) or any(role.active for role in read):
        return None
    return {}


def _missing_referral(case: Case[Any], charge: ChargeAccrued, _: Circumstances) -> Found | None:
    """Find that a service that is given on an electronic referral alone answered none."""
    named = case.setting(SERVICES_BY_REFERRAL, charge.day)
    if charge.unreferred is None or not isinstance(named, tuple) or charge.service not in named:
        return None
    return {"found": charge.unreferred}


CATALOGUE: Final[Mapping[tuple[str, int], Rule]] = MappingProxyType(
    {
        (DUPLICATE_SERVICE, 1): _duplicate_service,
        (DIAGNOSIS_AGAINST_SERVICE, 1): _diagnosis_against_service,
        (OVER_CEILING, 1): _acts_over_ceiling,
        (OVER_CEILING, 2): _over_ceiling,
        (PATIENT_DECEASED_BEFORE, 1): _patient_deceased_before,
        (PERFORMER_WITHOUT_ROLE, 1): _performer_without_role,
        (MISSING_REFERRAL, 1): _missing_referral,
    }
)
