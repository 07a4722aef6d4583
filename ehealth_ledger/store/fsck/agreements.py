"""Compare what facts of contracts, tariffs and rules repeat of the content that was signed."""

from __future__ import annotations

from hashlib import sha256

from ehealth_ledger.commands.contract import (
    RequestContract,
    SignContract,
    SignContractAlone,
    TerminateContract,
)
from ehealth_ledger.commands.grouping import ReleaseGrouping, ReplaceGrouping
from ehealth_ledger.commands.legal_entity import CloseLegalEntity, ReorganiseLegalEntity
from ehealth_ledger.commands.tariff import ReleaseTariff, ReplaceReleasedTariff
from ehealth_ledger.events.contract import (
    ContractPayerSigned,
    ContractRequested,
    ContractSigned,
    ContractTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.grouping import GroupingReleased
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.time import from_microseconds, kyiv_day


def said(fact: Fact) -> tuple[object, ...] | None:
    """Give what a fact about a contract repeats of its command."""
    match fact:
        case ContractSigned():
            days = (fact.first_day, fact.last_day)
            return fact.contract, fact.provider, fact.packages, *days
        case ContractRequested():
            doctors = [(e.employee, e.division, e.declaration_limit) for e in fact.employees]
            what = (fact.kind, fact.packages, fact.divisions, doctors, fact.amends)
            return fact.request, fact.contract, *what, fact.counts_from
        case ContractPayerSigned():
            plan = [(each.package, each.period, each.amount) for each in fact.plan]
            corrections = [(each.package, each.code) for each in fact.corrections]
            return fact.request, plan, corrections, fact.content_digest
        case ContractTerminated():
            return fact.contract, fact.terms.last_day
        case TariffReleased():
            days = (fact.first_day, fact.last_day)
            return fact.tariff, fact.package, *days, fact.order, fact.terms
        case GroupingReleased():
            days = (fact.first_day, fact.last_day)
            return fact.grouping, fact.version, *days, fact.order, fact.trust, fact.rules
        case _:
            return None


def signed(proved: Proved, fact: Fact) -> tuple[object, ...] | None:
    """Give the same from the signed content."""
    match proved.command:
        case SignContractAlone(resource=asked):
            return asked.id, asked.provider, asked.packages, asked.first_day, asked.last_day
        case RequestContract(resource=asked):
            doctors = [(e.employee, e.division, e.declaration_limit) for e in asked.employees]
            what = (asked.kind, asked.packages, asked.divisions, doctors, asked.contract_number)
            return asked.id, asked.contract, *what, asked.counts_from
        case SignContract(resource=asked):
            plan = [(each.package, each.period, each.amount) for each in asked.plan]
            corrections = [(each.package, each.code) for each in asked.corrections]
            return asked.request, plan, corrections, sha256(proved.envelope.content).hexdigest()
        case TerminateContract(resource=asked):
            return asked.contract, asked.last_day
        case CloseLegalEntity() | ReorganiseLegalEntity() if isinstance(fact, ContractTerminated):
            # Whose contracts end, and which, is derived in standing.py.
            return fact.contract, kyiv_day(from_microseconds(proved.stored.first.recorded_at))
        case ReleaseTariff(resource=asked) | ReplaceReleasedTariff(resource=asked) if isinstance(
            fact, TariffReleased
        ):
            days = (asked.first_day, asked.last_day)
            return asked.id, asked.package, *days, asked.order, asked.terms
        case ReleaseGrouping(resource=asked) | ReplaceGrouping(resource=asked) if isinstance(
            fact, GroupingReleased
        ):
            days = (asked.first_day, asked.last_day)
            return asked.id, asked.version, *days, asked.order, asked.trust, asked.rules
        case _:
            return None
